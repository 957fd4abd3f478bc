"""`kiosk understand` and its benchmark."""

import json
import sys
from argparse import Namespace
from pathlib import Path

from kiosk_robot.commands.parsers import Commands
from kiosk_robot.config import load_catalogue, load_site
from kiosk_robot.parameters import PARAMETERS


def add(commands: Commands, benches: Commands) -> None:
    """Add the commands of this area."""
    understand = commands.add_parser("understand", help="what a sentence means to the robot")
    understand.add_argument("text", nargs="*", help="the sentence")
    understand.add_argument(
        "--jsonl", action="store_true", help='read {"text": …} lines from stdin'
    )
    understand.add_argument("--explain", action="store_true", help="say how it was understood")
    understand.set_defaults(run=_understand)

    bench = benches.add_parser("understanding", help="questions understood, beside text search")
    bench.add_argument("--questions", type=Path, required=True, help="JSON lines")
    bench.add_argument("--intents", type=Path, required=True, help="JSON lines")
    bench.add_argument("--out", type=Path, default=Path("benchmarks"), help="folder for the tables")
    bench.set_defaults(run=_bench)


def _understand(arguments: Namespace) -> None:
    from kiosk_robot.understanding import Understander
    from kiosk_robot.understanding.jsonl import answers

    catalogue = load_catalogue()
    understander = Understander.load(catalogue)
    text = " ".join(arguments.text)
    if arguments.explain:
        print(understander.explain(text))
        return
    lines = sys.stdin.buffer if arguments.jsonl else [json.dumps({"text": text})]
    site = load_site(PARAMETERS["queue"].model_fields["site"].default)
    for line in answers(
        lines, understander, catalogue, lambda group: site.counter_for(group).label
    ):
        print(line, flush=True)


def _bench(arguments: Namespace) -> None:
    from kiosk_robot.understanding.bench import run

    run(arguments.questions, arguments.intents, arguments.out)
    print((arguments.out / "understanding.md").read_text(encoding="utf-8"))

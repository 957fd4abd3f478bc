"""The `kiosk` command."""

import argparse
import json
import signal
import sys
import threading
from datetime import date
from pathlib import Path
from types import FrameType

from rich.console import Console

from kiosk_robot.catalogue import CatalogueError
from kiosk_robot.catalogue.importer import ExportError
from kiosk_robot.config import ConfigError, load_parameters
from kiosk_robot.dialogue.prompts import PromptError
from kiosk_robot.parameters import PARAMETERS
from kiosk_robot.paths import config_dir, data_dir
from kiosk_robot.visit import VisitError

# What a person can put right: told in their words, without a traceback.
MISTAKES = (CatalogueError, ConfigError, ExportError, FileNotFoundError, PromptError, VisitError)

console = Console(highlight=False, soft_wrap=True)


def main(argv: list[str] | None = None) -> int:
    """Run a command; 0 when it did what it was asked."""
    arguments = _parser().parse_args(argv)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        arguments.run(arguments)
    except KeyboardInterrupt:
        return 0  # asked to stop, and everything is stopped
    except MISTAKES as error:
        return _fail(error)
    return 0


def _fail(error: Exception) -> int:
    print(f"kiosk: {error}", file=sys.stderr)
    return 1


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kiosk", description="The service-point robot.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    up = commands.add_parser("up", help="start every node and keep it running, until Ctrl-C")
    up.add_argument("--simulated", action="store_true", help="simulated devices, no hardware")
    up.set_defaults(run=_up)

    run = commands.add_parser(
        "run", help="the robot with simulated devices and a prompt to type to it"
    )
    run.set_defaults(run=_run)

    demo = commands.add_parser("demo", help="one citizen's visit, from greeting to goodbye")
    demo.add_argument(
        "--out", type=Path, default=Path("out/demo"), help="folder for what it leaves"
    )
    demo.set_defaults(run=_demo)

    config = commands.add_parser("config", help="check or show the configuration")
    config.add_argument("what", choices=("check", "show"))
    config.set_defaults(run=_config)

    understand = commands.add_parser("understand", help="what a sentence means to the robot")
    understand.add_argument("text", nargs="*", help="the sentence")
    understand.add_argument(
        "--jsonl", action="store_true", help='read {"text": …} lines from stdin'
    )
    understand.add_argument("--explain", action="store_true", help="say how it was understood")
    understand.set_defaults(run=_understand)

    catalogue = commands.add_parser("catalogue", help="check or renew the procedures")
    actions = catalogue.add_subparsers(required=True, metavar="ACTION")
    check = actions.add_parser("check", help="find what is wrong or cannot be spoken")
    check.set_defaults(run=_catalogue_check)
    importing = actions.add_parser("import", help="show what an export of the portal would change")
    importing.add_argument("file", type=Path, help="XLSX, JSON or JSON lines")
    importing.add_argument("--apply", action="store_true", help="and change it")
    importing.set_defaults(run=_catalogue_import)

    bench = commands.add_parser("bench", help="measure, beside a peer in the same run")
    bench.add_argument("what", choices=("understanding",))
    bench.add_argument("--questions", type=Path, required=True, help="JSON lines")
    bench.add_argument("--intents", type=Path, required=True, help="JSON lines")
    bench.add_argument("--out", type=Path, default=Path("benchmarks"), help="folder for the tables")
    bench.set_defaults(run=_bench)
    return parser


def _up(arguments: argparse.Namespace) -> None:
    from kiosk_robot.robot import running_robot

    with running_robot(data_dir(), simulated=arguments.simulated, tell=console.print) as robot:
        console.print(f"robot starting; touch screen at {robot.url}/, logs in {data_dir() / 'log'}")
        threading.Event().wait()


def _run(_arguments: argparse.Namespace) -> None:
    from kiosk_robot.prompt import converse
    from kiosk_robot.robot import running_robot

    with running_robot(data_dir(), simulated=True, tell=console.print) as robot:
        converse(robot, console)


def _demo(arguments: argparse.Namespace) -> None:
    from kiosk_robot.demo import run_demo

    run_demo(arguments.out, console)


def _config(arguments: argparse.Namespace) -> None:
    parameters = load_parameters([config_dir() / "kiosk.yaml"])
    if arguments.what == "check":
        console.print("configuration is right")
        return
    for node, model in PARAMETERS.items():
        console.print(f"[bold]{node}[/]")
        for name, field in model.model_fields.items():
            value = parameters[node].get(name, field.default)
            console.print(f"  {name}: {value!r}  [dim]{field.description}[/]")


def _understand(arguments: argparse.Namespace) -> None:
    from kiosk_robot.config import load_catalogue, load_site
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


def _catalogue_check(_arguments: argparse.Namespace) -> None:
    from kiosk_robot.catalogue.check import problems
    from kiosk_robot.config import load_catalogue

    catalogue = load_catalogue()
    found = problems(catalogue)
    if found:
        raise CatalogueError("\n".join(found))
    console.print(f"{len(catalogue)} procedures, no problem")


def _catalogue_import(arguments: argparse.Namespace) -> None:
    from kiosk_robot.catalogue.importer import apply, diff, read_export
    from kiosk_robot.config import catalogue_overlay, load_catalogue

    rows, skipped = read_export(arguments.file)
    catalogue = load_catalogue()
    changes = diff(catalogue, rows, date.today())
    for problem in skipped:
        console.print(f"skipped: {problem}")
    for change in changes:
        console.print(str(change))
    console.print(f"{len(rows)} rows read, {len(skipped)} skipped, {len(changes)} changes")
    if arguments.apply:
        console.print(f"written to {apply(changes, catalogue, catalogue_overlay())}")


def _bench(arguments: argparse.Namespace) -> None:
    from kiosk_robot.understanding.bench import run

    run(arguments.questions, arguments.intents, arguments.out)
    print((arguments.out / "understanding.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())

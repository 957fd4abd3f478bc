"""`kiosk bench web` and `kiosk bench web_load`: how heavy and how quick the pages are."""

from argparse import Namespace
from pathlib import Path

from kiosk_robot.commands.parsers import Commands, console


def add(_commands: Commands, benches: Commands) -> None:
    """Add the commands of this area."""
    for name, what, run in (
        ("web", "weight and first paint of the pages, reaction of the touch screen", _bench),
        ("web_load", "how soon every page knows, in a full hall", _bench_load),
    ):
        bench = benches.add_parser(name, help=what)
        bench.add_argument(
            "--out", type=Path, default=Path("benchmarks"), help="folder for the tables"
        )
        bench.set_defaults(run=run)


def _bench(arguments: Namespace) -> None:
    from kiosk_robot.web.bench import run

    run(arguments.out, console.print)


def _bench_load(arguments: Namespace) -> None:
    from kiosk_robot.web.load_bench import run

    run(arguments.out)
    console.print((arguments.out / "web_load.md").read_text(encoding="utf-8"), markup=False)

"""`kiosk bench web`: how heavy and how quick the touch screen is."""

from argparse import Namespace
from pathlib import Path

from kiosk_robot.commands.parsers import Commands, console


def add(commands: Commands, benches: Commands) -> None:
    """Add the commands of this area."""
    bench = benches.add_parser("web", help="weight, first paint and reaction of the touch screen")
    bench.add_argument("--out", type=Path, default=Path("benchmarks"), help="folder for the tables")
    bench.set_defaults(run=_bench)


def _bench(arguments: Namespace) -> None:
    from kiosk_robot.web.bench import run

    run(arguments.out, console.print)

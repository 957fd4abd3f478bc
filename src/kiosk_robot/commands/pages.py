"""`kiosk bench web_load`: the pages under load."""

from argparse import Namespace
from pathlib import Path

from kiosk_robot.commands.parsers import Commands, console


def add(_commands: Commands, benches: Commands) -> None:
    """Add the commands of this area."""
    bench = benches.add_parser("web_load", help="how soon every page knows, in a full hall")
    bench.add_argument("--out", type=Path, default=Path("benchmarks"), help="folder for the tables")
    bench.set_defaults(run=_bench)


def _bench(arguments: Namespace) -> None:
    from kiosk_robot.web.load_bench import run

    run(arguments.out)
    console.print((arguments.out / "web_load.md").read_text(encoding="utf-8"), markup=False)

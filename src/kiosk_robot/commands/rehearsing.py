"""`kiosk rehearse`: the whole robot in the headless hall."""

from argparse import Namespace
from pathlib import Path

from kiosk_robot.commands.parsers import Commands, console


def add(commands: Commands, benches: Commands) -> None:
    """Add the commands of this area."""
    rehearse = commands.add_parser(
        "rehearse", help="play scenarios with the whole robot in the headless hall (`make sim`)"
    )
    rehearse.add_argument(
        "scenarios", nargs="*", metavar="SCENARIO",
        help="name in config/scenarios/ or a YAML file; none: all of them",
    )  # fmt: skip
    rehearse.add_argument(
        "--out", type=Path, default=Path("out/sim"), help="folder for pictures and report"
    )
    rehearse.add_argument(
        "--record", action="store_true", help="rehearsal.mcap, for Foxglove or RViz"
    )
    rehearse.set_defaults(run=_rehearse)

    bench = benches.add_parser("simulation", help="cards read in the headless hall, citizens led")
    bench.add_argument("--out", type=Path, default=Path("benchmarks"), help="folder for the tables")
    bench.set_defaults(run=_bench)


def _rehearse(arguments: Namespace) -> None:
    from kiosk_robot.rehearsal.run import rehearse

    rehearse(arguments.scenarios, arguments.out, console.print, record=arguments.record)


def _bench(arguments: Namespace) -> None:
    from kiosk_robot.rehearsal.bench import run

    run(arguments.out, console.print)
    print((arguments.out / "simulation.md").read_text(encoding="utf-8"))

"""The benchmark of the code reader."""

from argparse import Namespace
from pathlib import Path

from kiosk_robot.commands.parsers import Commands


def add(_commands: Commands, benches: Commands) -> None:
    """Add the commands of this area."""
    bench = benches.add_parser("scan", help="codes read from hard frames, beside other decoders")
    bench.add_argument("--out", type=Path, default=Path("benchmarks"), help="folder for the tables")
    bench.set_defaults(run=_bench)


def _bench(arguments: Namespace) -> None:
    from kiosk_robot.drivers.scan_bench import run

    run(arguments.out)
    print((arguments.out / "scan.md").read_text(encoding="utf-8"))

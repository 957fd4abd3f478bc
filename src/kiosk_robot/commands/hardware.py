"""`kiosk doctor` and `kiosk bench hardware`."""

import os
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk_robot.commands.parsers import Commands, console
from kiosk_robot.config import load_parameters
from kiosk_robot.paths import config_dir

if TYPE_CHECKING:
    from kiosk_robot.findings import Technician


def add(commands: Commands, benches: Commands) -> None:
    """Add the commands of this area."""
    doctor = commands.add_parser("doctor", help="check every device with a technician's help")
    doctor.add_argument("--simulated", action="store_true", help="simulated devices, no hardware")
    doctor.add_argument("--yes", action="store_true", help="answer every question with yes")
    doctor.add_argument("--out", type=Path, default=Path("out/doctor"), help="folder of the report")
    doctor.set_defaults(run=_doctor)

    bench = benches.add_parser("hardware", help="tickets and pieces under faults, and how fast")
    bench.add_argument("--schedules", type=int, default=10_000, help="random ones to play")
    bench.add_argument("--out", type=Path, default=Path("benchmarks"), help="folder for the tables")
    bench.set_defaults(run=_bench)


def _doctor(arguments: Namespace) -> None:
    from kiosk_robot.drivers.simulated.devices import SimulatedDevices
    from kiosk_robot.findings import Technician

    kiosk = config_dir() / "kiosk.yaml"
    ask = (lambda _question: True) if arguments.yes else _ask
    show_code = (lambda _text: None) if arguments.yes else _hold_code
    if arguments.simulated:
        with SimulatedDevices(arguments.out / "devices", speed=20.0) as devices:
            devices.approach()
            files = [kiosk, config_dir() / "simulated.yaml"]
            settings = load_parameters(files, os.environ | devices.environment)
            _examine(settings, Technician(ask, devices.show_card), arguments.out)
    else:
        _examine(load_parameters([kiosk]), Technician(ask, show_code), arguments.out)


def _examine(settings: dict[str, dict[str, object]], technician: "Technician", out: Path) -> None:
    from kiosk_robot.doctor import examine, told, write_report

    findings = []
    for finding in examine(settings, technician):
        console.print(told(finding))
        findings.append(finding)
    write_report(findings, out)
    console.print(f"report: {out / 'doctor.txt'}, {out / 'doctor.json'}")
    if not all(finding.ok for finding in findings):
        raise SystemExit(1)


def _ask(question: str) -> bool:
    return input(f"    {question} [y/N] ").strip().lower() in ("y", "yes", "c", "có")


def _hold_code(_text: str) -> None:
    input("    Hold the QR code of the test ticket to the camera, then press Enter. ")


def _bench(arguments: Namespace) -> None:
    from kiosk_robot.hardware_bench.run import run

    report = run(arguments.out, arguments.schedules)
    print((arguments.out / "hardware.md").read_text(encoding="utf-8"))
    if report["tickets"]["broken_promises"]:
        raise SystemExit("\n".join(report["tickets"]["broken_promises"]))

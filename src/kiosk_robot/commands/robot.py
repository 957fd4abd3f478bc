"""`kiosk up`, `kiosk run`, `kiosk demo`: the whole robot."""

import threading
from argparse import Namespace
from pathlib import Path

from kiosk_robot.commands.parsers import Commands, console
from kiosk_robot.paths import data_dir


def add(commands: Commands, _benches: Commands) -> None:
    """Add the commands of this area."""
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
    demo.add_argument(
        "--audio",
        nargs="?",
        const="cued",
        default="",
        choices=("cued", "auto", "vosk", "whisper"),
        metavar="ENGINE",
        help="with real sound, through PulseAudio; needs no hardware. cued, if none is named, hears"
        " that somebody speaks and is told the words; auto, vosk, whisper: written by a model",
    )
    demo.set_defaults(run=_demo)


def _up(arguments: Namespace) -> None:
    from kiosk_robot.robot import running_robot

    with running_robot(data_dir(), simulated=arguments.simulated, tell=console.print) as robot:
        console.print(f"robot starting; touch screen at {robot.url}/, logs in {data_dir() / 'log'}")
        threading.Event().wait()


def _run(_arguments: Namespace) -> None:
    from kiosk_robot.prompt import converse
    from kiosk_robot.robot import running_robot

    with running_robot(data_dir(), simulated=True, tell=console.print) as robot:
        converse(robot, console)


def _demo(arguments: Namespace) -> None:
    from kiosk_robot.demo import run_demo

    run_demo(arguments.out, console, audio=arguments.audio)

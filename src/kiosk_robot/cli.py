"""The `kiosk` command."""

import argparse
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from rich.console import Console

from kiosk_robot.config import ConfigError, load_parameters
from kiosk_robot.paths import config_dir, data_dir

console = Console(highlight=False, soft_wrap=True)


def main(argv: list[str] | None = None) -> int:
    """Run a command; 0 when it did what it was asked."""
    arguments = _parser().parse_args(argv)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        arguments.run(arguments)
    except KeyboardInterrupt:
        return 0  # asked to stop, and everything is stopped
    except (ConfigError, FileNotFoundError) as error:
        return _fail(error)
    except Exception as error:
        from kiosk_robot.visit import VisitError

        if not isinstance(error, VisitError):
            raise
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
    from kiosk_robot.parameters import PARAMETERS

    for node, model in PARAMETERS.items():
        console.print(f"[bold]{node}[/]")
        for name, field in model.model_fields.items():
            value = parameters[node].get(name, field.default)
            console.print(f"  {name}: {value!r}  [dim]{field.description}[/]")

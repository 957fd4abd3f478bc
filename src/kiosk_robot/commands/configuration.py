"""`kiosk config`: is it right, and what is in force?"""

from argparse import Namespace

from kiosk_robot.commands.parsers import Commands, console
from kiosk_robot.config import load_parameters
from kiosk_robot.parameters import PARAMETERS
from kiosk_robot.paths import config_dir


def add(commands: Commands, _benches: Commands) -> None:
    """Add the commands of this area."""
    config = commands.add_parser("config", help="check or show the configuration")
    config.add_argument("what", choices=("check", "show"))
    config.set_defaults(run=_config)


def _config(arguments: Namespace) -> None:
    parameters = load_parameters([config_dir() / "kiosk.yaml"])
    if arguments.what == "check":
        console.print("configuration is right")
        return
    for node, model in PARAMETERS.items():
        console.print(f"[bold]{node}[/]")
        for name, field in model.model_fields.items():
            value = parameters[node].get(name, field.default)
            console.print(f"  {name}: {value!r}  [dim]{field.description}[/]")

"""`kiosk dispenser`: tell the board what was filled in."""

from argparse import ArgumentTypeError, Namespace

from kiosk_robot.commands.parsers import Commands, console
from kiosk_robot.config import ConfigError, load_parameters
from kiosk_robot.dispensing.registers import Slot
from kiosk_robot.drivers.dispenser import MAX_STOCK, ModbusDispenser
from kiosk_robot.parameters import Dispenser
from kiosk_robot.paths import config_dir


def add(commands: Commands, _benches: Commands) -> None:
    """Add the commands of this area."""
    dispenser = commands.add_parser("dispenser", help="the board that hands out water and candy")
    what = dispenser.add_subparsers(required=True, metavar="WHAT")
    refill = what.add_parser("refill", help="tell the board how many pieces a slot holds now")
    refill.add_argument("slot", metavar="SLOT", help="water, candy: as `dispenser.items` says")
    refill.add_argument("count", metavar="COUNT", type=_pieces, help="pieces in the slot now")
    refill.set_defaults(run=_refill)


def _pieces(text: str) -> int:
    if not text.isdecimal() or int(text) > MAX_STOCK:
        raise ArgumentTypeError(f"a number of pieces from 0 to {MAX_STOCK}, not {text!r}")
    return int(text)


def _refill(arguments: Namespace) -> None:
    parameters = Dispenser(**load_parameters([config_dir() / "kiosk.yaml"])["dispenser"])
    if arguments.slot not in parameters.items:
        known = ", ".join(parameters.items)
        raise ConfigError(f"no slot holds {arguments.slot!r}; there are {known}")
    slot = Slot(parameters.items.index(arguments.slot) + 1)
    board = ModbusDispenser(parameters.port)
    try:
        board.refill(slot, arguments.count)
        state = board.read_state()
    finally:
        board.close()
    for item, number in zip(parameters.items, Slot, strict=False):
        console.print(f"{item}: {state.stock[number]} pieces")
    console.print(f"restarts of the board so far: {state.restarts}")

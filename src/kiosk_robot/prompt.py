"""`kiosk run`: type to the robot in a terminal, as if speaking to it."""

import sys

from rich.console import Console

from kiosk_robot.demo import CARD, show_conversation
from kiosk_robot.robot import Robot
from kiosk_robot.visit import Visit

HELP = """Type what a citizen would say. Also:
  /come  /leave        step before the robot, walk away
  /card  /nocard       hold an ID card of an invented person to the camera, put it away
  /printer NAME        none, out, cover, offline, silent, unplugged, slow
  /dispenser NAME      jam, empty, door_open, sensor_stuck, silent, reset, ok
  /quit                stop the robot"""


def converse(robot: Robot, console: Console) -> None:
    """Read lines until end of input or /quit."""
    assert robot.devices is not None
    with Visit(robot.url, robot.devices, show_conversation(console)) as visit:
        console.print(f"Robot ready; touch screen at {robot.url}/\n{HELP}\n")
        visit.devices.approach()
        for line in sys.stdin:
            words = line.strip()
            if words == "/quit":
                return
            if words.startswith("/"):
                _do(visit, words[1:], console)
            elif words:
                visit.wait_quiet()
                visit.devices.say(words)


def _do(visit: Visit, command: str, console: Console) -> None:
    devices = visit.devices
    match command.split():
        case ["come"]:
            devices.approach()
        case ["leave"]:
            devices.leave()
        case ["card"]:
            devices.show_card(CARD)
        case ["nocard"]:
            devices.hide_card()
        case ["printer", name]:
            _set_printer_fault(visit, name, console)
        case ["dispenser", "ok"]:
            devices.dispenser.clear_faults()
        case ["dispenser", name]:
            try:
                devices.dispenser.set_fault(name)
            except ValueError as error:
                console.print(str(error))
        case _:
            console.print(HELP)


def _set_printer_fault(visit: Visit, name: str, console: Console) -> None:
    from kiosk_robot.drivers.simulated.printer import Fault

    try:
        visit.devices.printer.fault = Fault(name)
    except ValueError:
        console.print(f"the printer has no fault {name!r}; it has {', '.join(Fault)}")

"""The `kiosk` command: one parser, and what went wrong in a person's words."""

import argparse
import signal
import sys
from types import FrameType

from kiosk_robot.catalogue import CatalogueError
from kiosk_robot.catalogue.importer import ExportError
from kiosk_robot.commands import (
    accounts,
    bookings,
    catalogue,
    configuration,
    dispenser,
    feedback,
    forms,
    guiding,
    hardware,
    listening,
    pages,
    queue,
    rehearsing,
    robot,
    scanning,
    simulation,
    understanding,
    voice,
)
from kiosk_robot.commands.scanning import ScanError
from kiosk_robot.config import ConfigError
from kiosk_robot.dialogue.prompts import PromptError
from kiosk_robot.documents.form import FormError
from kiosk_robot.drivers.dispenser import DispenserUnavailable
from kiosk_robot.drivers.microphone import MicrophoneError
from kiosk_robot.drivers.simulated.sound_card import SoundCardError
from kiosk_robot.navigation.grid import MapError
from kiosk_robot.navigation.world import WorldError
from kiosk_robot.queueing.postgres_server import NoPostgresError
from kiosk_robot.queueing.ticket import TicketError
from kiosk_robot.rehearsal.run import RehearsalError
from kiosk_robot.rehearsal.scenario import ScenarioError
from kiosk_robot.secrets import SecretsError
from kiosk_robot.speech.engine import EngineError
from kiosk_robot.speech.voice import PlaybackError, SynthesisError
from kiosk_robot.visit import VisitError
from kiosk_robot.web.accounts import AccountError

AREAS = (
    robot,
    configuration,
    understanding,
    catalogue,
    scanning,
    forms,
    dispenser,
    hardware,
    voice,
    listening,
    pages,
    rehearsing,
    guiding,
    queue,
    simulation,
    bookings,
    feedback,
    accounts,
)

# What a person can put right: told in their words, without a traceback.
MISTAKES = (
    AccountError,
    CatalogueError,
    ConfigError,
    DispenserUnavailable,
    EngineError,
    ExportError,
    FileNotFoundError,
    FormError,
    MicrophoneError,
    MapError,
    NoPostgresError,
    PlaybackError,
    PromptError,
    RehearsalError,
    ScanError,
    ScenarioError,
    SecretsError,
    SoundCardError,
    SynthesisError,
    TicketError,
    VisitError,
    WorldError,
)


def main(argv: list[str] | None = None) -> int:
    """Run a command; 0 when it did what it was asked."""
    arguments = _parser().parse_args(argv)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        arguments.run(arguments)
    except KeyboardInterrupt:
        return 0  # asked to stop, and everything is stopped
    except MISTAKES as error:
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
    bench = commands.add_parser("bench", help="measure, beside a peer in the same run")
    benches = bench.add_subparsers(required=True, metavar="WHAT")
    for area in AREAS:
        area.add(commands, benches)
    return parser


if __name__ == "__main__":
    sys.exit(main())

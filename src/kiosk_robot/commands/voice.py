"""`kiosk say`: the robot's voice, without the robot."""

import os
import threading
from argparse import Namespace
from pathlib import Path

from kiosk_robot.commands.parsers import Commands, console
from kiosk_robot.config import load_parameters
from kiosk_robot.parameters import TextToSpeech
from kiosk_robot.paths import config_dir


def add(commands: Commands, _benches: Commands) -> None:
    """Add the commands of this area."""
    say = commands.add_parser("say", help="say a text in the robot's voice")
    say.add_argument("text")
    say.add_argument("--wav", type=Path, metavar="FILE", help="into this, not the loudspeaker")
    say.add_argument("--locale", choices=("vi", "en"), default="vi")
    say.add_argument("--slow", action="store_true", help="as when a citizen asks for it")
    say.set_defaults(run=_say)


def _say(arguments: Namespace) -> None:
    from kiosk_robot.dialogue.requests import SLOW_RATES
    from kiosk_robot.dialogue.session import Session
    from kiosk_robot.drivers.aplay_player import AplayPlayer
    from kiosk_robot.drivers.voices import Voices, manner_of
    from kiosk_robot.speech.following import sentences
    from kiosk_robot.speech.narrator import Narrator
    from kiosk_robot.speech.reading import read_aloud
    from kiosk_robot.speech.voice import SynthesisError, joined

    parameters = load_parameters([config_dir() / "kiosk.yaml"], os.environ)
    wanted = TextToSpeech(**parameters["text_to_speech"])
    rate = SLOW_RATES[0] if arguments.slow else 1.0
    manner = manner_of(wanted, arguments.locale, rate, Session().volume)
    spoken = read_aloud(arguments.text, arguments.locale)
    if not spoken:
        raise SynthesisError("there is nothing to say")
    console.print(spoken)
    voices = Voices()
    if arguments.wav is None:
        narrator = Narrator(voices, AplayPlayer())
        told = narrator.tell(spoken, "", manner, threading.Event(), personal=False)
        narrator.close()
        if told.error:
            raise told.error
        return
    speech = [voices.synthesise(sentence, manner) for sentence in sentences(spoken)]
    arguments.wav.write_bytes(joined([part.wav for part in speech]))
    console.print(f"{arguments.wav}: {sum(part.duration for part in speech):.1f} s")

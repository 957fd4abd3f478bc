"""Chooses the speech engine: the one asked for, or the best there is."""

from collections.abc import Callable
from pathlib import Path

from kiosk_robot.paths import models_dir
from kiosk_robot.speech.engine import EngineError, SpeechEngine

WHISPER_MODEL = "whisper-base"
VOSK_MODELS = ("vosk-model-vn-0.4", "vosk-model-small-vn-0.4")  # the better one first


def open_engine(wanted: str, vosk_model: str = "") -> SpeechEngine:
    """An engine that hears sound: "vosk", "whisper", or "auto", which tries them in this order.

    `vosk_model` is a model's folder; empty: one that `kiosk models install` brought.

    :raises EngineError: there is none; the message says what to install.
    """
    ways: dict[str, Callable[[], SpeechEngine]] = {
        "vosk": lambda: _open_vosk(vosk_model),
        "whisper": _open_whisper,
    }
    problems = []
    for name in ways if wanted == "auto" else (wanted,):
        try:
            return ways[name]()
        except EngineError as error:
            problems.append(str(error))
    raise EngineError("; ".join(problems))


def _open_vosk(folder: str) -> SpeechEngine:
    from kiosk_robot.drivers.vosk_engine import VoskEngine, try_out

    installed = [models_dir() / name for name in VOSK_MODELS]
    there = [path for path in installed if path.is_dir()] or installed[-1:]
    model = Path(folder) if folder else there[0]
    try_out(model)
    return VoskEngine(model)


def _open_whisper() -> SpeechEngine:
    from kiosk_robot.drivers.whisper_engine import WhisperEngine

    return WhisperEngine(models_dir() / WHISPER_MODEL)

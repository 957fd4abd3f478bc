"""Vosk, the engine of the robot: it writes while the citizen speaks, on a fraction of a core.

A model is always named by its folder: by name or language the library downloads one, and may end
the process. One model is shared; recognisers are cheap, and a new citizen gets a new one.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kiosk_robot.speech.engine import SAMPLE_RATE, EngineError, Final, Partial, Word

LOCALE = "vi-VN"
NEEDED = (("am/final.mdl", "final.mdl"), ("conf/mfcc.conf", "mfcc.conf"))  # in either layout
UNKNOWN = "[unk]"
_BESIDE = 1  # words heard beside an expected phrase: "không cần đâu"


class VoskEngine:
    """Hears freely, and beside it for a few phrases when an answer is expected."""

    def __init__(self, folder: Path) -> None:
        """Load the model in `folder`.

        :raises EngineError: the library or the model is missing or damaged.
        """
        for names in NEEDED:
            if not any((folder / name).is_file() for name in names):
                raise EngineError(
                    f"vosk: {folder / names[0]} is not there; `kiosk models install vosk-vn`"
                )
        try:
            import vosk
        except (ImportError, OSError) as error:
            raise EngineError(f"vosk cannot be loaded: {error}") from error
        vosk.SetLogLevel(-1)
        self._recogniser_of = vosk.KaldiRecognizer
        self._folder = folder
        self._expected: frozenset[str] = frozenset()
        self._grammar = ""
        self._earlier: list[Final] = []
        self._taken = self._began = 0.0  # seconds of sound by now, and before the utterance
        self._restricted: Any = None
        try:
            self._model: Any = vosk.Model(model_path=str(folder))
            self._free: Any = self._new()
        except Exception as error:  # the library raises nothing more exact
            raise _damaged(folder, str(error)) from error

    @property
    def name(self) -> str:
        """Engine and model."""
        return f"vosk {self._folder.name}"

    def accept(self, pcm: bytes) -> Partial | Final | None:
        """Take sound; the words so far."""
        self._taken += len(pcm) / 2 / SAMPLE_RATE
        if self._restricted is not None:
            self._restricted.AcceptWaveform(pcm)
        if self._free.AcceptWaveform(pcm):  # its own endpoint: ours decides, so keep the words
            self._earlier.append(_final(self._free.Result(), self._began))
        going_on = json.loads(self._free.PartialResult()).get("partial", "")
        text = _joined([*(final.text for final in self._earlier), going_on])
        return Partial(text, LOCALE) if text else None

    def paused(self, perhaps_over: bool) -> None:
        """It writes while one speaks: nothing is left to begin with."""

    def finish(self) -> Final:
        """The words of the utterance: those that were expected, else whatever was said.

        A recogniser that knows few words makes others of them: "aniyo aniyo aniyo aniyo ne ne" of a
        whole sentence, with 0.82 (small Korean model). Only a phrase itself counts, of which the
        free recogniser has heard no more than a word more.
        """
        began, self._began = self._began, self._taken
        parts = [*self._earlier, _final(self._free.FinalResult(), began)]
        self._earlier = []
        words = tuple(word for part in parts for word in part.words)
        text = _joined(part.text for part in parts)
        freely = Final(text, _mean(words), LOCALE, words)
        if self._restricted is None:
            return freely
        expected = _final(self._restricted.FinalResult(), began)
        if expected.text not in self._expected or len(words) > len(expected.words) + _BESIDE:
            return freely
        return replace(expected, alternatives=tuple({text} - {"", expected.text}))

    def reset(self) -> None:
        """New recognisers: nothing of the last voice is left."""
        self._earlier = []
        self._taken = self._began = 0.0
        self._free = self._new()
        self._restricted = self._new(self._grammar) if self._grammar else None

    def expect(self, phrases: Sequence[str]) -> None:
        """Listen for these phrases beside everything else; none: only for everything. One with a
        word that the model does not know is heard freely only.

        The library takes an empty or ill-formed list down with the whole process: it gets neither.

        :raises ValueError: the model knows none of them; nothing has changed.
        """
        said = {" ".join(phrase.lower().split()) for phrase in phrases} - {""}
        known = {phrase for phrase in said if all(map(self._knows, phrase.split()))}
        if said and not known:
            raise ValueError(f"the model does not know: {', '.join(sorted(said))}")
        grammar = json.dumps([*sorted(known), UNKNOWN], ensure_ascii=False) if known else ""
        if grammar != self._grammar:
            self._expected, self._grammar = frozenset(known), grammar
            self.reset()

    def _knows(self, word: str) -> bool:
        return bool(self._model.vosk_model_find_word(word) >= 0)

    def _new(self, *grammar: str) -> Any:
        recogniser = self._recogniser_of(self._model, SAMPLE_RATE, *grammar)
        recogniser.SetWords(True)
        return recogniser


def try_out(folder: Path) -> None:
    """Have another process hear a second of silence with the model in `folder`: on some damaged
    files (a cut `disambig_tid.int` or `splice.conf`, seen with Vosk 0.3.45) the library raises
    nothing, but ends the process.

    :raises EngineError: the library or the model is missing or damaged.
    """
    command = [sys.executable, "-m", "kiosk_robot.drivers.vosk_engine", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 1:
        raise EngineError(done.stderr.strip().splitlines()[-1])
    if done.returncode:
        raise _damaged(folder, f"the library ended with {done.returncode}")


def _damaged(folder: Path, why: str) -> EngineError:
    return EngineError(
        f"vosk: the model in {folder} is damaged: {why}; remove it and install it again"
    )


def _final(result: str, began: float) -> Final:
    """A result of the library: {"text": …, "result": [{"word", "start", "end", "conf"}]}; its times
    are since the recogniser was made, which was `began` seconds before the utterance.
    """
    told = json.loads(result)
    words = tuple(
        Word(word["word"], word["start"] - began, word["end"] - began, word["conf"])
        for word in told.get("result", ())
    )
    return Final(told.get("text", ""), _mean(words), LOCALE, words)


def _mean(words: Sequence[Word]) -> float:
    return sum(word.confidence for word in words) / len(words) if words else 0.0


def _joined(texts: Iterable[str]) -> str:
    return " ".join(text for text in texts if text)


if __name__ == "__main__":  # as `try_out` does
    model = Path(sys.argv[1])
    try:
        engine = VoskEngine(model)
        engine.accept(bytes(2 * SAMPLE_RATE))
        engine.finish()
    except EngineError as error:
        sys.exit(str(error))
    except Exception as error:
        sys.exit(str(_damaged(model, str(error))))

"""Whisper through faster-whisper (CTranslate2), for machines without a Vosk model.

Its encoder sees 30 s whatever is said. Measured on 2 cores with whisper-base, int8: cutting the
window to the utterance and 2 s takes 0.2 to 0.5 CPU seconds an utterance instead of 1.0 to 1.3.
"""

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kiosk_robot.speech.engine import SAMPLE_RATE, EngineError, Final, Partial

FILES = ("model.bin", "config.json", "tokenizer.json", "vocabulary.json")
LOCALE = "vi-VN"
_FRAMES_A_SECOND = 100  # of the encoder's window
_ROOM = 2 * _FRAMES_A_SECOND  # behind the utterance; without it the end is lost
_BEAM = 5
_TOKENS_A_SECOND = 12  # fast speech has 6 syllables a second, of 2 tokens at most
_LEAST_TOKENS = 16
_LEAST_CONFIDENCE = 0.2  # below, it is no speech; what is written then is made up
# Subtitles of the videos it was trained on: written for silence and music, said by nobody here.
_MADE_UP = re.compile(
    r"subscribe|đăng k[ýí] kênh|ghiền mì gõ|cảm ơn các bạn đã (?:theo dõi|xem)|hẹn gặp lại các bạn"
    r"|video (?:tiếp theo|hấp dẫn)",
    re.IGNORECASE,
)
_AGAIN = 3  # words


class WhisperEngine:
    """Gathers the utterance and writes it down when it is over: no partial results."""

    def __init__(self, folder: Path) -> None:
        """Load the model in `folder`.

        :raises EngineError: the extra or the model is missing or damaged.
        """
        missing = [name for name in FILES if not (folder / name).is_file()]
        if missing:
            raise EngineError(
                f"whisper: {folder / missing[0]} is not there; `kiosk models install whisper-base`"
            )
        try:
            from faster_whisper import WhisperModel
            from faster_whisper.tokenizer import Tokenizer
        except ImportError as error:
            raise EngineError(
                f"whisper: {error.name} is not installed; the extra `whisper` brings it (README)"
            ) from error
        try:
            # More threads do not wait well: on a busy machine they spin (measured).
            self._model: Any = WhisperModel(
                str(folder), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True
            )
        except Exception as error:  # CTranslate2 raises RuntimeError, tokenizers plain Exception
            raise EngineError(f"whisper: the model in {folder} is damaged: {error}") from error
        tokenizer = Tokenizer(self._model.hf_tokenizer, True, task="transcribe", language="vi")
        self._decode = tokenizer.decode
        self._prompt = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        self._pcm = bytearray()
        self._folder = folder

    @property
    def name(self) -> str:
        """Engine and model."""
        return f"whisper {self._folder.name}"

    def accept(self, pcm: bytes) -> Partial | Final | None:
        """Keep the sound until the utterance is over."""
        self._pcm += pcm
        return None

    def finish(self) -> Final:
        """Write the utterance down."""
        import numpy as np

        samples = np.frombuffer(self._pcm, "<i2").astype(np.float32) / 32768.0
        self._pcm.clear()
        if not samples.size:
            return Final("", 0.0, LOCALE)
        window = int(samples.size * _FRAMES_A_SECOND / SAMPLE_RATE) + _ROOM
        features = self._model.feature_extractor(samples)[:, : window - window % 2]
        tokens = int(samples.size / SAMPLE_RATE * _TOKENS_A_SECOND) + _LEAST_TOKENS
        found = self._model.model.generate(
            self._model.encode(features),
            [self._prompt],
            beam_size=_BEAM,
            num_hypotheses=_BEAM,
            return_scores=True,
            max_length=len(self._prompt) + tokens,
        )[0]
        texts = [_once(self._decode(ids).strip()) for ids in found.sequences_ids]
        likely = dict(zip(texts, map(math.exp, found.scores), strict=True))  # one of each
        text, confidence = next(iter(likely.items()))
        if confidence < _LEAST_CONFIDENCE or _MADE_UP.search(text):
            return Final("", 0.0, LOCALE)
        return Final(text, confidence, LOCALE, alternatives=tuple(likely)[1:])

    def reset(self) -> None:
        """Forget the utterance."""
        self._pcm.clear()

    def expect(self, phrases: Sequence[str]) -> None:
        """It hears everything; nothing can be restricted."""


def _once(text: str) -> str:
    """A decoder that has nothing more to write begins again: keep what was written first."""
    words = text.split()
    plain = [word.strip(".,!?").lower() for word in words]
    for length in range(2, len(words)):
        again = plain[length : 2 * length]
        if len(again) >= _AGAIN and again == plain[: len(again)]:
            return " ".join(words[:length])
    return text

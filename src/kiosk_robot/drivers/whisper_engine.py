"""Whisper through faster-whisper (CTranslate2), for machines without a Vosk model.

It writes real voices passably and synthetic ones badly, but it can tell how well a given sentence
fits a sound. Its encoder sees 30 s whatever is said. Measured on 2 cores with whisper-base, int8:
cutting the window to the utterance and 2 s takes 0.2 to 0.5 CPU seconds instead of 1.0 to 1.3.
"""

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kiosk_robot.speech.common import SURE, Weighed, common_sentences, judged, nearest, of_length
from kiosk_robot.speech.engine import SAMPLE_RATE, EngineError, Final, Partial

FILES = ("model.bin", "config.json", "tokenizer.json", "vocabulary.json")
LOCALE = "vi-VN"
_FRAMES_A_SECOND = 100  # of the encoder's window
_ROOM = 2 * _FRAMES_A_SECOND  # behind the utterance; without it the end is lost
_BEAM = 5
_TOKENS_A_SECOND = 12  # fast speech has 6 syllables a second, of 2 tokens at most
_LEAST_TOKENS = 16
_WELL_WRITTEN = -0.7  # mean log probability of a token; below, half the words are wrong
_AROUND, _SHORTEST = 0.8, 0.3  # seconds: pre-roll and final silence; the shortest word
_WEIGHED_FIRST, _WEIGHED_THEN = 24, 40  # sentences; 15 ms of CPU each
_LEAST = 1e-9  # a token's probability
NOTHING = Final("", 0.0, "vi-VN")
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
        self._tokenizer: Any = Tokenizer(
            self._model.hf_tokenizer, True, task="transcribe", language="vi"
        )
        self._prompt = [*self._tokenizer.sot_sequence, self._tokenizer.no_timestamps]
        self._meanings: Mapping[str, str] = common_sentences()
        self._expected: frozenset[str] = frozenset()
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
        """Write the utterance down; where the writing is poor, weigh the sound against sentences
        that are often said.
        """
        import numpy as np

        samples = np.frombuffer(self._pcm, "<i2").astype(np.float32) / 32768.0
        self._pcm.clear()
        if not samples.size:
            return NOTHING
        window = int(samples.size * _FRAMES_A_SECOND / SAMPLE_RATE) + _ROOM
        window -= window % 2
        sound = self._model.encode(self._model.feature_extractor(samples)[:, :window])
        most = int(samples.size / SAMPLE_RATE * _TOKENS_A_SECOND) + _LEAST_TOKENS
        written = self._written(sound, most)
        if not written or _MADE_UP.search(written[0]):
            return NOTHING
        [own] = self._weigh(sound, window, written[:1])
        if own.likeness >= _WELL_WRITTEN:
            confidence = math.exp(own.likeness)
            return Final(written[0], confidence, LOCALE, alternatives=tuple(written[1:]))
        seconds = max(samples.size / SAMPLE_RATE - _AROUND, _SHORTEST)
        likely = of_length(self._meanings, seconds)
        awaited = [sentence for sentence in likely if sentence in self._expected]
        by_letters = nearest(written, likely, _WEIGHED_FIRST + _WEIGHED_THEN)
        near = list(dict.fromkeys([*awaited, *by_letters]))
        weighed = self._weigh(sound, window, near[:_WEIGHED_FIRST])
        said, confidence = judged(weighed, self._meanings)
        if confidence < SURE:  # the letters may have led astray
            weighed += self._weigh(sound, window, near[_WEIGHED_FIRST:])
            said, confidence = judged(weighed, self._meanings)
        if said:
            return Final(said, confidence, LOCALE, alternatives=tuple(written))
        return Final(written[0], math.exp(own.likeness), LOCALE, alternatives=tuple(written[1:]))

    def _written(self, sound: Any, most: int) -> list[str]:
        """What it writes by itself, likeliest first, in `most` tokens at most."""
        found = self._model.model.generate(
            sound,
            [self._prompt],
            beam_size=_BEAM,
            num_hypotheses=_BEAM,
            max_length=len(self._prompt) + most,
        )[0]
        texts = (_once(self._tokenizer.decode(ids).strip()) for ids in found.sequences_ids)
        return [text for text in dict.fromkeys(texts) if any(map(str.isalpha, text))]

    def _weigh(self, sound: Any, window: int, sentences: Sequence[str]) -> list[Weighed]:
        import ctranslate2
        import numpy as np

        if not sentences:
            return []
        tokens = [self._tokenizer.encode(_as_written(sentence)) for sentence in sentences]
        many = np.ascontiguousarray(np.repeat(np.asarray(sound), len(tokens), axis=0))
        aligned = self._model.model.align(
            ctranslate2.StorageView.from_array(many),
            self._prompt,
            tokens,
            [window] * len(tokens),
        )
        return [
            Weighed(sentence, float(np.log(np.maximum(one.text_token_probs, _LEAST)).mean()))
            for sentence, one in zip(sentences, aligned, strict=True)
        ]

    def reset(self) -> None:
        """Forget the utterance."""
        self._pcm.clear()

    def expect(self, phrases: Sequence[str]) -> None:
        """Weigh the sound against these as well; none: against common sentences only."""
        common = common_sentences()
        self._meanings = common | {phrase: common.get(phrase, phrase) for phrase in phrases}
        self._expected = frozenset(phrases)


def _as_written(sentence: str) -> str:
    """A sentence as subtitles have it: a capital, and a mark at its end."""
    sentence = sentence[:1].upper() + sentence[1:]
    return sentence if sentence[-1:] in ".!?" else f"{sentence}."


def _once(text: str) -> str:
    """A decoder that has nothing more to write begins again: keep what was written first."""
    words = text.split()
    plain = [word.strip(".,!?").lower() for word in words]
    for length in range(2, len(words)):
        again = plain[length : 2 * length]
        if len(again) >= _AGAIN and again == plain[: len(again)]:
            return " ".join(words[:length])
    return text

"""Whisper through faster-whisper (CTranslate2), for machines without a Vosk model.

It writes real voices passably and synthetic ones badly, but it can tell how well a given sentence
fits a sound. Its encoder sees 30 s whatever is said. Measured on 2 cores with whisper-base, int8:
cutting the window to the utterance and 2 s takes 0.2 to 0.5 CPU seconds instead of 1.0 to 1.3.
"""

import math
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path
from threading import Event
from typing import Any

from kiosk_robot.speech.common import (
    UNHEARD,
    Weighed,
    common_sentences,
    judged,
    nearest,
    of_length,
)
from kiosk_robot.speech.engine import SAMPLE_RATE, EngineError, Final, Partial, Word

FILES = ("model.bin", "config.json", "tokenizer.json", "vocabulary.json")
LOCALE = "vi-VN"
_FRAMES_A_SECOND = 100  # of the encoder's window
_ROOM = 2 * _FRAMES_A_SECOND  # behind the utterance; without it the end is lost
_BEAM = 5
_TOKENS_A_SECOND = 12  # fast speech has 6 syllables a second, of 2 tokens at most
_LEAST_TOKENS = 20
_WELL_WRITTEN = -0.7  # mean log probability of a token; below, half the words are wrong
_AROUND, _SHORTEST = 0.45, 0.3  # seconds: pre-roll and beginning pause; the shortest word
_WEIGHED = 36  # sentences; 15 ms of CPU each
_AT_ONCE = 6  # sentences; more leave the cache, fewer waste the weights' way into it (measured)
_WEIGHERS = 2  # at a time, one thread each
_LEAST = 1e-9  # a token's probability
NOTHING = Final("", 0.0, "vi-VN")
# Subtitles of the videos it was trained on: written for silence and music, said by nobody here.
_MADE_UP = re.compile(
    r"subscribe|đăng k[ýí] kênh|ghiền mì gõ|cảm ơn các bạn đã (?:theo dõi|xem)|hẹn gặp lại các bạn"
    r"|video (?:tiếp theo|hấp dẫn)",
    re.IGNORECASE,
)
_AGAIN = 3  # words
_CUT = "\N{REPLACEMENT CHARACTER}"  # a letter's first bytes


class WhisperEngine:
    """Gathers the utterance and writes it down when it pauses: no partial results."""

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
            import numpy as np
            from faster_whisper import WhisperModel
            from faster_whisper.tokenizer import Tokenizer
        except ImportError as error:
            raise EngineError(
                f"whisper: {error.name} is not installed; the extra `whisper` brings it (README)"
            ) from error
        try:
            # More threads do not wait well: on a busy machine they spin (measured).
            self._model: Any = WhisperModel(
                str(folder),
                device="cpu",
                compute_type="int8",
                cpu_threads=1,
                num_workers=_WEIGHERS,
                local_files_only=True,
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
        self._hand = ThreadPoolExecutor(1, thread_name_prefix="whisper")
        self._weighers = ThreadPoolExecutor(_WEIGHERS, thread_name_prefix="weigher")
        self._ahead: Future[Final | None] | None = None
        self._dropped = Event()
        self._silence: Any = self._encoded(np.zeros(SAMPLE_RATE // 2, np.float32), _ROOM // 4)
        self._unheard: dict[str, float] = {}
        self._hand.submit(self._learn_next)

    @property
    def name(self) -> str:
        """Engine and model."""
        return f"whisper {self._folder.name}"

    def accept(self, pcm: bytes) -> Partial | Final | None:
        """Keep the sound until the utterance is over."""
        self._pcm += pcm
        return None

    def paused(self, perhaps_over: bool) -> None:
        """Begin to write when they pause, so that most is done when the pause has become the end;
        what was begun is dropped when they go on.
        """
        self._drop()
        if perhaps_over:
            self._ahead = self._begin()

    def finish(self) -> Final:
        """What is written down. Where the writing is poor, sentences that are often said are
        weighed against the sound.
        """
        final = (self._ahead or self._begin()).result()
        self.reset()
        return final or NOTHING

    def _begin(self) -> Future[Final | None]:
        self._dropped = Event()
        return self._hand.submit(
            self._write, bytes(self._pcm), self._meanings, self._expected, self._dropped
        )

    def _drop(self) -> None:
        self._dropped.set()
        self._ahead = None

    def _write(
        self, pcm: bytes, meanings: Mapping[str, str], expected: frozenset[str], dropped: Event
    ) -> Final | None:
        """None: it was dropped on the way."""
        import numpy as np

        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768.0
        if dropped.is_set() or not samples.size:
            return None
        sound = self._encoded(samples, _ROOM)
        most = int(samples.size / SAMPLE_RATE * _TOKENS_A_SECOND) + _LEAST_TOKENS
        written = self._written(sound, most)
        if not written or _MADE_UP.search(written[0]):
            return NOTHING
        [own] = self._fitting(sound, written[:1])
        if own >= _WELL_WRITTEN:
            words = self._timed(sound, written[0])
            return Final(written[0], math.exp(own), LOCALE, words, tuple(written[1:]))
        if dropped.is_set():
            return None
        seconds = max(samples.size / SAMPLE_RATE - _AROUND, _SHORTEST)
        likely = of_length(meanings, seconds)
        awaited = [sentence for sentence in likely if sentence in expected]
        near = dict.fromkeys([*awaited, *nearest(written, likely, _WEIGHED)])
        said, certainty = judged(self._weigh(sound, list(near)), meanings)
        if said:
            return Final(said, certainty, LOCALE, alternatives=tuple(written))
        return Final(written[0], math.exp(own), LOCALE, alternatives=tuple(written[1:]))

    def _timed(self, sound: Any, text: str) -> tuple[Word, ...]:
        """When each word of a text was said."""
        tokens = [self._tokenizer.encode(text)]
        [found] = self._model.find_alignment(self._tokenizer, tokens, sound, 2 * sound.shape[1])
        return tuple(
            Word(word, float(each["start"]), float(each["end"]), float(each["probability"]))
            for each in found
            if (word := each["word"].strip(" .,!?"))
        )

    def _encoded(self, samples: Any, room: int) -> Any:
        """The encoder's view of a sound, with a window of its length and so much more."""
        window = int(samples.size * _FRAMES_A_SECOND / SAMPLE_RATE) + room
        window -= window % 2
        return self._model.encode(self._model.feature_extractor(samples)[:, :window])

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

    def _weigh(self, sound: Any, sentences: Sequence[str]) -> list[Weighed]:
        self._learn_unheard(sentences)
        return [
            Weighed(sentence, fitting - UNHEARD * self._unheard[sentence])
            for sentence, fitting in zip(sentences, self._fitting(sound, sentences), strict=True)
        ]

    def _learn_unheard(self, sentences: Sequence[str]) -> None:
        new = [sentence for sentence in sentences if sentence not in self._unheard]
        self._unheard.update(zip(new, self._fitting(self._silence, new), strict=True))

    def _learn_next(self) -> None:
        """Learn of some more common sentences, between two utterances."""
        new = [sentence for sentence in common_sentences() if sentence not in self._unheard]
        self._learn_unheard(new[:_AT_ONCE])
        if new[_AT_ONCE:]:
            with suppress(RuntimeError):  # the program ends
                self._hand.submit(self._learn_next)

    def _fitting(self, sound: Any, sentences: Sequence[str]) -> list[float]:
        """Mean log probability of each sentence's tokens, given the sound."""
        parts = [sentences[at : at + _AT_ONCE] for at in range(0, len(sentences), _AT_ONCE)]
        fitting = self._weighers.map(partial(self._fitting_of_some, sound), parts)
        return list(chain.from_iterable(fitting))

    def _fitting_of_some(self, sound: Any, sentences: Sequence[str]) -> list[float]:
        import ctranslate2
        import numpy as np

        tokens = [self._tokenizer.encode(_as_written(sentence)) for sentence in sentences]
        many = np.ascontiguousarray(np.repeat(np.asarray(sound), len(tokens), axis=0))
        window = 2 * many.shape[1]  # the encoder halves it
        aligned = self._model.model.align(
            ctranslate2.StorageView.from_array(many),
            self._prompt,
            tokens,
            [window] * len(tokens),
        )
        return [float(np.log(np.maximum(one.text_token_probs, _LEAST)).mean()) for one in aligned]

    def reset(self) -> None:
        """Forget the utterance."""
        self._drop()
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
    """A decoder that has nothing more to write begins again: keep what was written first. Where its
    tokens ran out, the last word may be a beginning only.
    """
    words = text.split()
    plain = [word.strip(".,!?").lower() for word in words]
    for length in range(2, len(words)):
        *again, last = plain[length : 2 * length]
        first = plain[: len(again) + 1]
        cut = length + len(first) == len(words)
        same_end = first[-1].startswith(last.rstrip(_CUT)) if cut else first[-1] == last
        if len(first) >= _AGAIN and again == first[:-1] and same_end:
            return " ".join(words[:length])
    return text

"""The robot's own words, told from the citizen's."""

import unicodedata
from collections import deque
from dataclasses import dataclass, field

from rapidfuzz import fuzz

from kiosk_robot.speech.engine import Final

BARGE_IN = ("dừng lại", "robot ơi")
"""What stops the robot while it speaks. Nothing else that is heard then counts."""
LONGEST_BARGE_IN = 2.0  # seconds; whatever goes on longer is the robot itself
REVERBERATION = 1.0  # seconds after the robot has spoken in which its words may still be heard

_ALIKE = 80  # of 100
_SHORTEST_ECHO = 8  # letters: a citizen may well repeat "lấy số"
_REMEMBERED = 8  # sentences


@dataclass(slots=True)
class OwnWords:
    """What the robot has said last."""

    _sentences: deque[str] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))

    def said(self, sentence: str) -> None:
        """Remember a sentence, as it begins."""
        self._sentences.append(letters(sentence))

    def echoed_in(self, text: str) -> bool:
        """Whether a transcript is, down to an engine's errors, a piece of what the robot said."""
        heard = letters(text)
        if len(heard) < _SHORTEST_ECHO:
            return False
        return any(
            len(heard) <= len(said) and fuzz.partial_ratio(heard, said) >= _ALIKE
            for said in self._sentences
        )

    def citizens(self, final: Final, *, over_robot: bool, quiet_before: float) -> str:
        """What of an utterance the citizen said, "" when it was the robot itself.

        `over_robot`: it was said while the robot spoke. `quiet_before`: seconds between the robot's
        last word and the utterance's first.
        """
        if over_robot:
            stops = (self.barge_in(text) for text in (final.text, *final.alternatives))
            return next(filter(None, stops), "")
        echoed = quiet_before < REVERBERATION and self.echoed_in(final.text)
        return "" if echoed else final.text

    def barge_in(self, text: str) -> str:
        """The word of `BARGE_IN` that a transcript consists of, "" when it is none of them.

        A word that the robot itself has just used proves nothing.
        """
        heard = letters(text)
        for word in BARGE_IN:
            own = any(letters(word) in said for said in self._sentences)
            if not own and fuzz.ratio(heard, letters(word)) >= _ALIKE:
                return word
        return ""


def letters(text: str) -> str:
    """Lower-case letters and figures without tones, marks and spaces."""
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(c for c in plain if c.isalnum())

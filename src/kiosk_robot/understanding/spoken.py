"""Text as an engine heard it, with what it may have been instead and how sure the engine is."""

from collections.abc import Sequence
from dataclasses import replace

from kiosk_robot.understanding.model import Context, Understanding
from kiosk_robot.understanding.understander import Understander

SURE = 0.75  # an engine's confidence from which its text is taken as said
DOUBTFUL = 0.4  # and below which only a wording that is known itself counts
GUESSED = 0.2  # and below which it wrote down what nobody said (30 min of babble: 0.02 to 0.18)
_KNOWN_WORDING = 0.9  # confidence of an understanding
_MEANT = ("answer", "command")


def understand_speech(
    understander: Understander,
    text: str,
    confidence: float,
    alternatives: Sequence[str] = (),
    context: Context | None = None,
) -> list[Understanding]:
    """The requests in what was heard; those that may have been misheard are not `sure`.

    Of a doubtful utterance the first reading counts in which something is asked for plainly: to put
    a question about words that were never said helps nobody.
    """
    if confidence >= SURE:
        return understander.understand(text, context)
    for reading in (text, *alternatives) if confidence >= GUESSED else ():
        found = understander.understand(reading, context)
        best = found[0]
        clear = confidence >= DOUBTFUL or best.confidence >= _KNOWN_WORDING
        if len(found) == 1 and best.behaviour in _MEANT and clear:
            return [replace(best, sure=False, confidence=confidence)]
    return [Understanding(text, "not_understood", "handoff", confidence=0.0)]

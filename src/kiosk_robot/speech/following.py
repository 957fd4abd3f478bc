"""Which word of a caption is being said, and where a spoken text can be cut."""

import re
from difflib import SequenceMatcher

Span = tuple[int, int]  # first character and one past the last

_WORD = re.compile(r"\S+")
_MARKS = re.compile(r"^\W+|\W+$")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")


def sentences(text: str) -> list[str]:
    """A text cut where a voice pauses: after `.`, `!`, `?` unless a small letter follows."""
    cut: list[str] = []
    for part in _SENTENCE_END.split(text.strip()):
        if cut and part[:1].islower():
            cut[-1] += f" {part}"
        elif part:
            cut.append(part)
    return cut


def caption_spans(caption: str, spoken: str) -> list[Span]:
    """For each word of `spoken`, the span of the caption it says.

    They differ where a number is read out, an abbreviation, or a name that captions do not show.
    The words that differ are laid over each other in proportion. Empty for an empty caption.
    """
    shown = [(match[0], match.span()) for match in _WORD.finditer(caption)]
    said = spoken.split()
    if not shown:
        return []
    spans: list[Span] = []
    pairs = SequenceMatcher(
        a=[_plain(word) for word, _ in shown], b=[_plain(word) for word in said], autojunk=False
    )
    for _, first, last, begin, end in pairs.get_opcodes():
        if last == first:  # said, not shown: the word before it stays marked
            first, last = max(first - 1, 0), max(first, 1)
        for place in range(end - begin):
            word = first + place * (last - first) // (end - begin)
            spans.append(shown[word][1])
    return spans


def _plain(word: str) -> str:
    return _MARKS.sub("", word).casefold()

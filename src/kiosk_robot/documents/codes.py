"""What a code held to the camera is: a card, a booking, a ticket, a dossier's receipt, or nothing.

The card's layout is known (card.py). The others are told by a pattern of the site: a dossier's
number is that of Thông tư 01/2018/TT-VPCP; how iHanoi writes its bookings is not published, so its
pattern is an assumption to be checked at installation.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from kiosk_robot.documents.card import CardError, parse_card
from kiosk_robot.site import CodeKind

CITIZEN_CARD = "citizen_card"
KINDS = (CITIZEN_CARD, "booking", "ticket", "dossier")
MAX_REFERENCE_BYTES = 300
_ENOUGH_VOTES = 2


@dataclass(frozen=True, slots=True)
class Document:
    """What was recognised."""

    kind: str
    """One of KINDS."""
    text: str = field(repr=False)
    """The whole text of a card: personal. Of anything else only its reference."""


def recognise(payload: bytes, patterns: Mapping[CodeKind, str]) -> Document | None:
    """The document a payload belongs to; None for whatever else people print.

    `patterns` gives a regular expression for each kind but the card; its one group is the
    reference, and it has to match the whole text.
    """
    try:
        parse_card(payload)
        return Document(CITIZEN_CARD, payload.decode())
    except CardError:
        pass
    if len(payload) > MAX_REFERENCE_BYTES or not payload.isascii():
        return None
    text = payload.decode("ascii")
    for kind, pattern in patterns.items():
        if found := re.fullmatch(pattern, text):
            return Document(kind, found[1])
    return None


class Votes:
    """Counts what the frames of one scan say. A card speaks for itself, as its number repeats
    what its other fields say; of anything else a second frame has to say the same.
    """

    def __init__(self, patterns: Mapping[CodeKind, str]) -> None:
        self._patterns = patterns
        self._seen: Counter[Document] = Counter()

    def cast(self, payload: bytes) -> Document | None:
        """The document, once it is certain."""
        document = recognise(payload, self._patterns)
        if document is None or document.kind == CITIZEN_CARD:
            return document
        self._seen[document] += 1
        return document if self._seen[document] >= _ENOUGH_VOTES else None

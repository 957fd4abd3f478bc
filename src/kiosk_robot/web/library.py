"""What the pages look up: procedures, counters, sentences. Read once, by whoever needs it first."""

import threading
from collections.abc import Callable, Mapping
from functools import cache, cached_property

from kiosk_robot.dialogue.turn import Knowledge
from kiosk_robot.understanding.search import ProcedureSearch
from kiosk_robot.understanding.text import load_data


class Library:
    """Reading takes seconds on a busy machine: the server is there before it is done."""

    def __init__(self, read: Callable[[], Knowledge]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._knowledge: Knowledge | None = None

    @property
    def knowledge(self) -> Knowledge:
        """What the dialogue draws on; waits for another thread that is reading it."""
        with self._lock:
            if self._knowledge is None:
                self._knowledge = self._read()
            return self._knowledge

    @cached_property
    def search(self) -> ProcedureSearch:
        """Finds procedures by what is typed of their names."""
        return ProcedureSearch(self.knowledge.catalogue, english_names())

    def name(self, code: str, language: str = "vi") -> str:
        """What a procedure is called; in English where it has an English name."""
        found = english_names().get(code) if language == "en" else None
        name = found or self.knowledge.catalogue[code].name
        return name[:1].upper() + name[1:]


@cache  # read when the first page wants it
def english_names() -> Mapping[str, str]:
    """Names in English, by code, of the procedures that have one."""
    return {code: one["name"] for code, one in load_data("procedures.en.yaml").items()}

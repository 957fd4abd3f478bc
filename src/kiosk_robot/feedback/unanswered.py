"""What citizens asked and the robot could not answer, and wordings proposed for the catalogue.

Sentences are kept without personal data for 30 days, in files for the robot's user alone: one a
day, and one of proposals. A proposal changes nothing: a person puts it into the catalogue, or not.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from kiosk_robot.feedback.privacy import without_personal_data
from kiosk_robot.paths import data_dir
from kiosk_robot.site import Site

KEPT = timedelta(days=30)
LONGEST = 200  # characters of a sentence
NEAREST = 3  # procedures that come with it
A_DAY = 2000  # sentences; more are not kept
PROPOSALS = "aliases_for_review.jsonl"


def unanswered_folder() -> Path:
    """Where the robot keeps them."""
    return data_dir() / "unanswered"


@dataclass(frozen=True, slots=True)
class Question:
    """A sentence nobody understood, how often it came today, and what was nearest."""

    text: str
    times: int
    nearest: tuple[str, ...]  # codes of procedures, best first


@dataclass(frozen=True, slots=True)
class Proposal:
    """A wording that shall stand for a procedure."""

    alias: str
    code: str
    by: str  # code of the account
    day: str


class Unanswered:
    """The sentences of a site. `clock` gives aware datetimes.

    An OSError goes through: the folder cannot be written or read.
    """

    def __init__(self, folder: Path, site: Site, clock: Callable[[], datetime]) -> None:
        self._folder = folder
        self._zone = site.zone
        self._clock = clock

    @property
    def today(self) -> date:
        """The local date."""
        return self._clock().astimezone(self._zone).date()

    def note(self, text: str, nearest: Iterable[str]) -> None:
        """Keep a sentence, cleaned; one without letters is nothing."""
        cleaned = " ".join(without_personal_data(text[:LONGEST]).split())
        path = self._file(self.today)
        if not any(sign.isalpha() for sign in cleaned) or len(_lines(path)) >= A_DAY:
            return
        if not path.exists():
            self._forget()
        _append(path, {"text": cleaned, "nearest": list(nearest)[:NEAREST]})

    def of_day(self, day: date) -> list[Question]:
        """What was asked on a local date, the most frequent first; without what is proposed."""
        done = {one.alias for one in self.proposals()}
        times: dict[str, int] = {}
        nearest: dict[str, tuple[str, ...]] = {}
        for line in _lines(self._file(day)):
            key = line["text"].lower()
            times[key] = times.get(key, 0) + 1
            nearest[key] = tuple(line["nearest"])
        order = sorted(times, key=lambda key: -times[key])
        return [Question(key, times[key], nearest[key]) for key in order if key not in done]

    def propose(self, text: str, code: str, by: str) -> bool:
        """Propose a sentence of today as a wording for a procedure; False: nobody asked it."""
        alias = text.lower()
        if alias not in {question.text for question in self.of_day(self.today)}:
            return False
        _append(self._folder / PROPOSALS, asdict(Proposal(alias, code, by, self.today.isoformat())))
        return True

    def proposals(self) -> list[Proposal]:
        """All proposals, the oldest first."""
        return [Proposal(**line) for line in _lines(self._folder / PROPOSALS)]

    def _file(self, day: date) -> Path:
        return self._folder / f"unanswered-{day}.jsonl"

    def _forget(self) -> None:
        oldest = self._file(self.today - KEPT).name
        for path in self._folder.glob("unanswered-*.jsonl"):
            if path.name < oldest:
                path.unlink()


def _append(path: Path, line: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, (json.dumps(line, ensure_ascii=False) + "\n").encode())
    finally:
        os.close(file)


def _lines(path: Path) -> list[dict[str, Any]]:
    """What was written whole: a power cut may leave half a line."""
    return list(_whole(path)) if path.exists() else []


def _whole(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue

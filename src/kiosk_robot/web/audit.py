"""Who did what at a console: one JSON line each, by codes. No names, no words of citizens."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from kiosk_robot.queueing.engine import utc_now


class Audit:
    """Files `audit-YYYY-MM.jsonl` in a folder, for the robot's user alone."""

    def __init__(self, folder: Path, clock: Callable[[], datetime] = utc_now) -> None:
        self._folder = folder
        self._clock = clock

    def note(self, who: str, what: str, on: str = "", outcome: str = "ok") -> None:
        """Write a line. `who` is an account's name, "" for nobody known; `on` an id or a code.

        What cannot be written is not done: an OSError goes through to whoever asked.
        """
        now = self._clock().astimezone(UTC)
        line = {"at": now.isoformat(timespec="seconds"), "who": who, "what": what}
        line |= {"on": on, "outcome": outcome}
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"audit-{now:%Y-%m}.jsonl"
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, (json.dumps(line) + "\n").encode())
        finally:
            os.close(file)

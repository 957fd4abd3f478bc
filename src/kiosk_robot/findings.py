"""What a check of a device finds, and who helps with it: what the doctor and its page share."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One check: what was found and, if it is not right, what to do."""

    device: str
    check: str
    ok: bool
    found: str
    fix: str = ""


@dataclass(frozen=True)
class Technician:
    """Who stands before the robot: a person, or a script in their place."""

    ask: Callable[[str], bool]
    """A question to be answered with yes or no."""
    show_code: Callable[[str], None]
    """Hold a QR code with this text to the camera."""


Settings = dict[str, dict[str, Any]]
Check = Callable[[Settings, Technician], Iterator[Finding]]

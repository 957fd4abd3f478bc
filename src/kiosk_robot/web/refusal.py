"""What people read when the robot refuses: in both languages, as a page may be in either."""

from collections.abc import Mapping

from fastapi import HTTPException


def both(vi: str, en: str) -> dict[str, str]:
    """A text of the server's own, as pages take it."""
    return {"vi": vi, "en": en}


def refusal(
    status: int, vi: str, en: str, headers: Mapping[str, str] | None = None
) -> HTTPException:
    """The answer of this HTTP status; its `detail` is the text in both languages."""
    return HTTPException(status, both(vi, en), headers)

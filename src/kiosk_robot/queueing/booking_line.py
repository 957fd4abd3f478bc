"""The line to the booking service: an HTTP client that says clearly when there is none."""

import time
from typing import Any, TypeVar

import httpx
from pydantic import ValidationError

from kiosk_robot.queueing.booking_contract import (
    BookingPage,
    CheckInAnswer,
    CheckInConflict,
    CheckInReport,
    Found,
    ListedBooking,
    Lookup,
    Message,
)

M = TypeVar("M", bound=Message)
TIMEOUT = 3.0  # seconds for a whole answer; a citizen is waiting
MAX_BYTES = 8_000_000  # a list of ten thousand bookings


class LineError(Exception):
    """The service cannot be reached or does not answer as agreed; the message is for the log."""


class ConflictError(Exception):
    """The service refuses a check-in; str() is the reason of the contract."""


class BookingLine:
    """Client of the contract in booking_contract.py. `point` is the name of the site file.

    Every method raises LineError when the service fails, is slow or talks nonsense.
    """

    def __init__(self, url: str, token: str, point: str, timeout: float = TIMEOUT) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.Client(base_url=url, headers=headers, timeout=timeout)
        self._timeout = timeout
        self._point = point

    def fetch(self, known: str) -> tuple[BookingPage, str] | None:
        """The list of this point and its tag; None when it is still the one tagged `known`."""
        headers = {"If-None-Match": known} if known else {}
        answer = self._send("GET", f"/v1/points/{self._point}/bookings", headers=headers)
        if answer.status_code == httpx.codes.NOT_MODIFIED:
            return None
        return _read(answer, BookingPage), answer.headers.get("ETag", "")

    def lookup(self, wanted: Lookup) -> tuple[ListedBooking, ...]:
        """Bookings, of any point, that fit a sealed claim."""
        path = f"/v1/points/{self._point}/lookups"
        return _read(self._send("POST", path, json=wanted.model_dump(mode="json")), Found).bookings

    def report(self, booking_id: str, check_in: CheckInReport) -> None:
        """Tell a check-in; telling it again is harmless.

        :raises ConflictError: the booking was used elsewhere, or is none of this point.
        """
        path = f"/v1/bookings/{booking_id}/check-in"
        answer = self._send("PUT", path, json=check_in.model_dump(mode="json"))
        if answer.status_code in (httpx.codes.CONFLICT, httpx.codes.NOT_FOUND):
            raise ConflictError(_parse(answer, CheckInConflict).detail)
        _read(answer, CheckInAnswer)

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def _send(self, method: str, path: str, **content: Any) -> httpx.Response:
        """The whole answer, within the time and size that are acceptable."""
        ends = time.monotonic() + self._timeout
        body = bytearray()
        try:
            with self._client.stream(method, path, **content) as answer:
                for piece in answer.iter_bytes():
                    body += piece
                    if time.monotonic() > ends or len(body) > MAX_BYTES:
                        raise LineError(f"{answer.url}: the answer is too slow or too long")
                headers = {"ETag": answer.headers.get("ETag", "")}
                return httpx.Response(
                    answer.status_code, headers=headers, content=bytes(body), request=answer.request
                )
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise LineError(f"{self._client.base_url}: {reason}") from None


def _read(answer: httpx.Response, kind: type[M]) -> M:
    if not answer.is_success:
        raise _unexpected(answer)
    return _parse(answer, kind)


def _parse(answer: httpx.Response, kind: type[M]) -> M:
    try:
        return kind.model_validate_json(answer.content)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        message = f"{answer.url}: not as agreed: {where}: {first['msg']}"
        raise LineError(message) from None


def _unexpected(answer: httpx.Response) -> LineError:
    return LineError(f"{answer.url}: status {answer.status_code}")

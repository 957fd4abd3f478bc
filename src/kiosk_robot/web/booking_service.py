"""A reference booking service: the contract with the robot, and iHanoi's rules for citizens.

It stands in for the city's service in tests, demonstrations and integration work. It keeps
everything in memory and knows the citizens; the robot it serves does not.
"""

import base64
import hmac
import secrets
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Depends, FastAPI, Header, HTTPException, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import Field

from kiosk_robot.catalogue.model import CounterGroup
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
from kiosk_robot.queueing.bookings import Booking, refusal
from kiosk_robot.queueing.claims import CODE_LENGTH, QR_PREFIX, SealingKey, name_and_time
from kiosk_robot.site import CLOCK, Site


class Wish(Message):
    """What a citizen asks for."""

    point: str
    field: str = Field(min_length=1, max_length=60)
    group: CounterGroup
    day: date
    at: str = Field("", pattern=rf"({CLOCK})|^$", description="HH:MM, local; empty: any time")
    name: str = Field(min_length=2, max_length=80)
    phone: str = Field(pattern=r"^0\d{9}$")
    card: str = Field(pattern=r"^\d{12}$")
    procedure_code: str = ""


class Made(Message):
    """A booking that was made."""

    id: str
    code: str = Field(description="eight digits, said or typed at the robot")
    qr: str = Field(description="content of its QR code")


@dataclass(frozen=True, repr=False)
class KeptBooking:
    """A booking with the citizen it belongs to, known to the service alone."""

    booking: Booking
    code: str
    name: str
    phone: str
    card: str
    check_in: CheckInReport | None = None


@dataclass
class BookingBook:
    """Bookings of several points. `clock` gives aware datetimes."""

    sites: dict[str, Site]
    clock: Callable[[], datetime]
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    kept: dict[str, KeptBooking] = field(default_factory=dict, repr=False)

    def make(self, wish: Wish) -> Made:
        """Book.

        :raises ValueError: the rules do not allow it; str() is the Refusal.
        :raises LookupError: no such point.
        """
        site = self.sites[wish.point]
        now = self.clock()
        booking = Booking(
            id=str(uuid.uuid4()),
            point=wish.point,
            place=site.name,
            field=wish.field,
            group=wish.group,
            day=wish.day,
            at=time.fromisoformat(wish.at) if wish.at else None,
            registered_at=now,
            person=wish.card,
            procedure_code=wish.procedure_code,
        )
        own = (one.booking for one in self.kept.values() if one.card == wish.card)
        if refused := refusal(booking, own, now.astimezone(ZoneInfo(site.timezone)), site):
            raise ValueError(refused.value)
        code = self._free_code()
        self.kept[booking.id] = KeptBooking(booking, code, wish.name, wish.phone, wish.card)
        return Made(id=booking.id, code=code, qr=f"{QR_PREFIX}:{wish.point}:{code}")

    def cancel(self, booking_id: str) -> None:
        """Forget a booking."""
        self.kept.pop(booking_id, None)

    def key(self, point: str, key_id: str) -> SealingKey:
        """The key of a point's list of a day: the same for every robot there, another tomorrow."""
        secret = hmac.new(self.secret, f"{point} {key_id}".encode(), sha256).digest()
        return SealingKey(key_id, secret)

    def page(self, point: str) -> BookingPage:
        """The list of a point.

        :raises LookupError: no such point.
        """
        today = self.clock().astimezone(ZoneInfo(self.sites[point].timezone)).date()
        key = self.key(point, today.isoformat())
        here = [one for one in self.kept.values() if one.booking.point == point]
        return BookingPage(
            point=point,
            key_id=key.id,
            key=base64.b64encode(key.secret),
            bookings=tuple(
                listed(one, key) for one in here if one.booking.day >= today - timedelta(days=1)
            ),
        )

    def find(self, point: str, wanted: Lookup) -> Iterator[ListedBooking]:
        """Bookings of all points that fit a claim sealed at `point`."""
        key = self.key(point, wanted.key_id)
        for one in self.kept.values():
            sealed = listed(one, key)
            if hmac.compare_digest(getattr(sealed, wanted.kind), wanted.mac):
                yield sealed

    def check_in(self, booking_id: str, report: CheckInReport) -> CheckInConflict | None:
        """Take a booking as used; why not, when it cannot be."""
        kept = self.kept.get(booking_id)
        if kept is None:
            return CheckInConflict(detail="no_such_booking")
        if kept.booking.point != report.point:
            return CheckInConflict(detail="wrong_point")
        if kept.check_in and kept.check_in.check_in_id != report.check_in_id:
            return CheckInConflict(detail="used_elsewhere")
        used = replace(kept.booking, used=True)
        self.kept[booking_id] = replace(kept, booking=used, check_in=kept.check_in or report)
        return None

    def _free_code(self) -> str:
        taken = {one.code for one in self.kept.values()}
        while (code := f"{secrets.randbelow(10**CODE_LENGTH):0{CODE_LENGTH}d}") in taken:
            pass
        return code


def listed(kept: KeptBooking, key: SealingKey) -> ListedBooking:
    """A booking without its citizen."""
    booking = kept.booking
    named = key.mac("name", name_and_time(kept.name, booking.at)) if booking.at else ""
    return ListedBooking(
        id=booking.id,
        point=booking.point,
        place=booking.place,
        field=booking.field,
        group=booking.group,
        day=booking.day,
        at=f"{booking.at:%H:%M}" if booking.at else "",
        registered_at=booking.registered_at,
        procedure_code=booking.procedure_code,
        used=booking.used,
        code=key.mac("code", kept.code),
        phone=key.mac("phone", kept.phone),
        card=key.mac("card", kept.card),
        name=named,
    )


def create_booking_service(book: BookingBook, token: str) -> FastAPI:
    """The service over a book. Robots and portals show `token`; "" asks for none (to try it)."""
    bearer = HTTPBearer(description="token of the point, given at installation", auto_error=False)

    def authorised(shown: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> None:
        credentials = shown.credentials if shown else ""
        if token and not hmac.compare_digest(credentials.encode(), token.encode()):
            raise HTTPException(401, "wrong token")

    app = FastAPI(
        title="Bookings of the service points",
        version="1",
        description="What a reception robot needs of a booking service. docs/bookings_api.md "
        "tells the order of calls and what happens without a line.",
        dependencies=[Depends(authorised)],
    )
    conflicts: dict[int | str, dict[str, Any]] = {
        404: {"model": CheckInConflict, "description": "No such booking"},
        409: {"model": CheckInConflict, "description": "Used elsewhere, or not of this point"},
    }

    @app.post("/v1/bookings", status_code=201)
    def make(wish: Wish) -> Made:
        """Book for a citizen; for portals. 409 with the reason when the rules do not allow it."""
        try:
            return book.make(wish)
        except LookupError:
            raise HTTPException(404, "no such point") from None
        except ValueError as error:
            raise HTTPException(409, str(error)) from None

    @app.get("/v1/points/{point}/bookings", responses={304: {"description": "Not changed"}})
    def bookings(
        point: str, response: Response, if_none_match: Annotated[str | None, Header()] = None
    ) -> BookingPage:
        """The list of a point, with its key. Asked for once a minute; send the ETag back."""
        if point not in book.sites:
            raise HTTPException(404, "no such point")
        page = book.page(point)
        tag = f'"{sha256(page.model_dump_json().encode()).hexdigest()[:32]}"'
        if tag == if_none_match:
            raise HTTPException(304)
        response.headers["ETag"] = tag
        return page

    @app.post("/v1/points/{point}/lookups")
    def lookups(point: str, wanted: Lookup) -> Found:
        """Bookings that fit a claim: of any point, and also those newer than the list."""
        return Found(bookings=tuple(book.find(point, wanted)))

    @app.put("/v1/bookings/{booking_id}/check-in", responses=conflicts)
    def check_in(booking_id: str, report: CheckInReport) -> CheckInAnswer:
        """A citizen has come. The same `check_in_id` is accepted again; any other is refused."""
        if conflict := book.check_in(booking_id, report):
            unknown = conflict.detail == "no_such_booking"
            raise HTTPException(404 if unknown else 409, conflict.detail)
        return CheckInAnswer()

    return app

"""What robot and booking service say to each other over HTTP: docs/bookings_api.md.

The robot is sent no name, phone, card number or booking code, only their HMACs under the key that
comes with the list.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from kiosk_robot.catalogue.model import CounterGroup
from kiosk_robot.queueing.claims import Kind
from kiosk_robot.site import CLOCK

Mac = Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
POINT = r"^\w{1,40}$"


class Message(BaseModel):
    """Base: what is not in the contract is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ListedBooking(Message):
    """One booking as the robot may know it."""

    id: str = Field(pattern=r"^[\w-]{1,40}$", description="says nothing of a person")
    point: str = Field(pattern=POINT, description="service point it was made for")
    place: str = Field(max_length=120, description="that point as people call it")
    field: str = Field(max_length=60, description="field chosen, e.g. Hộ tịch")
    group: CounterGroup = Field(description="group of counters that handles the field")
    day: date = Field(description="local date")
    at: str = Field("", pattern=rf"({CLOCK})|^$", description="HH:MM, local; empty: any time")
    registered_at: datetime = Field(description="when it was made, with its zone: its rank")
    procedure_code: str = Field("", max_length=10, description="official code; empty when unknown")
    used: bool = Field(False, description="a check-in has been accepted")
    code: Mac = Field(description='HMAC of "code:" and the eight digits of the booking code')
    phone: Mac = Field("", description='HMAC of "phone:" and ten digits, e.g. 0912345678')
    card: Mac = Field("", description='HMAC of "card:" and the twelve digits of the ID card')
    name: Mac = Field(
        "", description='HMAC of "name:", the name in plain small letters, a space and HH:MM'
    )


class BookingPage(Message):
    """Bookings of a point from yesterday until the last day that can be booked."""

    point: str = Field(pattern=POINT)
    key_id: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="local date of the key")
    key: Base64Bytes = Field(min_length=32, description="base64; HMAC-SHA256 key of this list")
    bookings: tuple[ListedBooking, ...]


class Lookup(Message):
    """A citizen whose booking is not in the list the robot has."""

    key_id: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    kind: Kind
    mac: str = Field(pattern=r"^[0-9a-f]{64}$")


class Found(Message):
    """Bookings that fit, of whatever point; their HMACs are under the key named in the look-up."""

    bookings: tuple[ListedBooking, ...]


class CheckInReport(Message):
    """A booking has been checked in. Sent again until it is answered, always with the same id."""

    check_in_id: str = Field(pattern=r"^[0-9a-f-]{36}$", description="UUID, one per booking")
    point: str = Field(pattern=POINT)
    at: datetime = Field(description="when the citizen was there; earlier than now after an outage")


class CheckInAnswer(Message):
    """The booking is used by this check-in: now, or since it was reported before."""

    accepted: Literal[True] = True


class CheckInConflict(Message):
    """The check-in does not count. `detail` is the reason; status 409, or 404 when unknown."""

    detail: Literal["used_elsewhere", "wrong_point", "no_such_booking"]

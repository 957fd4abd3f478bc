"""The rules of bookings: what may be booked, and what is said to a citizen who has booked.

Pure: the rules come from the site file, the time from the caller. Local times are those of the
site. The defaults are what the press reported of iHanoi in 2025 (config/sites/cua_nam.yaml).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from kiosk_robot.catalogue.model import CounterGroup
from kiosk_robot.site import BookingRules, Site


class Outcome(StrEnum):
    """What became of a check-in; the names are those of the constants of CheckIn.srv."""

    OK = "ok"
    ALREADY_USED = "already_used"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    WRONG_DAY = "wrong_day"
    WRONG_PLACE = "wrong_place"
    AMBIGUOUS = "ambiguous"
    NO_SUCH_BOOKING = "no_such_booking"


# Of several bookings none of which can be used, the one a citizen most likely came for is told.
LIKELIEST = (
    Outcome.TOO_EARLY,
    Outcome.TOO_LATE,
    Outcome.ALREADY_USED,
    Outcome.WRONG_DAY,
    Outcome.WRONG_PLACE,
)


class Refusal(StrEnum):
    """Why a day and time cannot be booked."""

    IN_THE_PAST = "in_the_past"
    TOO_FAR_AHEAD = "too_far_ahead"
    CLOSED = "closed"
    DAY_USED_UP = "day_used_up"
    FIELD_USED_UP = "field_used_up"


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking. `person` only tells bookings of one person from those of others."""

    id: str
    point: str  # site name, e.g. cua_nam
    field: str  # as the portal names it, e.g. Hộ tịch
    group: CounterGroup
    day: date
    at: time | None  # local; None: any time of the day
    registered_at: datetime  # aware
    person: str
    place: str = ""  # the point as people say it
    procedure_code: str = ""
    used: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check-in comes to; `more` other bookings of that person could be used now too."""

    outcome: Outcome
    booking: Booking | None = None
    more: int = 0


def judge(found: Iterable[Booking], point: str, now: datetime, rules: BookingRules) -> Verdict:
    """Which of the bookings that fit a citizen's word is used now. `now` is local, aware."""
    judged = [(outcome_of(booking, point, now, rules), booking) for booking in found]
    usable = sorted(
        (booking for outcome, booking in judged if outcome is Outcome.OK), key=_chronological
    )
    if len({booking.person for booking in usable}) > 1:
        return Verdict(Outcome.AMBIGUOUS)
    if usable:
        return Verdict(Outcome.OK, usable[0], len(usable) - 1)
    if not judged:
        return Verdict(Outcome.NO_SUCH_BOOKING)
    outcome, booking = min(
        judged, key=lambda one: (LIKELIEST.index(one[0]), _chronological(one[1]))
    )
    return Verdict(outcome, booking)


def outcome_of(booking: Booking, point: str, now: datetime, rules: BookingRules) -> Outcome:
    """What one booking comes to at this point and moment."""
    opens, closes = window(booking, rules)
    local = now.replace(tzinfo=None)
    if booking.point != point:
        return Outcome.WRONG_PLACE
    if booking.day != now.date():
        return Outcome.WRONG_DAY
    if booking.used:
        return Outcome.ALREADY_USED
    if local < opens:
        return Outcome.TOO_EARLY
    return Outcome.OK if local <= closes else Outcome.TOO_LATE


def window(booking: Booking, rules: BookingRules) -> tuple[datetime, datetime]:
    """From when until when a booking is taken, local without zone."""
    opens = datetime.combine(booking.day, time.fromisoformat(rules.opens))
    closes = datetime.combine(booking.day, time.fromisoformat(rules.closes))
    if booking.at is None:
        return opens, closes
    booked = datetime.combine(booking.day, booking.at)
    return (
        max(opens, booked - timedelta(minutes=rules.early)),
        min(closes, booked + timedelta(minutes=rules.late)),
    )


def refusal(wish: Booking, own: Iterable[Booking], now: datetime, site: Site) -> Refusal | None:
    """Why `wish` cannot be booked by somebody who has booked `own`; None when it can.

    `now` is local, aware.
    """
    rules = site.bookings
    if wish.day < now.date() or window(wish, rules)[1] < now.replace(tzinfo=None):
        return Refusal.IN_THE_PAST
    if wish.day > now.date() + timedelta(days=rules.days_ahead):
        return Refusal.TOO_FAR_AHEAD
    if not _is_open(wish, site):
        return Refusal.CLOSED
    that_day = [booking for booking in own if booking.day == wish.day]
    if sum(booking.field == wish.field for booking in that_day) >= rules.a_field:
        return Refusal.FIELD_USED_UP
    return Refusal.DAY_USED_UP if len(that_day) >= rules.a_day else None


def _is_open(wish: Booking, site: Site) -> bool:
    hours = site.hours_on(wish.day)
    if wish.at is None:
        return bool(hours)
    at = f"{wish.at:%H:%M}"
    within = site.bookings.opens <= at < site.bookings.closes
    return within and any(period.opens <= at < period.closes for period in hours)


def _chronological(booking: Booking) -> tuple[date, time, datetime]:
    return booking.day, booking.at or time.min, booking.registered_at

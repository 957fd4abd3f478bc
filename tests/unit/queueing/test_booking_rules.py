"""iHanoi's rules: who may book, and what a citizen who has booked is told."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_robot.config import load_site
from kiosk_robot.queueing.bookings import Booking, Outcome, Refusal, judge, refusal, window
from kiosk_robot.site import BookingRules

SITE = load_site("cua_nam")
RULES = SITE.bookings
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MONDAY = date(2026, 11, 23)
REGISTERED = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def at(clock: str, day: date = MONDAY) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), ZONE)


def booking(slot: str = "09:30", **changes) -> Booking:
    values = {
        "id": "one", "point": "cua_nam", "field": "Hộ tịch", "group": "civil_status",
        "day": MONDAY, "at": time.fromisoformat(slot) if slot else None,
        "registered_at": REGISTERED, "person": "somebody",
    }  # fmt: skip
    return Booking(**values | changes)


@pytest.mark.parametrize(
    ("now", "found", "outcome"),
    [
        (at("09:30"), [booking()], Outcome.OK),
        (at("08:29"), [booking()], Outcome.TOO_EARLY),
        (at("08:30"), [booking()], Outcome.OK),
        (at("10:30"), [booking()], Outcome.OK),
        (at("10:31"), [booking()], Outcome.TOO_LATE),
        (at("07:59"), [booking("08:15")], Outcome.TOO_EARLY),
        (at("07:59"), [booking("")], Outcome.TOO_EARLY),
        (at("16:00"), [booking("")], Outcome.OK),
        (at("16:01"), [booking("15:45")], Outcome.TOO_LATE),
        (at("09:30", MONDAY + timedelta(1)), [booking()], Outcome.WRONG_DAY),
        (at("09:30", MONDAY - timedelta(1)), [booking()], Outcome.WRONG_DAY),
        (at("09:30"), [booking(point="hoan_kiem")], Outcome.WRONG_PLACE),
        (at("09:30"), [booking(used=True)], Outcome.ALREADY_USED),
        (at("09:30"), [], Outcome.NO_SUCH_BOOKING),
        (at("09:30"), [booking(), booking(person="another")], Outcome.AMBIGUOUS),
        (at("09:30"), [booking(used=True), booking(person="another")], Outcome.OK),
        (at("09:30"), [booking(day=MONDAY + timedelta(1)), booking("12:00")], Outcome.TOO_EARLY),
    ],
)  # fmt: skip
def test_what_a_citizen_who_has_booked_is_told(now, found, outcome):
    assert judge(found, "cua_nam", now, RULES).outcome is outcome


def test_of_two_bookings_of_one_person_the_earlier_comes_first_and_the_other_is_mentioned():
    late, early = booking("10:00", id="late"), booking("09:00", id="early")
    verdict = judge([late, early], "cua_nam", at("09:30"), RULES)
    assert verdict.booking
    assert (verdict.outcome, verdict.booking.id, verdict.more) == (Outcome.OK, "early", 1)


@pytest.mark.parametrize(
    ("changes", "own", "refused"),
    [
        ({}, [], None),
        ({"day": MONDAY + timedelta(5)}, [], None),  # Saturday morning is open
        ({"day": MONDAY + timedelta(6)}, [], Refusal.CLOSED),  # Sunday
        ({"day": MONDAY + timedelta(7)}, [], Refusal.TOO_FAR_AHEAD),
        ({"day": MONDAY - timedelta(1)}, [], Refusal.IN_THE_PAST),
        ({"at": time(7, 45)}, [], Refusal.CLOSED),
        ({"at": time(12, 30)}, [], Refusal.CLOSED),
        ({"at": time(16, 0)}, [], Refusal.CLOSED),
        ({}, [booking("14:00")], Refusal.FIELD_USED_UP),
        ({"field": "Đất đai"}, [booking()], None),
        ({"field": "Đất đai"}, [booking(), booking(field="Cư trú")], Refusal.DAY_USED_UP),
        ({"day": MONDAY + timedelta(1)}, [booking(), booking(field="Cư trú")], None),
    ],
)
def test_what_may_be_booked(changes, own, refused):
    assert refusal(booking(**changes), own, at("08:00"), SITE) is refused


def test_what_is_past_today_cannot_be_booked():
    assert refusal(booking("09:30"), [], at("10:45"), SITE) is Refusal.IN_THE_PAST


WISHES = st.lists(
    st.builds(
        booking,
        slot=st.sampled_from(["", "08:00", "09:30", "11:45", "13:00", "15:59", "16:00", "03:00"]),
        day=st.integers(-2, 9).map(lambda days: MONDAY + timedelta(days)),
        field=st.sampled_from(["Hộ tịch", "Cư trú", "Đất đai"]),
    ),
    max_size=40,
)


@given(wishes=WISHES, hour=st.integers(0, 23))
def test_however_somebody_books_the_limits_hold(wishes, hour):
    now = at(f"{hour:02d}:00")
    held: list[Booking] = []
    for wish in wishes:
        if refusal(wish, held, now, SITE) is None:
            held.append(wish)
    days = {one.day for one in held}
    assert all(MONDAY <= day <= MONDAY + timedelta(6) for day in days)
    for day in days:
        fields = [one.field for one in held if one.day == day]
        assert len(fields) <= 2
        assert len(fields) == len(set(fields))
        assert SITE.hours_on(day)


@given(
    slot=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    early=st.integers(0, 1440),
    late=st.integers(0, 1440),
    minute=st.integers(0, 24 * 60 - 1),
)
def test_nobody_is_taken_outside_of_the_hours_and_the_booked_time_is_always_right(
    slot, early, late, minute
):
    rules = BookingRules(early=early, late=late)
    one = booking(at=slot)
    now = at("00:00") + timedelta(minutes=minute)
    if judge([one], "cua_nam", now, rules).outcome is Outcome.OK:
        assert "08:00" <= f"{now:%H:%M}" <= "16:00"
        opens, closes = window(one, rules)
        assert opens <= now.replace(tzinfo=None) <= closes
    if "08:00" <= f"{slot:%H:%M}" <= "16:00":
        there = datetime.combine(MONDAY, slot, ZONE)
        assert judge([one], "cua_nam", there, rules).outcome is Outcome.OK

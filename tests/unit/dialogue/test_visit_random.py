"""Whatever happens in whatever order: no number is lost, nothing personal is shown."""

from collections import Counter
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk_robot.dialogue.session import (
    DeviceChanged,
    PrintTicket,
    ReserveTicket,
    Say,
    ScanDocument,
    Session,
    SettleTicket,
)
from kiosk_robot.queueing.claims import SealedClaim
from kiosk_robot.understanding.model import Intent, RankedProcedure

pytestmark = pytest.mark.thorough

PERSONAL = ("Hằng", "HẰNG", "001194026153", "012345678", "Phố Mẫu", "0912345678", "Quý Danh")
INTENTS = get_args(Intent)
CLAIM = str(SealedClaim("2026-11-23", "phone", "0" * 64))
PROCEDURES = ("1.001193", "2.000815", "1.004222")
DICTATED = (
    "mùng hai tháng chín năm chín tư", "0912345678", "bỏ qua", "đúng", "sửa số điện thoại", "thôi",
    "Trần Văn Quý Danh", "001194026153", "hai", "nhắc lại", "chủ hộ", "",
)  # fmt: skip
ERRORS = ("timeout", "node_lost", "unknown_outcome", "empty", "canceled")
# What happens, with two numbers that choose among what is possible then. What a service point does
# all day, giving numbers, comes most often.
HAPPENINGS = (
    ["finish"] * 8 + ["fail"] + ["press"] * 3 + ["say"] * 2 + ["ask"] * 3 + ["take"] * 3
    + ["how long", "claim", "clarify", "arrive", "leave", "wait", "cancel", "device"]
    + ["dictate"] * 4
)  # fmt: skip
HISTORIES = st.lists(
    st.tuples(st.sampled_from(HAPPENINGS), st.integers(0, 1000), st.integers(0, 1000)),
    min_size=25,
    max_size=60,
)


def happen(visit, what: str, one: int, two: int) -> None:
    ranked = (RankedProcedure(PROCEDURES[one % 3], 1.0), RankedProcedure(PROCEDURES[two % 3], 0.9))
    match what:
        case "finish" if visit.open:
            devices = [c for c in visit.open if not isinstance(c, Say)] if two % 2 else []
            possible = devices or visit.open
            visit.finish(possible[one % len(possible)])
        case "fail" if visit.open:
            visit.finish(visit.open[one % len(visit.open)], ERRORS[two % len(ERRORS)])
        case "press" if choices := visit.choices():
            visit.press(choices[one % len(choices)].id)
        case "say":
            visit.request(INTENTS[one % len(INTENTS)], slots={"rating": str(two % 5 + 1)})
        case "claim":
            visit.request("check_in_booking", slots={"claim": CLAIM})
        case "ask":
            visit.ask(PROCEDURES[one % 3])
        case "take":
            visit.request("take_ticket")
        case "how long":
            visit.request("ask_wait")
        case "clarify":
            visit.request("ask_procedure", "clarify", procedures=ranked, question="Việc nào ạ?")
        case "arrive":
            visit.arrive()
        case "leave":
            visit.leave()
        case "wait":
            visit.wait(one % 80)
        case "dictate":
            visit.dictate(DICTATED[one % len(DICTATED)])
        case "cancel":
            visit.cancel()
        case "device":
            device = ("speech_recognition", "ticket_printer", "camera")[one % 3]
            visit.step(DeviceChanged(device, two % 2 == 0))


@given(history=HISTORIES)
@settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_happens_every_number_has_one_end_and_nothing_personal_is_shown(
    new_visit, history
):
    visit = new_visit()
    for what, one, two in history:
        looks, phase = len(visit.all(ScanDocument)), visit.session.phase
        happen(visit, what, one, two)
        if len(visit.all(ScanDocument)) > looks:
            agreed = ("consent_scan", "consent_form", "check_in")
            assert phase in agreed, "the camera looks only after a yes"
        assert max(numbers_on_their_way(visit).values(), default=0) <= 1
    visit.run()

    ends = Counter(c.ticket_id for c in visit.all(SettleTicket) if c.outcome != "printing")
    assert ends == Counter(ticket.id for ticket in visit._tickets.values())
    prints = Counter(c.ticket.id for c in visit.all(PrintTicket))
    assert all(count == 1 for count in prints.values())

    shown = [*visit.captions(), repr(visit.session), *map(repr, visit.commands)]
    assert not any(word in text for word in PERSONAL for text in shown)
    assert all(c.personal for c in visit.all(Say) if "Hằng" in c.text)

    visit.cancel()
    visit.run()
    assert replace(visit.session, serial=0, lost=frozenset(), rests={}) == Session()


def numbers_on_their_way(visit) -> Counter:
    """How many numbers each citizen is being given for each procedure."""
    return Counter(
        (owner, command.procedure_code)
        for command, owner in visit.session.pending
        if isinstance(command, ReserveTicket) and not command.in_hand
    )

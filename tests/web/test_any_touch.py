"""Requests of every shape the OpenAPI description allows, from screen and phone: never a server
error, whatever the robot is doing.
"""

import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st

from kiosk_robot.dialogue.session import Phase
from kiosk_robot.understanding.model import RankedProcedure, Understanding
from kiosk_robot.web.phone import TicketView

pytestmark = pytest.mark.thorough
BIRTH = "1.001193"
# What a page would send in these places: by chance nobody hits upon it.
KNOWN = {"procedure": BIRTH, "code": BIRTH, "case": "ordinary", "case_id": "ordinary"}
PHASES = (None, Phase.CONFIRM_TICKET, Phase.CHECK_IN, Phase.COMMENT, Phase.FILLING_FORM)


class AnyTicket(dict):
    """Whatever ticket is asked for, there is one."""

    def __contains__(self, _ticket_id):
        return True

    def __getitem__(self, _ticket_id):
        return TicketView("A012", "waiting", 4, (15, 25), "1", "bên trái cửa vào", BIRTH)


@pytest.fixture
def operations(monkeypatch, make_room):
    """A room whose phone may ask at any rate, and what may be asked of it."""
    for limit in ("MESSAGES_A_MINUTE", "LOOKS_A_MINUTE"):
        monkeypatch.setattr(f"kiosk_robot.web.phone.{limit}", 10**6)
    room = make_room()
    room.tickets = AnyTicket()
    procedures = (RankedProcedure(BIRTH, 0.9),)
    heard = Understanding("khai sinh", "ask_procedure", "answer", procedures=procedures)
    room.understood = [heard, Understanding("giá vàng", "out_of_scope", "handoff")]
    described = schemathesis.openapi.from_url(f"{room.url}/openapi.json")
    yield room, [found.ok() for found in described.get_all_operations()]
    room.close()


@pytest.mark.parametrize("phase", PHASES)
def test_no_request_makes_the_server_fail(operations, phase, few_examples, told_in_both_languages):
    room, described = operations
    paths = {one.path for one in described}
    assert {"/api/choices", "/api/typed", "/api/papers", "/api/chat", "/api/form"} <= paths
    if phase:
        room.feed(room.visit(phase), "Vâng ạ.")
    pressable = [one["id"] for one in room.hub.latest.get("state", {}).get("choices", [])]
    seen = set()
    for operation in described:

        @few_examples
        @given(case=operation.as_strategy(), choice=st.sampled_from(pressable or ["affirm"]))
        def answered(case, choice):
            known = KNOWN | {"id": choice}
            for names in ({}, known):
                for part in (case.body, case.path_parameters, case.query):
                    if isinstance(part, dict):
                        part |= {name: value for name, value in names.items() if name in part}
                answer = case.call()
                assert answer.status_code < 500, (answer.status_code, answer.request.url)
                assert answer.status_code < 400 or told_in_both_languages(answer)
                seen.add((case.path, answer.status_code))

        answered()
    assert ("/api/chat", 200) in seen
    assert ("/api/procedures/{code}", 200) in seen

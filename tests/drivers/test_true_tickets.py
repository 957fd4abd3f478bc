"""True tickets under faults, with the real rules, queue, journal and driver."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kiosk_robot.drivers.simulated.printer_mechanism import Fault
from kiosk_robot.hardware_bench.hall import (
    JOB_BYTES,
    Clock,
    Fuse,
    Hall,
    load_knowledge,
)
from kiosk_robot.hardware_bench.tickets import (
    MIDWAY,
    byte_plays,
    random_plays,
    run_schedules,
)
from kiosk_robot.printing.journal import PrintJournal
from kiosk_robot.queueing.store import Store

KNOWLEDGE = load_knowledge()


class TicketMachine(RuleBasedStateMachine):
    """Anything may happen at any moment."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        folder = Path(self.folder.name)
        self.store = Store(f"sqlite:///{folder / 'kiosk.db'}")
        self.hall = Hall(KNOWLEDGE, self.store, folder / "print_journal.db", Clock())

    def teardown(self):
        try:
            self.hall.check_in_the_end()
        finally:
            self.hall.close()
            self.store.close()
            self.folder.cleanup()

    @rule()
    def press(self):
        self.hall.press()

    @precondition(lambda self: self.hall.outstanding)
    @rule(
        which=st.integers(0, 20),
        times=st.sampled_from([1, 0, 2]),
        answer_lost=st.booleans(),
        late=st.booleans(),
    )
    def carry_out(self, which, times, answer_lost, late):
        index = which % self.hall.outstanding
        self.hall.carry_out(index, times=times, answer_lost=answer_lost, late=late)

    @rule(after=st.integers(0, 2 * JOB_BYTES), what=st.sampled_from(MIDWAY))
    def light_fuse(self, after, what):
        self.hall.fuse = Fuse(after, what)

    @rule(lost=st.integers(0, 4), doubled=st.integers(0, 4))
    def garble_answers(self, lost, doubled):
        self.hall.lost_answers, self.hall.doubled_answers = lost, doubled

    @rule(writes_left=st.sampled_from([None, 0, 1, 2, 3]))
    def fill_disk(self, writes_left):
        self.hall.writes_left = writes_left

    @rule(fault=st.sampled_from(Fault))
    def break_printer(self, fault):
        self.hall.break_printer(fault)

    @rule(paper_mm=st.sampled_from([0.0, 5.0, 50_000.0]))
    def change_paper(self, paper_mm):
        self.hall.change_paper(paper_mm)

    @rule(clears=st.booleans())
    def another_model(self, clears):
        self.hall.printer.clears = clears

    @rule(on_the_way=st.booleans())
    def kill_dialogue(self, on_the_way):
        self.hall.kill_dialogue(on_the_way=on_the_way)

    @rule()
    def kill_printer_node(self):
        self.hall.kill_printer_node()

    @rule()
    def cut_power(self):
        self.hall.cut_power()

    @rule()
    def leave(self):
        self.hall.leave()

    @rule(seconds=st.sampled_from([5.0, 40.0]))
    def sweep(self, seconds):
        self.hall.sweep(seconds)

    @rule()
    def call(self):
        self.hall.call()

    @invariant()
    def promises_are_kept(self):
        self.hall.check()


TestTicketMachine = TicketMachine.TestCase
TestTicketMachine.settings = settings(
    max_examples=80,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestTicketMachine = pytest.mark.thorough(TestTicketMachine)


def test_random_schedules_break_no_promise():
    assert run_schedules(KNOWLEDGE, random_plays(seed=1, schedules=200)) == (200, [])


@pytest.mark.thorough
def test_a_fault_at_any_byte_breaks_no_promise():
    every_ninth = (play for number, play in enumerate(byte_plays()) if number % 9 == 0)
    count, broken = run_schedules(KNOWLEDGE, every_ninth)
    assert count > 200
    assert broken == []


def test_the_schedules_find_a_journal_that_forgets(monkeypatch):
    """The promises would be broken without the journal: the schedules are able to fail."""
    monkeypatch.setattr(PrintJournal, "begin", lambda _journal, _ticket_id: True)
    _, broken = run_schedules(KNOWLEDGE, random_plays(seed=1, schedules=300))
    assert any("two papers" in promise for promise in broken)

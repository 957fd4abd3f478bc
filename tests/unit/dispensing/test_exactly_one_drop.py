"""One job after another over a line that loses and doubles, to a board that breaks and restarts."""

from collections import Counter
from typing import Literal, get_args

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kiosk_robot.dispensing.job import (
    Action,
    Event,
    Job,
    JobOutcome,
    JobStatus,
    Reply,
    Request,
    next_job_id,
    start,
    step,
)
from kiosk_robot.dispensing.registers import (
    HoldingRegister,
    InputRegister,
    JobReason,
    JobState,
    Slot,
)
from kiosk_robot.dispensing.state import DispenserState, decode
from kiosk_robot.drivers.simulated.dispenser_firmware import (
    DispenserFirmware,
    RequestRefusedError,
)

pytestmark = pytest.mark.thorough

Fate = Literal["fine", "request lost", "reply lost", "request doubled", "reply doubled"]
FATES = st.sampled_from((*get_args(Fate), "fine", "fine", "fine"))
FAULTS = ("jammed", "nothing_falls", "door_open", "sensor_blocked", "brown_out")
ACCIDENTS = st.sampled_from((None,) * 20 + (*FAULTS, "restart"))
Moment = tuple[Fate, int, str | None]  # what the line does, milliseconds that pass, what breaks
SCHEDULE = st.lists(st.tuples(FATES, st.integers(0, 400), ACCIDENTS), min_size=6, max_size=16)
STOCK = 30


class OneDrop(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.board = DispenserFirmware({Slot.WATER: STOCK})
        self.job: Job | None = None
        self.action: Action | None = None
        self.late: DispenserState | None = None  # a doubled reply, read as the answer to the next
        self.copy: Job | None = None  # a doubled order that a converter delivers some time later
        self.promised_nothing: set[int] = set()
        self.unseen: set[int] = set()  # jobs whose piece fell past a stuck sensor

    # What the board and the line do.

    def poll(self) -> DispenserState:
        return decode(self.board.read_input(0, len(InputRegister)))

    def write(self) -> Reply:
        assert self.job
        return self.order(self.job)

    def order(self, job: Job) -> Reply:
        try:
            self.board.write(HoldingRegister.JOB_ID, [job.job_id, job.slot, 1])
        except RequestRefusedError:
            return Reply.REFUSED
        return Reply.WRITTEN

    def deliver_copy(self) -> None:
        if self.copy:
            self.order(self.copy)
        self.copy = None

    def ask(self, fate: Fate) -> Event:
        is_poll = self.action is Request.POLL
        if fate == "request lost":
            return Reply.NONE
        reply = self.poll() if is_poll else self.write()
        if fate == "request doubled" and reply is Reply.WRITTEN:
            self.copy = self.job
        late, self.late = self.late, None
        if fate == "reply doubled" and isinstance(reply, DispenserState):
            self.late = reply
        if late:
            return late if is_poll else Reply.NONE
        return Reply.NONE if fate == "reply lost" else reply

    # What may happen.

    @rule(moments=SCHEDULE, repaired=st.sampled_from((True, True, False)))
    def visit(self, moments: list[Moment], repaired: bool) -> None:
        if repaired:
            self.repair()
        self.deliver_copy()
        job_id = next_job_id(self.poll())
        self.promised_nothing.discard(job_id)
        if self.run(job_id, moments).status is JobStatus.FAILED:
            self.promised_nothing.add(job_id)

    @rule(moments=SCHEDULE)
    def ask_again_for_the_newest_job(self, moments: list[Moment]) -> None:
        if newest := self.poll().last_job_id:
            self.run(newest, moments)

    def repair(self) -> None:
        for fault in FAULTS:
            setattr(self.board.cabinet, fault, False)
        self.board.jam = False

    @rule(milliseconds=st.integers(0, 3000))
    def time_passes(self, milliseconds: int) -> None:
        self.board.advance(self.board.now_ms + milliseconds)
        self.deliver_copy()

    def run(self, job_id: int, moments: list[Moment]) -> JobOutcome:
        """Carry one job through `moments`; when they run out, so does the patience."""
        writes = 0
        self.job, self.action = start(job_id, Slot.WATER)
        for fate, milliseconds, accident in moments:
            if isinstance(self.action, JobOutcome):
                break
            writes += self.action is Request.WRITE
            assert writes <= 1
            event = self.ask(fate)
            self.board.advance(self.board.now_ms + milliseconds)
            self.happen(accident)
            self.job, self.action = step(self.job, event)
        if not isinstance(self.action, JobOutcome):
            self.job, self.action = step(self.job, Reply.TIME_IS_UP)
        assert isinstance(self.action, JobOutcome)
        if self.action.status is JobStatus.DONE:
            assert self.drops()[job_id] == 1
        return self.action

    def happen(self, accident: str | None) -> None:
        if accident == "restart":
            self.board.reset()
        elif accident:
            setattr(self.board.cabinet, accident, True)

    # What must always hold.

    def drops(self) -> Counter[int]:
        return Counter(job_id for _, job_id in self.board.cabinet.drops)

    @invariant()
    def no_job_drops_twice(self) -> None:
        assert max(self.drops().values(), default=0) <= 1

    @invariant()
    def nothing_falls_after_a_failure(self) -> None:
        assert not self.promised_nothing & self.drops().keys()

    @invariant()
    def stock_counts_what_the_sensor_saw(self) -> None:
        self.unseen |= {
            record.job_id
            for record in self.board.log
            if (record.state, record.reason) == (JobState.UNCERTAIN, JobReason.SENSOR_STUCK)
        }
        seen = self.drops().keys() - self.unseen
        assert self.board.stock[Slot.WATER] in (STOCK - len(seen), 0)  # 0: a full turn gave nothing

    def teardown(self) -> None:
        self.time_passes(10_000)
        self.no_job_drops_twice()
        self.nothing_falls_after_a_failure()


TestOneDrop = OneDrop.TestCase
TestOneDrop.settings = settings(
    max_examples=200, stateful_step_count=12, deadline=None, derandomize=True
)

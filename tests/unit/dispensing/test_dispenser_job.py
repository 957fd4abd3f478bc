from dataclasses import replace
from typing import Any

import pytest

from kiosk_robot.dispensing.job import (
    Action,
    Event,
    JobOutcome,
    JobStatus,
    OutcomeReason,
    Reply,
    Request,
    next_job_id,
    start,
    step,
)
from kiosk_robot.dispensing.registers import BoardState, JobReason, JobState, Slot
from kiosk_robot.dispensing.state import DispenserState, decode

IDLE = decode([1, 0, 6, JobState.DROPPED, 0, 10, 10, 0, 0, 12, 240, 0xFFFF, 60, 1])
JOB = 7


def seen(**changes: Any) -> DispenserState:
    return replace(IDLE, **changes)


def mine(state: JobState, reason: JobReason = JobReason.NONE) -> DispenserState:
    return seen(last_job_id=JOB, last_job_state=state, last_job_reason=reason)


def run(*events: Event) -> Action:
    """The action after `events`; none but the last may end the job."""
    job, action = start(JOB, Slot.WATER)
    for event in events:
        assert isinstance(action, Request), f"ended before {event}"
        job, action = step(job, event)
    return action


def failed(reason: OutcomeReason) -> JobOutcome:
    return JobOutcome(JobStatus.FAILED, reason)


def unknown(reason: OutcomeReason) -> JobOutcome:
    return JobOutcome(JobStatus.UNKNOWN, reason)


def test_the_state_is_read_before_the_order() -> None:
    assert run() is Request.POLL
    assert run(IDLE) is Request.WRITE


def test_a_piece_falls() -> None:
    running = mine(JobState.RUNNING)
    assert run(IDLE, Reply.WRITTEN, mine(JobState.ACCEPTED), running) is Request.POLL
    dropped = run(IDLE, Reply.WRITTEN, running, mine(JobState.DROPPED))
    assert dropped == JobOutcome(JobStatus.DONE)


def test_a_lost_acknowledgement_is_settled_by_the_job_log() -> None:
    assert run(IDLE, Reply.NONE) is Request.POLL
    assert run(IDLE, Reply.NONE, mine(JobState.RUNNING)) is Request.POLL
    assert run(IDLE, Reply.NONE, mine(JobState.DROPPED)) == JobOutcome(JobStatus.DONE)
    assert run(IDLE, Reply.NONE, IDLE) == failed(OutcomeReason.NOT_RECEIVED)


def test_an_order_already_in_the_log_is_not_sent_again() -> None:
    assert run(mine(JobState.DROPPED)) == JobOutcome(JobStatus.DONE)
    assert run(mine(JobState.RUNNING)) is Request.POLL


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (seen(board=BoardState.JAM), OutcomeReason.JAM),
        (seen(board=BoardState.DOOR_OPEN), OutcomeReason.DOOR_OPEN),
        (seen(board=BoardState.SENSOR_STUCK), OutcomeReason.SENSOR_STUCK),
        (seen(board=BoardState.OVER_TEMPERATURE), OutcomeReason.OVER_TEMPERATURE),
        (seen(board=BoardState.BUSY), OutcomeReason.BUSY),
        (seen(stock={Slot.WATER: 0, Slot.CANDY: 9}), OutcomeReason.EMPTY),
    ],
)
def test_nothing_is_ordered_from_a_board_that_cannot_deliver(
    state: DispenserState, reason: OutcomeReason
) -> None:
    assert run(state) == failed(reason)


def test_the_board_says_why_it_failed() -> None:
    jam = mine(JobState.FAILED, JobReason.JAM)
    assert run(IDLE, Reply.WRITTEN, jam) == failed(OutcomeReason.JAM)


def test_a_restart_under_a_turning_motor_leaves_the_outcome_open() -> None:
    restarted = mine(JobState.UNCERTAIN, JobReason.RESTARTED)
    assert run(IDLE, Reply.WRITTEN, restarted) == unknown(OutcomeReason.RESTARTED)


def test_a_refused_order_drops_nothing() -> None:
    assert run(IDLE, Reply.REFUSED) is Request.POLL
    assert run(IDLE, Reply.REFUSED, IDLE) == failed(OutcomeReason.REFUSED)


def test_a_log_that_contradicts_the_acknowledgement_proves_nothing() -> None:
    other = seen(last_job_id=99)
    assert run(IDLE, Reply.WRITTEN, IDLE) == unknown(OutcomeReason.NOT_RECORDED)
    assert run(IDLE, Reply.NONE, other) == unknown(OutcomeReason.NOT_RECORDED)


def test_a_dead_board_is_given_up_soon_before_the_order() -> None:
    assert run(Reply.NONE, Reply.NONE, IDLE) is Request.WRITE
    assert run(Reply.NONE, Reply.NONE, Reply.NONE) == failed(OutcomeReason.NO_REPLY)


def test_silence_after_the_order_is_never_called_a_failure() -> None:
    assert run(IDLE, Reply.WRITTEN, *[Reply.NONE] * 50) is Request.POLL
    assert run(IDLE, Reply.NONE, Reply.TIME_IS_UP) == unknown(OutcomeReason.NO_REPLY)


@pytest.mark.parametrize("job_id", [0, -1, 65536])
def test_an_id_that_does_not_fit_the_register_is_refused(job_id: int) -> None:
    with pytest.raises(ValueError, match="lies in 1-65535"):
        start(job_id, Slot.WATER)


@pytest.mark.parametrize(("newest", "following"), [(0, 1), (6, 7), (65535, 1)])
def test_the_next_id_follows_the_boards_newest_and_is_never_zero(
    newest: int, following: int
) -> None:
    assert next_job_id(seen(last_job_id=newest)) == following

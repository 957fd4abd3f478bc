"""One job of the dispenser as a pure state machine: what to do next, and what came of it.

The machine orders at most one write per job, and believes only the board's own job log (see
"Exactly one drop" in `hardware/dispenser/registers.md`). Drive it with `start` and then `step`
until the action is an outcome.
"""

from dataclasses import dataclass, replace
from enum import Enum, StrEnum, auto

from kiosk_robot.dispensing.registers import BoardState, JobState, Slot
from kiosk_robot.dispensing.state import DispenserState

_MAX_JOB_ID = 0xFFFF
_MAX_SILENT_POLLS = 3  # before the order is sent: nobody should wait long for a dead board


class JobStatus(StrEnum):
    """DONE: one piece fell. FAILED: this order drops nothing, ever. UNKNOWN: nobody can tell."""

    DONE = auto()
    FAILED = auto()
    UNKNOWN = auto()


class OutcomeReason(StrEnum):
    """Why a job ended as it did: the board's own reasons first, then what the robot found out."""

    NONE = auto()
    EMPTY = auto()
    JAM = auto()
    DOOR_OPEN = auto()
    SENSOR_STUCK = auto()
    OVER_TEMPERATURE = auto()
    RESTARTED = auto()
    BUSY = auto()  # another job is running
    REFUSED = auto()  # the board answered the order with an exception
    NOT_RECEIVED = auto()  # the order was lost on its way
    NOT_RECORDED = auto()  # acknowledged or lost, and the job log speaks of another job
    NO_REPLY = auto()


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """The end of a job."""

    status: JobStatus
    reason: OutcomeReason = OutcomeReason.NONE


class Request(Enum):
    """What to send to the board next."""

    POLL = auto()  # read the input block
    WRITE = auto()  # write the command block, once


class Reply(Enum):
    """What came of a request, when it is not a state."""

    WRITTEN = auto()  # the board acknowledged the order
    REFUSED = auto()  # the board answered the order with an exception
    NONE = auto()  # no reply, or not an understandable one: nothing is known
    TIME_IS_UP = auto()  # the caller waits no longer


Event = DispenserState | Reply
Action = Request | JobOutcome


@dataclass(frozen=True, slots=True)
class Job:
    """Where one job stands, as far as the robot knows."""

    job_id: int
    slot: Slot
    job_before: int | None = (
        None  # the board's newest job when the order was sent; None before that
    )
    write_reply: Reply = Reply.NONE
    silent_polls: int = 0


def next_job_id(state: DispenserState) -> int:
    """Return the id for the next job: the board's newest plus one.

    The board remembers its ids over a power cut, so the robot need not.
    """
    return state.last_job_id % _MAX_JOB_ID + 1


def start(job_id: int, slot: Slot) -> tuple[Job, Action]:
    """Begin a job. Raises ValueError for an id outside 1-65535."""
    if not 1 <= job_id <= _MAX_JOB_ID:
        raise ValueError(f"a dispenser job id lies in 1-{_MAX_JOB_ID}, got {job_id}")
    return Job(job_id, slot), Request.POLL


def step(job: Job, event: Event) -> tuple[Job, Action]:
    """Take in one event and return what to do next: poll, write, or the outcome."""
    if isinstance(event, DispenserState):
        if event.last_job_id == job.job_id:
            return job, _read_log(event)
        return _before_order(job, event) if job.job_before is None else (job, _missing(job, event))
    if event is Reply.TIME_IS_UP:
        return job, _give_up(job)
    if job.job_before is None:
        job = replace(job, silent_polls=job.silent_polls + 1)
        return job, _give_up(job) if job.silent_polls == _MAX_SILENT_POLLS else Request.POLL
    if event is not Reply.NONE:
        job = replace(job, write_reply=event)
    return job, Request.POLL


def _read_log(state: DispenserState) -> Action:
    reason = OutcomeReason[state.last_job_reason.name]
    match state.last_job_state:
        case JobState.DROPPED:
            return JobOutcome(JobStatus.DONE)
        case JobState.FAILED:
            return JobOutcome(JobStatus.FAILED, reason)
        case JobState.UNCERTAIN:
            return JobOutcome(JobStatus.UNKNOWN, reason)
        case _:
            return Request.POLL


def _before_order(job: Job, state: DispenserState) -> tuple[Job, Action]:
    if state.faults:
        return job, _failed(OutcomeReason[_first_name(state.faults)])
    if state.busy:
        return job, _failed(OutcomeReason.BUSY)
    if not state.stock[job.slot]:
        return job, _failed(OutcomeReason.EMPTY)
    return replace(job, job_before=state.last_job_id), Request.WRITE


def _missing(job: Job, state: DispenserState) -> JobOutcome:
    """Judge a job that was ordered and is not the newest of the log."""
    if job.write_reply is Reply.REFUSED:
        return _failed(OutcomeReason.REFUSED)
    if job.write_reply is Reply.WRITTEN or state.last_job_id != job.job_before:
        return JobOutcome(JobStatus.UNKNOWN, OutcomeReason.NOT_RECORDED)
    return _failed(OutcomeReason.NOT_RECEIVED)


def _give_up(job: Job) -> JobOutcome:
    ordered = job.job_before is not None
    return JobOutcome(
        JobStatus.UNKNOWN if ordered else JobStatus.FAILED,
        OutcomeReason.NO_REPLY,
    )


def _failed(reason: OutcomeReason) -> JobOutcome:
    return JobOutcome(JobStatus.FAILED, reason)


def _first_name(faults: BoardState) -> str:
    return next(fault.name for fault in faults if fault.name)

"""The firmware's job log, compiled for this machine: the power is cut between any two writes."""

import ctypes
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk_robot.dispensing.registers import JobReason, JobState, Slot

HERE = Path(__file__).parent
FIRMWARE = HERE.parents[2] / "hardware/dispenser/firmware"
FULL = 20  # pieces
COMPILER = shutil.which("cc")
pytestmark = pytest.mark.skipif(not COMPILER, reason="no C compiler")


class Job(ctypes.Structure):
    _fields_ = (
        ("id", ctypes.c_uint16),
        ("slot", ctypes.c_uint8),
        ("state", ctypes.c_uint8),
        ("reason", ctypes.c_uint8),
    )


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    library = tmp_path_factory.mktemp("job_log") / "job_log.so"
    sources = [FIRMWARE / "job_log.c", HERE / "cut_eeprom.c"]
    flags = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC"]
    assert COMPILER
    subprocess.run([COMPILER, *flags, "-I", FIRMWARE, "-o", library, *sources], check=True)
    loaded = ctypes.CDLL(str(library))
    loaded.job_log_newest.restype = Job
    loaded.job_log_knows.restype = ctypes.c_bool
    return loaded


@pytest.fixture
def memory(log: ctypes.CDLL) -> ctypes.Array[ctypes.c_uint8]:
    """A new chip."""
    memory = (ctypes.c_uint8 * 1024).in_dll(log, "memory")
    ctypes.memset(memory, 0xFF, 1024)
    power(log)
    log.job_log_start()
    return memory


def power(log: ctypes.CDLL, writes: int = -1, torn: int = 0xFF) -> None:
    """The power fails after so many writes, in the middle of one."""
    ctypes.c_long.in_dll(log, "writes_left").value = writes
    ctypes.c_uint8.in_dll(log, "torn").value = torn


def drop(log: ctypes.CDLL, job_id: int) -> None:
    log.job_log_accept(job_id, Slot.WATER)
    log.job_log_running()
    log.job_log_end(JobState.DROPPED, JobReason.NONE)
    log.job_log_make_room()


Step = tuple[Callable[[ctypes.CDLL], object], int, JobState]  # with stock and job state after it


def story(job_id: int) -> list[Step]:
    """What a board goes through: a refill, a piece, a jam, an empty magazine, two refills."""
    ids = range(job_id, job_id + 3)
    accept = [lambda log, i=i: log.job_log_accept(i, Slot.WATER) for i in ids]
    failed = JobState.FAILED
    return [
        (lambda log: log.job_log_refill(Slot.WATER, FULL), FULL, JobState.DROPPED),
        (accept[0], FULL, JobState.ACCEPTED),
        (lambda log: log.job_log_running(), FULL, JobState.RUNNING),
        (lambda log: log.job_log_end(JobState.DROPPED, 0), FULL - 1, JobState.DROPPED),
        (lambda log: log.job_log_make_room(), FULL - 1, JobState.DROPPED),
        (accept[1], FULL - 1, JobState.ACCEPTED),
        (lambda log: log.job_log_running(), FULL - 1, JobState.RUNNING),
        (lambda log: log.job_log_end(failed, JobReason.JAM), FULL - 1, failed),
        (lambda log: log.job_log_make_room(), FULL - 1, failed),
        (accept[2], FULL - 1, JobState.ACCEPTED),
        (lambda log: log.job_log_running(), FULL - 1, JobState.RUNNING),
        (lambda log: log.job_log_end(failed, JobReason.EMPTY), 0, failed),
        (lambda log: log.job_log_refill(Slot.WATER, 7), 7, failed),
        (lambda log: log.job_log_refill(Slot.WATER, 9), 9, failed),
    ]


SETTLED = {  # what a job found so at power-up becomes
    JobState.ACCEPTED: JobState.FAILED,
    JobState.RUNNING: JobState.UNCERTAIN,
}


def after_power_up(state: JobState) -> JobState:
    return SETTLED.get(state, state)


@pytest.mark.parametrize("torn", [0xFF, 0x0F, 0xF0, 0x55])
@pytest.mark.parametrize("jobs_before", [1, 75])
def test_a_power_cut_at_any_write_leaves_the_step_done_or_not_begun(
    log: ctypes.CDLL, memory: ctypes.Array[ctypes.c_uint8], jobs_before: int, torn: int
) -> None:
    log.job_log_refill(Slot.WATER, FULL + jobs_before)
    log.job_log_refill(Slot.CANDY, 5)
    for job_id in range(1, jobs_before + 1):
        drop(log, job_id)
    chip = bytes(memory)
    steps = story(jobs_before + 1)
    stock, state = FULL, JobState.DROPPED
    for number, (step, stock_after, state_after) in enumerate(steps):
        writes = 0
        while True:
            memory[:] = chip
            log.job_log_start()
            for earlier, _, _ in steps[:number]:
                earlier(log)
            power(log, writes, torn)
            step(log)
            whole = ctypes.c_long.in_dll(log, "writes_left").value > 0
            power(log)
            log.job_log_start()
            newest, counted = log.job_log_newest(), log.job_log_stock(Slot.WATER)
            seen = (counted, JobState(newest.state))
            told = [(stock, after_power_up(state)), (stock_after, after_power_up(state_after))]
            assert seen in told, f"step {number}, {writes} writes: {seen}, not one of {told}"
            assert log.job_log_stock(Slot.CANDY) == 5
            assert log.job_log_knows(jobs_before)
            assert JobReason(newest.reason) in JobReason
            if whole:
                assert seen == told[1]
                break
            writes += 1
        stock, state = stock_after, state_after


@pytest.mark.usefixtures("memory")
def test_the_count_of_restarts_survives_a_restart_that_is_cut_short(log: ctypes.CDLL) -> None:
    before = log.job_log_restarts()
    for writes in range(20):
        power(log, writes)
        log.job_log_start()
        power(log)
    log.job_log_start()
    assert before < log.job_log_restarts() <= before + 21


@pytest.mark.usefixtures("memory")
def test_an_order_takes_five_writes_until_the_motor_may_turn(log: ctypes.CDLL) -> None:
    power(log, 1000)
    log.job_log_accept(1, Slot.WATER)
    log.job_log_running()
    assert ctypes.c_long.in_dll(log, "writes_left").value == 1000 - 5

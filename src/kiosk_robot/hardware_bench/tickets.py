"""Fault schedules of the ticket path: random ones, and one at every byte of a job."""

import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from kiosk_robot.dialogue.turn import Knowledge
from kiosk_robot.drivers.simulated.printer_mechanism import Fault
from kiosk_robot.hardware_bench.hall import (
    JOB_BYTES,
    BrokenPromiseError,
    Clock,
    Fuse,
    Hall,
    Killed,
)
from kiosk_robot.queueing.store import Store

STEPS = 25
SCHEDULES_A_STORE = 100  # a morning's worth; a table of thousands would be measured, not the faults
MIDWAY = (Fault.OUT, Fault.COVER, Fault.SILENT, Fault.UNPLUGGED, Killed, ConnectionError)
FAULTS = (Fault.NONE, Fault.NONE, *(fault for fault in Fault if fault is not Fault.NONE))


@contextmanager
def opened_hall(
    knowledge: Knowledge, folder: Path, morning: tuple[Store, Clock] | None = None
) -> Iterator[Hall]:
    """A hall whose databases lie in `folder`; one store, and its time, may serve halls in turn."""
    store, clock = morning or (Store(f"sqlite:///{folder / 'kiosk.db'}"), Clock())
    hall = Hall(knowledge, store, folder / "print_journal.db", clock)
    try:
        yield hall
    finally:
        hall.close()
        if morning is None:
            store.close()


def play_at_random(hall: Hall, dice: random.Random) -> None:
    """One schedule: a citizen presses, and anything may go wrong at any moment.

    :raises BrokenPromiseError: a promise is broken.
    """
    hall.printer.clears = dice.random() < 0.7  # not every model does
    for _ in range(STEPS):
        weights, actions = zip(*_ACTIONS, strict=True)
        dice.choices(actions, weights)[0](hall, dice)
        hall.check()
    hall.check_in_the_end()


def play_at_byte(hall: Hall, fuse: Fuse, *, power_cut: bool) -> None:
    """One ticket, with a fault once so many bytes have reached the printer, then repair.

    :raises BrokenPromiseError: a promise is broken.
    """
    hall.press()
    hall.carry_out(0)
    hall.fuse = fuse
    while hall.outstanding:
        hall.carry_out(0)
    hall.fuse = None
    if power_cut:
        hall.cut_power()
    hall.break_printer(Fault.NONE)
    hall.change_paper(50_000)
    hall.press()  # the same citizen again, or the next one
    while hall.outstanding:
        hall.carry_out(0)
    hall.check_in_the_end()


def every_byte() -> Iterator[tuple[Fuse, bool]]:
    """Each byte of the status questions, the job and its confirmation; each fault; with and
    without a power cut after it.
    """
    questions = 3 * 3
    confirmation = 3
    for after in range(questions + JOB_BYTES + confirmation + 1):
        for what in MIDWAY:
            for power_cut in (False, True):
                yield Fuse(after, what), power_cut


def run_schedules(
    knowledge: Knowledge, plays: Iterator[Callable[[Hall], None]]
) -> tuple[int, list[str]]:
    """Play one schedule after the other; how many there were, and which promises were broken.

    The databases lie in memory where the system has such a place: what is asked here is the order
    of writes, not the speed of a disk.
    """
    memory = Path("/dev/shm")  # noqa: S108  a folder with a random name is made in it
    count = 0
    broken: list[str] = []
    while True:
        with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
            folder = Path(name)
            store, clock = Store(f"sqlite:///{folder / 'kiosk.db'}"), Clock()
            for _ in range(SCHEDULES_A_STORE):
                play = next(plays, None)
                if play is None:
                    store.close()
                    return count, broken
                count += 1
                try:
                    with opened_hall(knowledge, folder, (store, clock)) as hall:
                        play(hall)
                except BrokenPromiseError as error:
                    broken.append(f"schedule {count}: {error}")
            store.close()


def random_plays(seed: int, schedules: int) -> Iterator[Callable[[Hall], None]]:
    """The same schedules for the same seed."""
    for number in range(schedules):
        dice = random.Random(f"{seed}-{number}")  # noqa: S311  reproducible, not secret
        yield partial(play_at_random, dice=dice)


def byte_plays() -> Iterator[Callable[[Hall], None]]:
    """One schedule for each fault at each byte."""
    for fuse, power_cut in every_byte():
        yield partial(play_at_byte, fuse=fuse, power_cut=power_cut)


def _carry_out(hall: Hall, dice: random.Random) -> None:
    if not hall.outstanding:
        return
    way = dice.choice(
        ({}, {}, {}, {"times": 0}, {"times": 2}, {"answer_lost": True}, {"late": True})
    )
    hall.carry_out(dice.randrange(hall.outstanding), **way)


def _light_fuse(hall: Hall, dice: random.Random) -> None:
    hall.fuse = Fuse(dice.randrange(2 * JOB_BYTES), dice.choice(MIDWAY))


def _lose_answers(hall: Hall, dice: random.Random) -> None:
    hall.lost_answers, hall.doubled_answers = dice.randrange(5), dice.randrange(5)


def _fill_disk(hall: Hall, dice: random.Random) -> None:
    hall.writes_left = dice.choice((None, None, 0, 1, 2, 3))


_ACTIONS: tuple[tuple[int, Callable[[Hall, random.Random], None]], ...] = (
    (5, lambda hall, _dice: hall.press()),
    (14, _carry_out),
    (3, _light_fuse),
    (2, _lose_answers),
    (2, _fill_disk),
    (3, lambda hall, dice: hall.break_printer(dice.choice(FAULTS))),
    (1, lambda hall, dice: hall.change_paper(dice.choice((0.0, 5.0, 50_000.0)))),
    (1, lambda hall, dice: hall.kill_dialogue(on_the_way=dice.random() < 0.5)),
    (1, lambda hall, _dice: hall.kill_printer_node()),
    (1, lambda hall, _dice: hall.start_queue()),
    (1, lambda hall, _dice: hall.cut_power()),
    (1, lambda hall, _dice: hall.leave()),
    (3, lambda hall, dice: hall.sweep(dice.choice((5.0, 40.0)))),
    (3, lambda hall, _dice: hall.call()),
)

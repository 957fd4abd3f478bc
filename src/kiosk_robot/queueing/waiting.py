"""How long somebody will wait: an interval out of a few hundred possible courses of the queue.

Each course draws how long those at the counters still take and how long those ahead will take, and
lets the counters call in the queue's order (engine.py): whoever is first, at whichever counter that
serves them is free first; never while the hall is closed; and people with an earlier place may
still come. Service times are at first a guess from the site file; the day's own soon outweigh it.

What was promised is held against what came true, and the interval widened or narrowed until it is
right as often as it says (adaptive conformal inference, Gibbs and Candès 2021): a first guess that
is wrong makes promises wide, not false.

Pure: no clock, no store. The same draws serve every forecast, so that one more person ahead never
makes a promise shorter, nor one more counter longer (docs/decisions/0020-waiting-time.md).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from kiosk_robot.queueing.ticket import Wait
from kiosk_robot.site import ServiceMinutes

Minutes = NDArray[np.float64]

COURSES = 400
MOST_AHEAD = 200  # people; more are not drawn one by one
OVERTAKERS = 4  # people who may come and be called before; more are not looked for
GUESS_WEIGHT = 10.0  # the first guess counts as so many citizens served
KNOWN = 200  # equally likely values that stand for a distribution
STEP = 0.02  # how far one kept or broken promise moves the interval
REACTION = ""  # the line under which reactions of free counters are learnt
PACE_SPREAD = 0.2  # of how fast staff work today, logarithm: it is the same for all they serve
PAUSE = 10.0  # minutes until a paused counter is taken to call again


@dataclass(frozen=True, slots=True)
class Levels:
    """Which quantiles of the possible waits are promised."""

    low: float = 0.05
    median: float = 0.5
    high: float = 0.9


TARGET = Levels()


@dataclass(frozen=True, slots=True)
class Calibration:
    """What past promises call for; a free counter is another matter than a queue."""

    at_once: Levels = TARGET
    queued: Levels = TARGET


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody in the queue."""

    line: str
    only_counter: str = ""


@dataclass(frozen=True, slots=True)
class CounterNow:
    """A counter that calls, or soon will."""

    number: str
    lines: tuple[str, ...]
    serving: str = ""  # line of whoever is there; "" for nobody
    taken_for: float = 0.0  # minutes since they were called
    paused: bool = False

    def serves(self, one: Waiting) -> bool:
        """Whether it may call this one."""
        return one.only_counter == self.number or (not one.only_counter and one.line in self.lines)


@dataclass(frozen=True, slots=True)
class Hall:
    """The queue as one citizen finds it. Times are minutes from now."""

    counters: tuple[CounterNow, ...]
    ahead: tuple[Waiting, ...]  # in the order in which they will be called
    asked: Waiting
    hours: tuple[tuple[float, float], ...] = ()  # the hall is open from, until; () for always
    overtakers_a_minute: float = 0.0  # of the line, who come later and have an earlier place
    overtaken_until: float = 0.0  # whoever comes after this does not go first

    @property
    def at_once(self) -> bool:
        """Whether a counter is free for the asked one, and nobody is before them."""
        mine = [counter for counter in self.counters if counter.serves(self.asked)]
        is_open = not self.hours or any(opens <= 0 < closes for opens, closes in self.hours)
        return (
            is_open
            and any(not counter.serving and not counter.paused for counter in mine)
            and not any(counter.serves(one) for counter in mine for one in self.ahead)
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """A promise and what came of it. Minutes."""

    promised: Wait
    waited: float


@dataclass(frozen=True, slots=True)
class HitRate:
    """How well promises were kept; shares are 0..1."""

    promises: int
    within: float  # the interval
    not_longer: float  # than its upper end
    mean_error: float  # minutes, of the median


class ServiceTimes:
    """How many minutes a citizen takes a counter, for each line, and how soon a free one calls."""

    def __init__(
        self, guesses: Mapping[str, Sequence[ServiceMinutes]], reaction: ServiceMinutes
    ) -> None:
        """Begin with a guess a line, of one or several groups of fields.

        :param reaction: minutes until a free counter calls somebody who has just come.
        """
        self._begun_with = {line: _mixed(fields) for line, fields in guesses.items()}
        self._begun_with[REACTION] = _mixed([reaction])
        self._tables = dict(self._begun_with)
        self._seen: dict[str, list[float]] = {line: [] for line in self._tables}

    def learn(self, line: str, minutes: float) -> None:
        """A citizen took a counter for so long, a no-show's calls included; or see `REACTION`.

        A line that is not served any more is passed over.
        """
        if line not in self._tables:
            return
        seen = self._seen[line]
        seen.append(minutes)
        values = np.concatenate([self._begun_with[line], seen])
        weights = np.concatenate([np.full(KNOWN, GUESS_WEIGHT / KNOWN), np.ones(len(seen))])
        order = np.argsort(values, kind="stable")
        reached = np.cumsum(weights[order])
        wanted = (np.arange(KNOWN) + 0.5) / KNOWN * reached[-1]
        self._tables[line] = values[order][np.searchsorted(reached, wanted)]

    def new_day(self) -> None:
        """What was learnt becomes the guess, which the new day's own will outweigh again."""
        self._begun_with = dict(self._tables)
        self._seen = {line: [] for line in self._tables}

    def equally_likely(self, line: str) -> Minutes:
        """Minutes, ascending."""
        return self._tables[line]

    def left(self, line: str, taken_for: float) -> Minutes:
        """Minutes left for somebody who has been there; past all experience anything is likely."""
        table = self._tables[line]
        left: Minutes = table[table > taken_for] - taken_for
        return left if left.size else table


def possible_waits(hall: Hall, times: ServiceTimes) -> Minutes:
    """Minutes until the asked citizen is called, in every course; ascending.

    :raises ValueError: no counter serves the line.
    """
    draws = _DRAWS
    rows = np.arange(COURSES)
    free = _until_free(hall, times, draws[:, : len(hall.counters)])

    def counters_for(one: Waiting) -> list[int]:
        return [index for index, counter in enumerate(hall.counters) if counter.serves(one)]

    def served(one: Waiting, draw: Minutes, come: Minutes | float, who: NDArray[np.bool_]) -> None:
        able = counters_for(one)
        if not able:
            return
        first = np.array(able)[np.argmin(free[:, able], axis=1)]
        start = _when_open(np.maximum(free[rows, first], come), hall.hours)
        table = times.equally_likely(one.line)
        taken = start + table[(draw * table.size).astype(int)] * _PACE
        free[rows, first] = np.where(who, taken, free[rows, first])

    everybody = np.ones(COURSES, dtype=bool)
    for index, one in enumerate(hall.ahead[:MOST_AHEAD]):
        served(one, draws[:, _FIRST_AHEAD + index], 0.0, everybody)
    mine = counters_for(hall.asked)
    if not mine:
        raise ValueError(f"no counter serves {hall.asked.line}")
    come = np.zeros(COURSES)
    for index in range(OVERTAKERS if hall.overtakers_a_minute > 0 else 0):
        gap, draw = draws[:, 2 * index + _OVERTAKING], draws[:, 2 * index + 1 + _OVERTAKING]
        come = come - np.log1p(-gap) / hall.overtakers_a_minute
        start = _when_open(free[:, mine].min(axis=1), hall.hours)
        served(hall.asked, draw, come, (come < start) & (come < hall.overtaken_until))
    waits: Minutes = np.sort(_when_open(free[:, mine].min(axis=1), hall.hours))
    more = len(hall.ahead) - MOST_AHEAD
    if more > 0:
        waits = waits * (len(hall.ahead) / MOST_AHEAD)
    return waits


def foretell(hall: Hall, times: ServiceTimes, calibration: Calibration) -> Wait:
    """The interval to be promised.

    :raises ValueError: no counter serves the line.
    """
    waits = possible_waits(hall, times)
    if hall.at_once:
        return replace(_wait(waits, calibration.at_once), at_once=True)
    queued = _wait(waits, calibration.queued)
    # Never less than what is promised when a counter is free.
    free = _wait(times.equally_likely(REACTION), calibration.at_once)
    return Wait(
        max(queued.low, free.low), max(queued.median, free.median), max(queued.high, free.high)
    )


def recalibrated(outcomes: Sequence[Outcome]) -> Calibration:
    """What these promises and what came of them, oldest first, call for."""
    at_once = [one for one in outcomes if one.promised.at_once]
    queued = [one for one in outcomes if not one.promised.at_once]
    return Calibration(_levels(at_once), _levels(queued))


def _wait(waits: Minutes, levels: Levels) -> Wait:
    low, median, high = np.quantile(waits, (levels.low, levels.median, levels.high))
    return Wait(float(low), float(median), float(high))


def _levels(outcomes: Sequence[Outcome]) -> Levels:
    low, median, high = TARGET.low, TARGET.median, TARGET.high
    for one in outcomes:
        low += STEP * (TARGET.low - (one.waited < one.promised.low))
        median += STEP * (TARGET.median - (one.waited < one.promised.median))
        high += STEP * (TARGET.high - (one.waited <= one.promised.high))
        low, median, high = (
            min(max(low, 0.005), 0.3),
            min(max(median, 0.35), 0.65),
            min(max(high, 0.7), 0.995),
        )
    return Levels(low, median, high)


def hit_rate(outcomes: Sequence[Outcome]) -> HitRate:
    """How well these promises were kept; all zero when there are none."""
    if not outcomes:
        return HitRate(0, 0.0, 0.0, 0.0)
    count = len(outcomes)
    return HitRate(
        promises=count,
        within=sum(o.promised.low <= o.waited <= o.promised.high for o in outcomes) / count,
        not_longer=sum(o.waited <= o.promised.high for o in outcomes) / count,
        mean_error=sum(abs(o.waited - o.promised.median) for o in outcomes) / count,
    )


_FIRST_AHEAD = 64  # columns before it are for the counters
_OVERTAKING = _FIRST_AHEAD + MOST_AHEAD
_PACE: Minutes = np.exp(PACE_SPREAD * np.random.default_rng(20260102).standard_normal(COURSES))
_DRAWS: Minutes = np.random.default_rng(20260101).random((COURSES, _OVERTAKING + 2 * OVERTAKERS))


def _mixed(fields: Sequence[ServiceMinutes]) -> Minutes:
    """So many equally likely minutes of several fields taken together, ascending."""
    normal = NormalDist()
    steps = [normal.inv_cdf((index + 0.5) / KNOWN) for index in range(KNOWN)]
    values = [one.median * math.exp(one.spread * step) for one in fields for step in steps]
    return np.sort(np.array(values))[:: len(fields)]


def _until_free(hall: Hall, times: ServiceTimes, draws: Minutes) -> Minutes:
    """Minutes until each counter may call, in each course."""
    free = np.zeros((COURSES, len(hall.counters)))
    for index, counter in enumerate(hall.counters):
        if counter.serving:
            left = times.left(counter.serving, counter.taken_for)
        else:
            left = times.equally_likely(REACTION)
        free[:, index] = left[(draws[:, index] * left.size).astype(int)] + PAUSE * counter.paused
    return free


def _when_open(moment: Minutes, hours: Sequence[tuple[float, float]]) -> Minutes:
    """The moment, or the next opening if the hall is closed then; after the last, the moment."""
    closed_from = -math.inf
    for opens, closes in hours:
        moment = np.where((moment >= closed_from) & (moment < opens), opens, moment)
        closed_from = closes
    return moment

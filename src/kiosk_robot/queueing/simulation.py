"""A day at a service point, played against the real queue in a second or two (SimPy).

Who comes. The city's published figures are 531,269 dossiers in 85 days at 126 wards, 59.7 % of
them online: some 50 a ward and day, of which 20 are handed in at the counter. Visits are those, and
by assumption as many as there are dossiers, online ones too, for advice, mending and collecting:
some 70 a day, with a peak in the morning and one after lunch. That and all other numbers stand in
config/days/ and are assumptions until the point has its own.

What is real: the queue engine over an in-memory database, with the day's clock, and the promises it
makes (promises.py). Simulated are people: citizens who come, take a number at the one robot and may
not hear their call; staff by their rota who call, call again and serve; a printer that fails.

Who comes and how long they take is drawn before the day begins, the same for every policy and
number of counters: two days with one seed differ only by what is compared.
"""

import math
import random
import uuid
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import simpy

from kiosk_robot.day_plan import DayPlan
from kiosk_robot.queueing.engine import Queue
from kiosk_robot.queueing.promises import WaitingTimes
from kiosk_robot.queueing.store import Store
from kiosk_robot.queueing.ticket import Leg, Status, Ticket, Wait
from kiosk_robot.site import Counter, Site, minutes_of

Policy = Literal["fair", "fifo"]
Process = Generator[simpy.Event, Any, None]

ORDINARY, BOOKED, PRIORITY = "ordinary", "booked", "priority"
BOOKED_AT_MOST = timedelta(days=6)  # before the day
SERVICE = "1.001193"  # any procedure: the queue goes by series
TALK = 0.7  # share of the time at the robot until the number is known
FIRST_DAY = date(2026, 1, 5)  # a Monday; seed 1 is the one after, and so on


@dataclass(frozen=True, slots=True)
class Visitor:
    """A citizen, with all that chance holds for them. Minutes of the day, or of duration."""

    comes: float
    services: tuple[Counter, ...]  # one that serves each
    service_minutes: tuple[float, ...]
    priority: str
    booked: timedelta  # before they come; 0 for a walk-in
    hears: bool  # the first call
    at_robot: float  # factor of the usual time

    @property
    def kind(self) -> str:
        """ordinary, booked or priority."""
        return PRIORITY if self.priority else BOOKED if self.booked else ORDINARY


@dataclass(slots=True)
class Visit:
    """What became of a visitor. Minutes of the day."""

    visitor: Visitor
    number: str
    took_number: float
    people_ahead: int
    promised: Wait | None = None
    issued: float = math.inf
    called: float = math.inf  # first; inf: never

    @property
    def waited(self) -> float:
        """Until the first call; inf when it never came."""
        return self.called - self.took_number


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody was called, for the first time or again."""

    at: float  # minute of the day
    visit: Visit
    counter: str


@dataclass(slots=True)
class DayResult:
    """A day, as it went."""

    visits: list[Visit] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    busy: dict[str, float] = field(default_factory=dict)  # minutes of each counter
    staffed: dict[str, float] = field(default_factory=dict)
    unserved: list[str] = field(default_factory=list)  # numbers that waited in vain
    on_screen: int = 0  # numbers given without paper


def with_one_more_counter(site: Site, plan: DayPlan) -> tuple[Site, DayPlan]:
    """The same point with a further counter for the group of fields that has the most work."""
    work = {group: share * plan.service[group].median for group, share in plan.fields.items()}
    busiest = site.counter_for(max(work, key=lambda group: work[group]))
    number = str(max(int(counter.number) for counter in site.counters) + 1)
    further = busiest.model_copy(update={"number": number})
    rota = {**plan.rota, number: plan.rota[busiest.number]}
    return (
        site.model_copy(update={"counters": (*site.counters, further)}),
        plan.model_copy(update={"rota": rota}),
    )


def simulate(
    site: Site,
    plan: DayPlan,
    seed: int,
    *,
    policy: Policy = "fair",
    store: Store | None = None,
    promising: bool = True,
) -> DayResult:
    """Play one day.

    :param policy: fair is the engine's order; fifo binds everybody to a counter on arrival: first
        come, first served, no priority, as points do that have only a number dispenser.
    :param store: one that knows earlier days, to go on learning; None: an empty one in memory.
    :param promising: whether waits are foretold, which takes most of the time.
    """
    mine = store or Store("sqlite://")
    try:
        return _Day(site, plan, seed, policy, mine, promising).play()
    finally:
        if store is None:
            mine.close()


class _Day:
    def __init__(
        self, site: Site, plan: DayPlan, seed: int, policy: Policy, store: Store, promising: bool
    ) -> None:
        self._site, self._plan, self._policy, self._promising = site, plan, policy, promising
        day = FIRST_DAY + timedelta(weeks=seed)
        self._midnight = datetime.combine(day, time(), ZoneInfo(site.timezone))
        chance = random.Random(seed)  # noqa: S311
        self._visitors = list(_visitors(site, plan, day, chance))
        self._pace = {
            number: chance.lognormvariate(0, plan.pace_spread) for number in sorted(plan.rota)
        }
        self._attention = {number: random.Random(seed) for number in plan.rota}  # noqa: S311
        self._env = simpy.Environment()
        self._queue = Queue(store, site, self._now)
        self._waits = WaitingTimes(store, site, self._now)
        self._robot = simpy.Resource(self._env, capacity=1)
        self._somebody_waits = self._env.event()
        self._visit_of: dict[str, Visit] = {}  # by ticket
        self._result = DayResult()

    def play(self) -> DayResult:
        for visitor in self._visitors:
            self._env.process(self._comes(visitor))
        for counter in self._site.counters:
            self._env.process(self._staffs(counter.number))
        self._env.run()
        self._result.unserved = self._queue.end_day()
        return self._result

    def _now(self) -> datetime:
        return self._midnight + timedelta(minutes=self._env.now)

    def _wake(self) -> None:
        self._somebody_waits.succeed()
        self._somebody_waits = self._env.event()

    # --- citizens -----------------------------------------------------------------------------

    def _comes(self, visitor: Visitor) -> Process:
        yield self._env.timeout(visitor.comes)
        with self._robot.request() as turn:
            yield turn
            usual, delivery = self._printer()
            minutes = usual * visitor.at_robot
            yield self._env.timeout(minutes * TALK)
            ticket = self._reserved(visitor)
            visit = Visit(visitor, ticket.number, self._env.now, ticket.people_ahead)
            if self._promising:
                visit.promised = self._waits.promise(ticket)
            self._visit_of[ticket.id] = visit
            self._result.visits.append(visit)
            self._queue.settle(ticket.id, Status.PRINTING)
            yield self._env.timeout(minutes * (1 - TALK))
            self._queue.settle(ticket.id, Status.ISSUED, delivery=delivery)
            visit.issued = self._env.now
        self._result.on_screen += delivery == "screen"
        self._bind(ticket)
        self._wake()

    def _printer(self) -> tuple[float, str]:
        """Minutes that a number usually takes now, and how it is delivered."""
        failure = self._plan.printer_failure
        down = minutes_of(failure.at)
        if down <= self._env.now < down + failure.minutes:
            return failure.ticket_minutes, "screen"
        return self._plan.ticket_minutes, "paper"

    def _reserved(self, visitor: Visitor) -> Ticket:
        first, *others = visitor.services
        fair = self._policy == "fair"
        return self._queue.reserve(
            str(uuid.uuid4()),
            SERVICE,
            first,
            priority=visitor.priority if fair else "",
            registered_at=self._now() - visitor.booked if visitor.booked and fair else None,
            later=[Leg(counter.series) for counter in others],
        )

    def _bind(self, ticket: Ticket) -> None:
        """Without one queue, everybody chooses the counter where fewest wait."""
        able = [one.number for one in self._site.counters if one.series == ticket.line]
        if self._policy == "fifo" and len(able) > 1:
            waiting = [one.counter for one in self._queue.waiting(ticket.line)]
            shortest = min(able, key=waiting.count)
            self._queue.transfer(ticket.id, Leg(ticket.line, counter=shortest))

    # --- staff --------------------------------------------------------------------------------

    def _staffs(self, number: str) -> Process:
        self._result.busy[number] = self._result.staffed[number] = 0.0
        *_, last = self._plan.rota[number]
        for period in self._plan.rota[number]:
            closes = minutes_of(period.closes)
            yield self._env.timeout(max(0.0, minutes_of(period.opens) - self._env.now))
            opened = self._env.now
            self._queue.open_counter(number)
            yield from self._calls(number, closes)
            present = self._queue.at_counter(number)
            if present:
                self._queue.finish(present.id)
            (self._queue.close_counter if period is last else self._queue.pause_counter)(number)
            self._result.staffed[number] += self._env.now - opened

    def _calls(self, number: str, closes: float) -> Process:
        """Whoever waits at the end is still called."""
        while self._env.now < closes + self._site.waiting.overtime:
            ticket = self._queue.call_next(number)
            if ticket:
                began = self._env.now
                yield from self._serves(number, ticket)
                self._result.busy[number] += self._env.now - began
            elif self._env.now < closes:
                yield self._somebody_waits | self._env.timeout(closes - self._env.now)
                yield self._env.timeout(self._plan.reaction.draw(self._attention[number]))
            else:
                return

    def _serves(self, number: str, ticket: Ticket) -> Process:
        visit = self._visit_of[ticket.id]
        visit.called = min(visit.called, self._env.now)
        self._result.calls.append(Call(self._env.now, visit, number))
        visitor = visit.visitor
        if not visitor.hears and not ticket.put_backs:
            for _ in range(self._site.queue.recalls):
                yield self._env.timeout(self._plan.recall_minutes)
                self._queue.recall(ticket.id)
            yield self._env.timeout(self._plan.recall_minutes)
            self._queue.no_show(ticket.id)
            self._wake()
            return
        self._queue.start(ticket.id)
        leg = len(visitor.services) - len(ticket.later) - 1
        yield self._env.timeout(visitor.service_minutes[leg] * self._pace[number])
        if ticket.later:
            self._queue.finish(ticket.id)
            self._wake()


# --- chance -----------------------------------------------------------------------------------


def _visitors(site: Site, plan: DayPlan, day: date, chance: random.Random) -> Iterator[Visitor]:
    for _ in range(_poisson(plan.visits, chance)):
        is_dossier = chance.random() < plan.handed_in / plan.visits
        factor = 1.0 if is_dossier else plan.advice_time
        services = 2 if chance.random() < plan.second_service_share else 1
        groups = chance.choices(list(plan.fields), list(plan.fields.values()), k=services)
        counters = [site.counter_for(group) for group in groups]
        priority, booked = _standing(plan, chance)
        yield Visitor(
            comes=_arrival(site, plan, day, chance),
            services=tuple(counters),
            service_minutes=tuple(factor * plan.service[group].draw(chance) for group in groups),
            priority=priority,
            booked=booked,
            hears=chance.random() >= plan.no_show_share,
            at_robot=chance.lognormvariate(0, 0.4),
        )


def _standing(plan: DayPlan, chance: random.Random) -> tuple[str, timedelta]:
    """The priority class, and how long ago the visit was booked."""
    kinds = {**plan.priority, BOOKED: plan.booked_share}
    kind, *_ = chance.choices(
        [*kinds, ORDINARY], [*kinds.values(), max(0.0, 1 - sum(kinds.values()))]
    )
    if kind == BOOKED:
        return "", BOOKED_AT_MOST * chance.uniform(0.1, 1)
    return ("" if kind == ORDINARY else kind), timedelta()


def _arrival(site: Site, plan: DayPlan, day: date, chance: random.Random) -> float:
    """A minute in which numbers are given."""
    hours = [(minutes_of(h.opens), minutes_of(h.closes)) for h in site.hours_on(day)]
    open_until = [(opens, closes - plan.last_number) for opens, closes in hours]
    while True:
        which = chance.random()
        minute = chance.uniform(open_until[0][0], open_until[-1][1])
        for peak in plan.peaks:
            if which < peak.share:
                minute = chance.gauss(minutes_of(peak.at), peak.minutes)
                break
            which -= peak.share
        if any(opens <= minute < until for opens, until in open_until):
            return minute


def _poisson(mean: float, chance: random.Random) -> int:
    """How many come when so many are expected."""
    count, passed = 0, chance.expovariate(1)
    while passed < mean:
        count, passed = count + 1, passed + chance.expovariate(1)
    return count

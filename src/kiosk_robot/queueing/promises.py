"""What citizens are told about their wait, kept with the ticket and held against what came true.

The forecast itself is in waiting.py; here are its questions to the store.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, func, insert, select

from kiosk_robot.queueing.engine import utc_now
from kiosk_robot.queueing.prepared import Row
from kiosk_robot.queueing.rows import IN_SERVICE, OPEN, counter_events, events, several, tickets
from kiosk_robot.queueing.store import PromiseRow, Store
from kiosk_robot.queueing.ticket import AT_COUNTER, UNSETTLED, Status, Ticket, Wait
from kiosk_robot.queueing.waiting import (
    REACTION,
    Calibration,
    CounterNow,
    Hall,
    HitRate,
    Outcome,
    ServiceTimes,
    Waiting,
    foretell,
    hit_rate,
    recalibrated,
)
from kiosk_robot.site import ServiceMinutes, Site, minutes_of

promises = cast(Table, PromiseRow.__table__)

CALLS = ("called", "picked")  # actions by which a wait ends
MOVES = ("moved_on", "transferred", "returned_late", "unparked")  # by which places are kept
RECENT = 300  # promises that tell how good they are
# People who are called before others of their line that came earlier: until today shows more or
# fewer, so many an hour are reckoned with, as if that had been seen for so many hours.
OVERTAKERS_AN_HOUR, HOURS_SEEN = 0.5, 2.0
LEARNT_FROM = timedelta(days=14)
LONG_AWAY = timedelta(minutes=10)  # a counter that calls later than that was not simply free
MINUTE = timedelta(minutes=1)

_recent = select(promises).order_by(promises.c.made_at.desc()).limit(RECENT).subquery()
RECENT_PROMISES = (
    select(_recent, func.min(events.c.at).label("called_at"), tickets.c.status, tickets.c.ended_at)
    .join(tickets, tickets.c.id == _recent.c.ticket_id)
    .outerjoin(events, (events.c.ticket_id == _recent.c.ticket_id) & events.c.action.in_(CALLS))
    .group_by(*_recent.c, tickets.c.status, tickets.c.ended_at)
    .order_by(_recent.c.made_at)
)
PRESENT = select(tickets.c.counter, tickets.c.line, tickets.c.called_at).where(IN_SERVICE)


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """The queue at one moment."""

    now: datetime  # local
    queued: Sequence[Row]
    counters: tuple[CounterNow, ...]
    hours: tuple[tuple[float, float], ...]
    overtakers_a_minute: dict[str, float]
    calibration: Calibration


class WaitingTimes:
    """Foretells waits at one site, learns from its day, and knows how good its promises were.

    All methods raise `StoreError` when the store cannot be read or written.
    """

    def __init__(self, store: Store, site: Site, clock: Callable[[], datetime] = utc_now) -> None:
        self._store = store
        self._site = site
        self._clock = clock
        self._zone = ZoneInfo(site.timezone)
        self._bound = timedelta(minutes=site.queue.ageing_bound_minutes)
        self._day = ""
        self._read_until = 0  # id of the last line of history looked at
        self._called: dict[str, Row] = {}  # who is at a counter
        self._came: dict[str, datetime] = {}  # who waits, since when
        self._left: dict[str, datetime] = {}  # when each counter was last left
        self._moved: dict[str, int] = {}  # people who came to a line from another
        guess = site.waiting
        groups = {
            line: [group for one in site.counters if one.series == line for group in one.groups]
            for line in site.series
        }
        self._times = ServiceTimes(
            {
                line: [guess.service.get(group, ServiceMinutes()) for group in found]
                for line, found in groups.items()
            },
            guess.reaction,
        )

    def promise(self, ticket: Ticket) -> Wait | None:
        """The interval for a ticket that is being given; kept, so that it can be held against.

        Asked again, it answers with the present one, and the first stays on record. None when the
        ticket no longer waits.
        """
        wait = self.now(ticket)
        if wait is None:
            return None
        made = select(promises.c.ticket_id).where(promises.c.ticket_id == ticket.id)
        with self._store.writing() as connection:
            if connection.scalar(made) is None:
                kept = {"ticket_id": ticket.id, "made_at": ticket.arrived_at}
                connection.execute(insert(promises), kept | asdict(wait))
        return wait

    def now(self, ticket: Ticket) -> Wait | None:
        """How long a ticket will go on waiting; None when it does not wait."""
        with self._store.reading() as connection:
            seen = self._look(connection)
            own = next((row for row in seen.queued if row["id"] == ticket.id), None)
            if own is None:
                return None
            ahead = [row for row in seen.queued if _order(row) < _order(own)]
            return self._foretell(seen, ahead, _waiting(own), own["place"])

    def next_in_line(self) -> dict[str, Wait]:
        """How long somebody without priority would wait who took a number now, for each series."""
        with self._store.reading() as connection:
            seen = self._look(connection)
            return {
                line: self._foretell(seen, seen.queued, Waiting(line), seen.now)
                for line in self._site.series
            }

    def hit_rate(self) -> HitRate:
        """How well the latest promises were kept."""
        with self._store.reading() as connection:
            return hit_rate(self._outcomes(connection))

    def _foretell(
        self,
        seen: _Snapshot,
        ahead: Sequence[Row],
        asked: Waiting,
        place: datetime,
    ) -> Wait:
        hall = Hall(
            counters=self._with_one_for(asked, seen.counters),
            ahead=tuple(map(_waiting, sorted(ahead, key=_order))),
            asked=asked,
            hours=seen.hours,
            overtakers_a_minute=seen.overtakers_a_minute[asked.line],
            overtaken_until=(place + self._bound - seen.now) / MINUTE,
        )
        return foretell(hall, self._times, seen.calibration)

    def _with_one_for(
        self, asked: Waiting, counters: tuple[CounterNow, ...]
    ) -> tuple[CounterNow, ...]:
        """Somebody will have to serve them, though nobody sits there yet."""
        if any(one.serves(asked) for one in counters):
            return counters
        every = (CounterNow(one.number, one.lines) for one in self._site.counters)
        return (*counters, *(one for one in every if one.serves(asked)))

    # --- the moment ---------------------------------------------------------------------------

    def _look(self, connection: Connection) -> _Snapshot:
        now = self._clock().astimezone(self._zone)
        day = now.date().isoformat()
        self._learn(connection, now.date())
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        minute = (now - midnight) / MINUTE
        overtime = self._site.waiting.overtime
        hours = tuple(
            (minutes_of(one.opens) - minute, minutes_of(one.closes) + overtime - minute)
            for one in self._site.hours_on(now.date())
        )
        return _Snapshot(
            now=now,
            queued=[
                row
                for row in several(connection, select(tickets).where(OPEN))
                if row["status"] <= Status.ISSUED and row["line"] in self._site.series
            ],
            counters=self._staffed(connection, now, hours),
            hours=hours,
            overtakers_a_minute=self._overtakers(connection, day, hours),
            calibration=recalibrated(self._outcomes(connection)),
        )

    def _staffed(
        self, connection: Connection, now: datetime, hours: Sequence[tuple[float, float]]
    ) -> tuple[CounterNow, ...]:
        """Counters that call; while the hall is closed, those that will when it opens again."""
        newest = select(func.max(counter_events.c.id)).where(
            counter_events.c.day == now.date().isoformat()
        )
        states = {
            row["counter"]: row
            for row in several(
                connection,
                select(counter_events).where(
                    counter_events.c.id.in_(newest.group_by(counter_events.c.counter))
                ),
            )
        }
        present = {
            row["counter"]: row
            for row in several(connection, PRESENT)
            if row["line"] in self._site.series
        }
        is_open = any(opens <= 0 < closes for opens, closes in hours)
        has_begun = bool(states) and any(opens <= 0 for opens, _ in hours)
        found = []
        for counter in self._site.counters:
            state = states.get(counter.number)
            if (has_begun and not state) or (is_open and state and state["state"] == "closed"):
                continue
            here = present.get(counter.number)
            found.append(
                CounterNow(
                    counter.number,
                    tuple(state["lines"]) if state and state["lines"] else counter.lines,
                    serving=here["line"] if here else "",
                    taken_for=(now - here["called_at"]) / MINUTE if here else 0.0,
                    paused=bool(is_open and state and state["state"] == "paused"),
                )
            )
        return tuple(found)

    def _overtakers(
        self, connection: Connection, day: str, hours: Sequence[tuple[float, float]]
    ) -> dict[str, float]:
        """People a minute of each line that come, or come back, to a place before others."""
        early = tickets.c.place < tickets.c.arrived_at
        counted = select(tickets.c.line, func.count().label("people")).where(
            tickets.c.day == day, early
        )
        came = {
            row["line"]: row["people"]
            for row in several(connection, counted.group_by(tickets.c.line))
        }
        open_for = sum(max(0.0, min(0.0, closes) - opens) for opens, closes in hours) / 60
        expected = OVERTAKERS_AN_HOUR * HOURS_SEEN
        return {
            line: (expected + came.get(line, 0) + self._moved.get(line, 0))
            / (HOURS_SEEN + open_for)
            / 60
            for line in self._site.series
        }

    # --- learning -----------------------------------------------------------------------------

    def _learn(self, connection: Connection, today: date) -> None:
        """Take in what the history has that was not looked at yet; of two weeks at the start."""
        names = ("id", "ticket_id", "at", "day", "action", "status", "line", "counter")
        recent = events.c.day >= (today - LEARNT_FROM).isoformat()
        unread = events.c.id > self._read_until if self._read_until else recent
        found = select(*(events.c[name] for name in names)).where(unread, events.c.ticket_id != "")
        for row in several(connection, found.order_by(events.c.id)):
            self._read_until = row["id"]
            if row["day"] > self._day:
                self._day = row["day"]
                self._times.new_day()
                self._called, self._came, self._left, self._moved = {}, {}, {}, {}
            self._take_in(row)

    def _take_in(self, row: Row) -> None:
        ticket, counter = row["ticket_id"], row["counter"]
        if row["action"] in MOVES:
            self._moved[row["line"]] = self._moved.get(row["line"], 0) + 1
        if row["action"] == "issued":
            self._came[ticket] = row["at"]
        elif row["action"] in CALLS:
            self._called[ticket] = row
            came, free_since = self._came.pop(ticket, None), self._left.get(counter)
            if came and free_since and free_since < came and row["at"] - came < LONG_AWAY:
                self._times.learn(REACTION, (row["at"] - came) / MINUTE)
        elif row["status"] not in AT_COUNTER and (call := self._called.pop(ticket, None)):
            self._left[call["counter"]] = row["at"]
            self._times.learn(call["line"], (row["at"] - call["at"]) / MINUTE)

    def _outcomes(self, connection: Connection) -> list[Outcome]:
        """The latest promises, oldest first, that are known to be kept or broken."""
        now = self._clock()
        found = []
        for row in several(connection, RECENT_PROMISES):
            until = row["called_at"] or row["ended_at"] or now
            waited = (until - row["made_at"]) / MINUTE
            given = row["status"] not in (*UNSETTLED, Status.VOID)
            if given and (row["called_at"] or waited > row["high"]):
                promised = Wait(row["low"], row["median"], row["high"], row["at_once"])
                found.append(Outcome(promised, waited))
        return found


def _order(row: Row) -> tuple[datetime, int, str]:
    return row["place"], row["sequence"], row["id"]


def _waiting(row: Row) -> Waiting:
    return Waiting(row["line"], row["only_counter"])

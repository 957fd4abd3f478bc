"""What a day's queue was like, hour by hour: for comparing today with the weeks before."""

from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean

from sqlalchemy import select

from kiosk_robot.queueing.rows import several, tickets
from kiosk_robot.queueing.store import Store
from kiosk_robot.queueing.ticket import Status
from kiosk_robot.site import Site, minutes_of

WEEKS = 4  # before today, that it is compared with


@dataclass(frozen=True, slots=True)
class HourFigures:
    """One hour of the clock. Waits are minutes from arriving to the last call."""

    hour: int
    arrived: float
    wait: float | None  # mean of those who arrived in it; None: nobody was called


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One local date."""

    day: date
    arrived: int
    served: int
    no_shows: int
    wait: float | None
    hours: tuple[HourFigures, ...]


def figures_of(store: Store, site: Site, day: date) -> DayFigures:
    """The figures of a local date; only tickets that were given.

    :raises StoreError: the store cannot be read.
    """
    wanted = select(tickets.c.status, tickets.c.arrived_at, tickets.c.called_at).where(
        tickets.c.day == day.isoformat(), tickets.c.status >= Status.ISSUED
    )
    with store.reading() as connection:
        given = [row for row in several(connection, wanted) if row["status"] != Status.VOID]
    waits: dict[int, list[float]] = {hour: [] for hour in _hours(site, day)}
    arrived = dict.fromkeys(waits, 0)
    for row in given:
        hour = row["arrived_at"].astimezone(site.zone).hour
        arrived[hour] = arrived.get(hour, 0) + 1
        if row["called_at"]:
            minutes = (row["called_at"] - row["arrived_at"]).total_seconds() / 60
            waits.setdefault(hour, []).append(minutes)
    return DayFigures(
        day=day,
        arrived=len(given),
        served=sum(row["status"] == Status.SERVED for row in given),
        no_shows=sum(row["status"] == Status.NO_SHOW for row in given),
        wait=_mean([wait for hour in waits.values() for wait in hour]),
        hours=tuple(
            HourFigures(hour, arrived[hour], _mean(waits.get(hour, []))) for hour in sorted(arrived)
        ),
    )


def usual(days: list[DayFigures]) -> tuple[HourFigures, ...]:
    """The mean of several days, hour by hour; days on which nobody came do not count."""
    open_days = [one for one in days if one.arrived]
    hours = sorted({hour.hour for one in open_days for hour in one.hours})
    figures = []
    for hour in hours:
        here = [one for each in open_days for one in each.hours if one.hour == hour]
        waits = [one.wait for one in here if one.wait is not None]
        arrived = sum(one.arrived for one in here) / len(open_days)
        figures.append(HourFigures(hour, round(arrived, 1), _mean(waits)))
    return tuple(figures)


def weeks_before(day: date) -> list[date]:
    """The same weekday of the weeks before, the newest first."""
    return [day - timedelta(weeks=week) for week in range(1, WEEKS + 1)]


def _hours(site: Site, day: date) -> set[int]:
    """Hours of the clock in which the point is open."""
    return {
        hour
        for period in site.hours_on(day)
        for hour in range(minutes_of(period.opens) // 60, -(-minutes_of(period.closes) // 60))
    }


def _mean(values: list[float]) -> float | None:
    return round(fmean(values), 1) if values else None

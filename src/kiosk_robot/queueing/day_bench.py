"""Measures waiting times and the order of calls over many simulated days (`kiosk bench queue`)."""

import math
import random
import statistics
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any

from kiosk_robot.config import load_day_plan, load_site
from kiosk_robot.day_plan import DayPlan
from kiosk_robot.queueing.day_report import promises_of
from kiosk_robot.queueing.simulation import DayResult, Visit, simulate
from kiosk_robot.queueing.store import Store
from kiosk_robot.site import Counter, Hours, ServiceMinutes, Site

DAYS = 40
RANDOM_DAYS = 1000
STRICT_DAYS = 100  # of the peer that calls priority always first
PROCESSES = 2
LABELS = {
    "ordinary": "ordinary days",
    "crowded": "crowded days",
    "guess_half": "ordinary days, first guess half of the truth",
}
COUNTED = ("people", "overtakings", "beyond")
LONGEST = 240  # minutes, what the site file allows; the peer's bound


def waiting_times(days: int = DAYS) -> dict[str, Any]:
    """How good promises are on consecutive days of one point, at three loads or guesses.

    The peer is what number dispensers print: people ahead times a fixed service time.
    """
    site, plan = load_site("cua_nam"), load_day_plan("cua_nam")
    crowded = plan.model_copy(update={"advice_visits": plan.advice_visits * 2.5})
    return {
        "ordinary": _promised(site, plan, days),
        "crowded": _promised(site, crowded, days),
        "guess_half": _promised(_guessing(site, 0.5), plan, days),
    }


def starvation(days: int = RANDOM_DAYS, strict_days: int = STRICT_DAYS) -> dict[str, Any]:
    """Who overtook whom on random days: random load, people, counters, rules.

    :returns: days, people, overtakings by people who came later, those beyond the ageing bound, and
        the one that came closest to it; and the same for calling priority always first.
    """
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        ours = list(pool.map(overtakings_of_random_day, range(days), chunksize=20))
        strict = list(
            pool.map(
                partial(overtakings_of_random_day, strict=True), range(strict_days), chunksize=20
            )
        )
    return {"ours": _sum(ours), "priority_always_first": _sum(strict)}


def as_table(waiting: dict[str, Any], order: dict[str, Any]) -> str:
    """The figures for the page of the benchmark."""
    rows = "".join(
        f"| {LABELS[name]}{among} | {found['people']} | {one['within']:.1%} | "
        f"{one['not_longer']:.1%} | {one['within_as_spoken']:.1%} | {one['mean_error']} | "
        f"{one['peer_mean_error']} |\n"
        for name, day in waiting.items()
        for among, one, found in (
            ("", day["all"], day),
            (", who found a queue", day["queued"], day["queued"]),
        )
    )
    ours, strict = order["ours"], order["priority_always_first"]
    return f"""
Promised waits on {waiting["ordinary"]["days"]} simulated days (`kiosk simulate-day`): called within the interval (5 % to 90 %),
not later than its end, within the whole minutes that are spoken; error of the median. The peer: people ahead times a fixed service time.

| days | people | within | not longer | within, as spoken | mean error, min | peer |
|---|---|---|---|---|---|---|
{rows}
Random days: load, staff, priority, bookings, no-shows and the ageing bound itself by chance.

| called past others who came before | random days | people | overtakings | beyond the ageing bound | latest, in bounds |
|---|---|---|---|---|---|
| ours | {ours["days"]} | {ours["people"]} | {ours["overtakings"]} | {ours["beyond"]} | {ours["closest_to_bound"]} |
| priority always first | {strict["days"]} | {strict["people"]} | {strict["overtakings"]} | {strict["beyond"]} | \
{strict["closest_to_bound"]} |
"""  # noqa: E501


def overtakings_of_random_day(seed: int, *, strict: bool = False) -> dict[str, float]:
    """One random day: people, overtakings, those beyond the bound, the latest one over the bound.

    :param strict: without an ageing bound; what is counted is held against the same bound.
    """
    site, plan = random_point(seed)
    bound = site.queue.ageing_bound_minutes
    rules = site.queue
    if strict:
        classes = tuple(
            one.model_copy(update={"head_start_minutes": LONGEST}) for one in rules.priority_classes
        )
        rules = rules.model_copy(
            update={"ageing_bound_minutes": LONGEST, "priority_classes": classes}
        )
    site = site.model_copy(update={"queue": rules})
    day = simulate(site, plan, seed, promising=False)
    found = overtakings(site, day)
    return {
        "people": len(day.visits),
        "overtakings": len(found),
        "beyond": sum(later > bound for later in found),
        "closest": max(found, default=0.0) / bound,
    }


def overtakings(site: Site, day: DayResult) -> list[float]:
    """For each time that somebody was called past one who waited for their first call and had come
    before: how many minutes later they had come.
    """
    lines = {counter.number: counter.lines for counter in site.counters}
    return [
        call.visit.took_number - other.took_number
        for call in day.calls
        for other in day.visits
        if other.took_number < call.visit.took_number
        and other.issued < call.at < other.called
        and other.visitor.services[0].series in lines[call.counter]
    ]


def random_point(seed: int) -> tuple[Site, DayPlan]:
    """A point and a day such as may be, or worse."""
    chance = random.Random(seed)  # noqa: S311
    site, plan = load_site("cua_nam"), load_day_plan("cua_nam")
    bound = chance.randint(5, 60)
    classes = tuple(
        one.model_copy(update={"head_start_minutes": chance.randint(1, bound)})
        for one in site.queue.priority_classes
    )
    rules = site.queue.model_copy(
        update={
            "ageing_bound_minutes": bound,
            "priority_classes": classes,
            "put_backs": chance.randint(0, 2),
        }
    )
    counters = tuple(_helping(counter, site.series, chance) for counter in site.counters)
    shares = {one.key: chance.uniform(0, 0.12) for one in classes}
    changed = {
        "advice_visits": chance.uniform(0.2, 3),
        "priority": shares,
        "booked_share": chance.uniform(0, 0.4),
        "no_show_share": chance.uniform(0, 0.25),
        "second_service_share": chance.uniform(0, 0.3),
        "rota": {counter.number: _shift(chance) for counter in counters},
    }
    return (
        site.model_copy(update={"queue": rules, "counters": counters}),
        plan.model_copy(update=changed),
    )


def _promised(site: Site, plan: DayPlan, days: int) -> dict[str, Any]:
    store = Store("sqlite://")
    visits = [
        visit for seed in range(days) for visit in simulate(site, plan, seed, store=store).visits
    ]
    store.close()
    queued = [visit for visit in visits if visit.promised and not visit.promised.at_once]
    return {
        "days": days,
        "people": len(visits),
        "mean_wait": round(statistics.fmean(v.waited for v in _called(visits)), 1),
        "all": _kept(site, visits),
        "queued": _kept(site, queued) | {"people": len(queued)},
    }


def _kept(site: Site, visits: Sequence[Visit]) -> dict[str, float]:
    rate = promises_of(visits)
    between = [v for v in visits if v.promised and v.promised.median <= v.waited <= v.promised.high]
    spoken = [v for v in visits if v.promised and _in(v.promised.spoken, v.waited)]
    return {
        "within": round(rate.within, 3),
        "not_longer": round(rate.not_longer, 3),
        "median_to_high": round(len(between) / len(visits), 3),
        "within_as_spoken": round(len(spoken) / len(visits), 3),
        "mean_error": round(rate.mean_error, 2),
        "peer_mean_error": round(
            statistics.fmean(abs(v.waited - _naive(site, v)) for v in _called(visits)), 2
        ),
    }


def _called(visits: Sequence[Visit]) -> list[Visit]:
    return [visit for visit in visits if math.isfinite(visit.called)]


def _in(interval: tuple[int, int], minutes: float) -> bool:
    return interval[0] <= minutes <= interval[1]


def _naive(site: Site, visit: Visit) -> float:
    groups = visit.visitor.services[0].groups
    each = statistics.fmean(site.waiting.service[group].median for group in groups)
    return visit.people_ahead * each


def _guessing(site: Site, factor: float) -> Site:
    service = {
        group: ServiceMinutes(median=one.median * factor, spread=one.spread)
        for group, one in site.waiting.service.items()
    }
    waiting = site.waiting.model_copy(update={"service": service})
    return site.model_copy(update={"waiting": waiting})


def _helping(counter: Counter, series: Sequence[str], chance: random.Random) -> Counter:
    also = tuple(line for line in series if chance.random() < 0.25)
    return counter.model_copy(update={"also": also})


def _shift(chance: random.Random) -> tuple[Hours, ...]:
    early, late = chance.randint(0, 59), chance.randint(0, 59)
    return (
        Hours(opens=f"08:{early:02d}", closes="12:00"),
        Hours(opens="13:00", closes=f"16:{late:02d}"),
    )


def _sum(days: Sequence[dict[str, float]]) -> dict[str, float]:
    return {
        "days": len(days),
        **{
            name: int(sum(day[name] for day in days))
            for name in ("people", "overtakings", "beyond")
        },
        "closest_to_bound": round(max(day["closest"] for day in days), 3),
    }

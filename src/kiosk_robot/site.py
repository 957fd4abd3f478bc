"""What is particular to one service point: its counters, hours, rules. Data in config/sites/."""

import math
import random
from datetime import date
from typing import Literal, Self, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from kiosk_robot.catalogue.model import CounterGroup

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"


def minutes_of(clock: str) -> int:
    """Minutes from midnight of HH:MM."""
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


class SiteModel(BaseModel):
    """Base: immutable, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Counter(SiteModel):
    """One counter of the hall."""

    number: str = Field(pattern=r"^\d{1,2}$", description="as on its sign")
    place: str = Field(description="how to find it from the robot, one short phrase")
    series: str = Field(pattern=r"^[A-Z]$", description="letter of its ticket numbers")
    groups: tuple[CounterGroup, ...] = Field(min_length=1, description="what it handles")
    also: tuple[str, ...] = Field((), description="letters of other series it calls from as well")

    @property
    def label(self) -> str:
        """The counter as people say it."""
        return f"quầy số {self.number}"

    @property
    def lines(self) -> tuple[str, ...]:
        """Letters of all series it calls from."""
        return tuple(dict.fromkeys((self.series, *self.also)))


class PriorityClass(SiteModel):
    """People who are called earlier."""

    key: str = Field(pattern=r"^[a-z0-9_]{1,20}$")
    name: str = Field(description="as said and shown")
    proof: str = Field(description="what the counter asks to see")
    head_start_minutes: int = Field(
        ge=1, le=240, description="counts as having registered this much earlier"
    )


class QueueRules(SiteModel):
    """How citizens are called; the order itself is explained in queueing/engine.py."""

    priority_classes: tuple[PriorityClass, ...] = ()
    ageing_bound_minutes: int = Field(
        30, ge=1, le=240, description="whoever arrives this much later never goes first"
    )
    recalls: int = Field(2, ge=0, le=9, description="a number that nobody answers is called again")
    put_backs: int = Field(1, ge=0, le=9, description="no-shows after which a ticket waits again")
    put_back_after: int = Field(3, ge=1, le=50, description="it then waits behind so many people")
    late_minutes: int = Field(
        15, ge=0, le=240, description="who comes this soon after a no-show is taken back"
    )
    keep_days: int = Field(
        730, ge=30, le=3650, description="`kiosk queue prune` deletes what is older"
    )

    @model_validator(mode="after")
    def _classes_fit(self) -> Self:
        keys = [one.key for one in self.priority_classes]
        if len(set(keys)) < len(keys):
            raise ValueError("two priority classes have the same key")
        for one in self.priority_classes:
            if one.head_start_minutes > self.ageing_bound_minutes:
                raise ValueError(
                    f"the head start of {one.key} exceeds ageing_bound_minutes, "
                    f"{self.ageing_bound_minutes}"
                )
        return self


class ServiceMinutes(SiteModel):
    """Minutes that something takes: lognormal."""

    median: float = Field(10.0, gt=0, le=240)
    spread: float = Field(0.5, gt=0, le=2, description="of the logarithm; 0.5: 2 in 3 within x1.65")

    def draw(self, chance: random.Random) -> float:
        """Minutes by chance."""
        return chance.lognormvariate(math.log(self.median), self.spread)


class WaitingGuess(SiteModel):
    """What waiting times are foretold from, until the day has shown its own."""

    service: dict[CounterGroup, ServiceMinutes] = Field(
        {}, description="from call to call, for each group of fields"
    )
    reaction: ServiceMinutes = Field(
        ServiceMinutes(median=0.5, spread=0.6),
        description="until a free counter calls somebody who has just come",
    )
    overtime: int = Field(
        30,
        ge=0,
        le=240,
        description="minutes after closing in which those with a number are called",
    )


class Hours(SiteModel):
    """One opening period of a weekday, local time HH:MM."""

    opens: str = Field(pattern=CLOCK)
    closes: str = Field(pattern=CLOCK)

    @model_validator(mode="after")
    def _opens_first(self) -> Self:
        if self.closes <= self.opens:
            raise ValueError(f"closes at {self.closes} before it opens at {self.opens}")
        return self


class Site(SiteModel):
    """A service point."""

    name: str
    short_name: str
    address: str
    timezone: str = "Asia/Ho_Chi_Minh"
    counters: tuple[Counter, ...] = Field(min_length=1)
    opening_hours: dict[Weekday, tuple[Hours, ...]]
    queue: QueueRules = QueueRules()
    waiting: WaitingGuess = WaitingGuess()
    allowance: dict[str, int] = Field(description="pieces of each item for one visit")
    alert_rating: int = Field(
        2, ge=0, le=5, description="a rating at or under this goes to leaders at once"
    )

    @field_validator("timezone")
    @classmethod
    def _timezone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError):
            raise ValueError(f"no such time zone: {value}") from None
        return value

    @model_validator(mode="after")
    def _every_group_once(self) -> Self:
        groups = [group for counter in self.counters for group in counter.groups]
        missing = set(get_args(CounterGroup)) - set(groups)
        if missing:
            raise ValueError(f"no counter for {', '.join(sorted(missing))}")
        if len({counter.number for counter in self.counters}) < len(self.counters):
            raise ValueError("two counters have the same number")
        return self

    @model_validator(mode="after")
    def _one_series_a_group(self) -> Self:
        series: dict[str, str] = {}
        for counter in self.counters:
            for group in counter.groups:
                if series.setdefault(group, counter.series) != counter.series:
                    raise ValueError(
                        f"{group} has two series, {series[group]} and {counter.series}"
                    )
        for counter in self.counters:
            if unknown := set(counter.also) - set(series.values()):
                raise ValueError(
                    f"counter {counter.number}: no series {', '.join(sorted(unknown))}"
                )
        return self

    @property
    def series(self) -> tuple[str, ...]:
        """Letters of all series, in the order of the counters."""
        return tuple(dict.fromkeys(counter.series for counter in self.counters))

    def counter_for(self, group: CounterGroup) -> Counter:
        """The counter that handles a group of fields; the first one when there are several."""
        return next(counter for counter in self.counters if group in counter.groups)

    def hours_on(self, day: date) -> tuple[Hours, ...]:
        """Opening periods of a local date; empty when closed."""
        return self.opening_hours.get(WEEKDAYS[day.weekday()], ())

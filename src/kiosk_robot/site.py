"""What is particular to one service point: its counters, hours, rules. Data in config/sites/."""

import re
from datetime import date
from typing import Literal, Self, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from kiosk_robot.catalogue.model import CounterGroup

CodeKind = Literal["booking", "ticket", "dossier"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"


class SiteModel(BaseModel):
    """Base: immutable, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Counter(SiteModel):
    """One counter of the hall."""

    number: str = Field(pattern=r"^\d{1,2}$", description="as on its sign")
    place: str = Field(description="how to find it from the robot, one short phrase")
    series: str = Field(pattern=r"^[A-Z]$", description="letter of its ticket numbers")
    groups: tuple[CounterGroup, ...] = Field(min_length=1, description="what it handles")

    @property
    def label(self) -> str:
        """The counter as people say it."""
        return f"quầy số {self.number}"


class Place(SiteModel):
    """Somewhere the robot stands, on the map of the hall."""

    x: float = Field(ge=-200, le=200, description="metres")
    y: float = Field(ge=-200, le=200, description="metres")
    heading: float = Field(ge=-180, le=180, description="degrees counter-clockwise from x")


class Navigation(SiteModel):
    """The map and the places on it, for a robot on wheels."""

    map: str = Field(description="file in config/maps/, without .yaml")
    home: Place = Field(description="where it waits for citizens")
    dock: Place = Field(description="where it charges")
    counters: dict[str, Place] = Field(description="where it takes citizens, by counter number")
    seats: dict[str, Place] = Field(
        default_factory=dict, description="where it brings water to, the first when none is named"
    )

    def place(self, name: str) -> Place | None:
        """The place called `home`, `dock`, `counter:NUMBER` or `seat:NAME`."""
        kind, _, which = name.partition(":")
        one = {"home": self.home, "dock": self.dock} if not which else {}
        return one.get(kind) or {"counter": self.counters, "seat": self.seats}.get(kind, {}).get(
            which
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
    form_printer_place: str = Field(
        "máy in ngay cạnh đây", description="where printed forms come out; a counter is as good"
    )
    allowance: dict[str, int] = Field(description="pieces of each item for one visit")
    cool_down: float = Field(
        60.0, ge=0.0, le=3600.0, description="seconds until the next piece of the same item"
    )
    codes: dict[CodeKind, str] = Field(
        default_factory=dict,
        description="regular expressions of the codes people bring; one group, the reference",
    )
    navigation: Navigation | None = Field(None, description="none: the robot stays where it is")
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

    @field_validator("codes")
    @classmethod
    def _patterns_are_right(cls, value: dict[CodeKind, str]) -> dict[CodeKind, str]:
        for kind, pattern in value.items():
            try:
                groups = re.compile(pattern).groups
            except re.error as error:
                raise ValueError(f"pattern of {kind}: {error}") from None
            if groups != 1:
                raise ValueError(f"pattern of {kind}: one group is needed, not {groups}")
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
    def _places_are_of_counters(self) -> Self:
        placed = set(self.navigation.counters) if self.navigation else set()
        unknown = placed - {counter.number for counter in self.counters}
        if unknown:
            raise ValueError(f"navigation: no counter {', '.join(sorted(unknown))}")
        return self

    def counter_for(self, group: CounterGroup) -> Counter:
        """The counter that handles a group of fields; the first one when there are several."""
        return next(counter for counter in self.counters if group in counter.groups)

    def hours_on(self, day: date) -> tuple[Hours, ...]:
        """Opening periods of a local date; empty when closed."""
        return self.opening_hours.get(WEEKDAYS[day.weekday()], ())

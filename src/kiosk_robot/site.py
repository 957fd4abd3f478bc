"""What is particular to one service point: its counters, hours, rules. Data in config/sites/."""

import math
import random
import re
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, Self, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from kiosk_robot.catalogue.model import CounterGroup
from kiosk_robot.secrets import SAFE_ADDRESS

CodeKind = Literal["booking", "ticket", "dossier"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"
CONTRAST = 7.0  # of text to its ground: WCAG 2.2, level AAA
STAFF_CODE = r"^[A-Z]\d{2}$"


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
    staff: tuple[Annotated[str, Field(pattern=STAFF_CODE)], ...] = Field(
        (), description="codes of those who work there, as on their desk signs; never names"
    )
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
    name_en: str
    proof: str = Field(description="what the counter asks to see")
    proof_en: str
    said: tuple[str, ...] = Field((), description="how people say that they belong to it")
    from_age: int | None = Field(None, ge=60, le=120, description="years; said, it counts too")
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


class BookingRules(SiteModel):
    """What may be booked, and when a booking is taken. Times are local, HH:MM."""

    days_ahead: int = Field(6, ge=0, le=60, description="days that can be booked, beside today")
    a_day: int = Field(2, ge=1, le=20, description="bookings of one person for one day")
    a_field: int = Field(1, ge=1, le=20, description="of these, in one field")
    opens: str = Field("08:00", pattern=CLOCK, description="nobody is checked in earlier")
    closes: str = Field("16:00", pattern=CLOCK, description="bookings not used by then lapse")
    early: int = Field(60, ge=0, le=1440, description="minutes before the booked time")
    late: int = Field(60, ge=0, le=1440, description="minutes after it until it lapses")
    order: Literal["registration", "check_in"] = Field(
        "registration", description="what counts for the place in the queue"
    )

    @model_validator(mode="after")
    def _opens_first(self) -> Self:
        if self.closes <= self.opens:
            raise ValueError(f"closes at {self.closes} before it opens at {self.opens}")
        return self


class Recipient(SiteModel):
    """Who is told of an alert, beside the console. A role, never a person's name."""

    code: str = Field(pattern=r"^[A-Za-z0-9_-]{1,20}$", description="the role")
    webhook: str = Field("", pattern=SAFE_ADDRESS, description="https address; empty: none")
    email: str = Field("", pattern=r"^([^@\s]+@[^@\s]+)?$", description="empty: none")


class MailServer(SiteModel):
    """The server that takes the ward's e-mail. User and password stand in secrets.yaml."""

    host: str
    port: int = Field(587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")


class AlertRules(SiteModel):
    """Which leaders hear of an unhappy citizen, and when the next one does."""

    escalate_after: int = Field(10, ge=1, le=1440, description="minutes without acknowledgement")
    recipients: tuple[Recipient, ...] = Field((), description="the first is told at once")
    mail: MailServer | None = None

    @model_validator(mode="after")
    def _mail_can_be_sent(self) -> Self:
        if self.mail is None and any(recipient.email for recipient in self.recipients):
            raise ValueError("a recipient has an e-mail address, but there is no `mail` server")
        return self


class Identity(SiteModel):
    """How the ward looks on every page."""

    accent: str = Field(
        "#0a5248", pattern=r"^#[0-9a-f]{6}$", description="the one colour of buttons and headings"
    )

    @field_validator("accent")
    @classmethod
    def _is_read_easily(cls, value: str) -> str:
        tint = [round(0.89 * 255 + 0.11 * part) for part in bytes.fromhex(value[1:])]
        found = (_luminance(tint) + 0.05) / (_luminance(bytes.fromhex(value[1:])) + 0.05)
        if found < CONTRAST:
            raise ValueError(f"{value} is too light: {found:.1f}:1 on its tint, not {CONTRAST}:1")
        return value


def _luminance(colour: Sequence[int]) -> float:
    """Relative luminance of sRGB, 0 to 1 (WCAG 2.2)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (each / 255 for each in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


class Site(SiteModel):
    """A service point."""

    name: str
    short_name: str
    address: str
    timezone: str = "Asia/Ho_Chi_Minh"
    identity: Identity = Identity()
    counters: tuple[Counter, ...] = Field(min_length=1)
    opening_hours: dict[Weekday, tuple[Hours, ...]]
    form_printer_place: str = Field(
        "máy in ngay cạnh đây", description="where printed forms come out; a counter is as good"
    )
    queue: QueueRules = QueueRules()
    waiting: WaitingGuess = WaitingGuess()
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
    bookings: BookingRules = BookingRules()
    alerts: AlertRules = AlertRules()

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

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the hall's clock."""
        return ZoneInfo(self.timezone)

    @property
    def staff(self) -> frozenset[str]:
        """Codes of all members of staff."""
        return frozenset(code for counter in self.counters for code in counter.staff)

    def hours_on(self, day: date) -> tuple[Hours, ...]:
        """Opening periods of a local date; empty when closed."""
        return self.opening_hours.get(WEEKDAYS[day.weekday()], ())

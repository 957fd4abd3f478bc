"""What a day at a service point is made of, for `kiosk simulate-day`. Data in config/days/."""

from typing import Self

from pydantic import Field, model_validator

from kiosk_robot.catalogue.model import CounterGroup
from kiosk_robot.site import CLOCK, Hours, ServiceMinutes, SiteModel


class Dossiers(SiteModel):
    """Published figures of a city."""

    total: int = Field(gt=0)
    days: int = Field(gt=0)
    wards: int = Field(gt=0)
    online_share: float = Field(ge=0, le=1)

    @property
    def a_day(self) -> float:
        """Of one ward."""
        return self.total / self.days / self.wards


class Peak(SiteModel):
    """A time to which people come."""

    at: str = Field(pattern=CLOCK)
    minutes: float = Field(gt=0, le=240, description="standard deviation")
    share: float = Field(ge=0, le=1, description="of all visits")


class PrinterFailure(SiteModel):
    """Numbers are shown on the screen meanwhile, which takes longer."""

    at: str = Field(pattern=CLOCK)
    minutes: float = Field(ge=0, le=480)
    ticket_minutes: float = Field(gt=0, le=30, description="at the robot")


class DayPlan(SiteModel):
    """One day: who comes, what for, and who serves."""

    dossiers: Dossiers
    advice_visits: float = Field(
        ge=0, le=5, description="visits a dossier beyond handing it in: advice, mending, collecting"
    )
    advice_time: float = Field(gt=0, le=2, description="of such a visit, in times of handing in")
    fields: dict[CounterGroup, float] = Field(description="weights of what visits are about")
    peaks: tuple[Peak, ...] = Field(description="the other visits are spread evenly")
    last_number: int = Field(ge=0, le=240, description="minutes before closing")
    priority: dict[str, float] = Field(description="share of each priority class")
    booked_share: float = Field(ge=0, le=1)
    no_show_share: float = Field(ge=0, le=1, description="of people who do not hear their call")
    second_service_share: float = Field(ge=0, le=1)
    ticket_minutes: float = Field(gt=0, le=30, description="at the robot")
    printer_failure: PrinterFailure
    service: dict[CounterGroup, ServiceMinutes] = Field(description="to hand a dossier in")
    pace_spread: float = Field(
        ge=0, le=1, description="of a member of staff's factor for the day, logarithm"
    )
    reaction: ServiceMinutes = Field(description="until a free counter sees who has come")
    recall_minutes: float = Field(gt=0, le=10, description="from one call of a number to the next")
    rota: dict[str, tuple[Hours, ...]] = Field(description="when each counter is staffed")

    @model_validator(mode="after")
    def _shares_fit(self) -> Self:
        if sum(peak.share for peak in self.peaks) > 1:
            raise ValueError("the shares of the peaks exceed 1")
        if sum(self.priority.values()) + self.booked_share > 1:
            raise ValueError("the shares of priority classes and bookings exceed 1")
        if missing := set(self.fields) - set(self.service):
            raise ValueError(f"no service time for {', '.join(sorted(missing))}")
        return self

    @property
    def visits(self) -> float:
        """Expected of a day: dossiers handed in at the counter, and visits around any dossier."""
        return self.handed_in + self.dossiers.a_day * self.advice_visits

    @property
    def handed_in(self) -> float:
        """Dossiers that are expected at the counters."""
        return self.dossiers.a_day * (1 - self.dossiers.online_share)

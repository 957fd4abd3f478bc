"""What a rehearsal plays: people, what they say and show, what breaks, and what must come of it."""

from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kiosk_robot.paths import config_dir

Item = Literal["water", "candy"]
Who = Literal["citizen_1", "citizen_2", "citizen_3", "citizen_4", "citizen_5"]
Point = tuple[float, float]
SAID = "citizen_1"  # who comes and goes, speaks and is led, unless a step names somebody else


class ScenarioError(Exception):
    """A scenario cannot be read; the message names file, step and what is wrong."""


class ScenarioModel(BaseModel):
    """Base: immutable, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class HeldCard(ScenarioModel):
    """How the card is held up; metres and radians."""

    distance: float = Field(0.6, ge=0.3, le=1.5, description="from the lens")
    turn: float = Field(0.0, description="in the picture")
    tilt: float = Field(0.0, description="to the side")
    lean: float = Field(0.0, description="backwards")


class Walk(ScenarioModel):
    """Somebody who crosses the hall and has nothing to do with the visit."""

    who: Who = "citizen_2"
    way: tuple[Point, ...] = Field(min_length=2, description="begins where they appear")
    pace: float = Field(1.0, gt=0, le=2.0, description="m/s")


class Step(ScenarioModel):
    """One thing that happens, then what the citizen must notice."""

    come: Literal[True] | None = Field(None, description="walk in and up to the robot")
    leave: Literal[True] | None = Field(None, description="walk out")
    forgotten: Literal[True] | None = Field(None, description="the robot has wiped the visit")
    say: str | None = Field(None, description="and wait until all that comes of it is done")
    begin: str | None = Field(None, description="say it, and do not wait")
    press: str | None = Field(None, description="id of a button on the screen")
    card: HeldCard | None = Field(None, description="hold the card up")
    no_card: Literal[True] | None = Field(None, description="put it away")
    printer: str | None = Field(None, description="a fault of the simulated printer")
    dispenser: str | None = Field(None, description="a fault of the dispenser's board")
    repair: Literal[True] | None = Field(None, description="printer and dispenser are whole again")
    walk: Walk | None = None
    follow: float | None = Field(None, gt=0.6, le=5, description="walk that far behind the robot")
    stay: Literal[True] | None = Field(None, description="follow no longer")
    sit: str | None = Field(None, description="walk to that row of seats and sit down there")
    sets_off: Literal[True] | None = Field(None, description="the robot drives")
    arrive: str | None = Field(None, description="the robot comes to home, dock, counter:1, …")
    take: Item | None = Field(None, description="out of the tray")
    battery: float | None = Field(None, ge=0, le=1)
    emergency_stop: bool | None = None
    wait: float | None = Field(None, gt=0, le=60, description="seconds of the simulation")

    hear: tuple[str, ...] = Field((), description="what the robot must say meanwhile")
    done: tuple[str, ...] = Field((), description="how the commands of the turn must begin")
    picture: str | None = Field(None, description="of the hall, under this name")

    @model_validator(mode="after")
    def _one_thing_happens(self) -> Self:
        remarks = {"hear", "done", "picture"}
        happens = sorted(self.model_fields_set - remarks)
        if len(happens) != 1:
            raise ValueError(f"one thing happens in a step, not {', '.join(happens) or 'nothing'}")
        return self

    @property
    def happens(self) -> str:
        """The field that says what happens."""
        return next(iter(self.model_fields_set - {"hear", "done", "picture"}))


class Expected(ScenarioModel):
    """What stands at the end."""

    tickets: tuple[str, ...] = Field((), description="series and delivery, such as `A paper`")
    given: dict[Item, int] = Field(default_factory=dict, description="pieces that fell")
    alerts: int = Field(0, description="that leaders got")


class Scenario(ScenarioModel):
    """A rehearsal."""

    title: str
    steps: tuple[Step, ...] = Field(min_length=1)
    expect: Expected = Expected()


def load(name: str) -> Scenario:
    """The scenario of config/scenarios/, or of a file.

    :raises ScenarioError: there is none, or it is wrong.
    """
    path = Path(name) if name.endswith(".yaml") else config_dir() / "scenarios" / f"{name}.yaml"
    if not path.is_file():
        raise ScenarioError(f"no scenario {name!r}; there are {', '.join(names())}")
    try:
        return Scenario.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise ScenarioError(f"{path}: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ScenarioError(f"{path}: {place}: {first['msg']}") from None


def names() -> list[str]:
    """Of all scenarios, in the order they are played."""
    return sorted(path.stem for path in (config_dir() / "scenarios").glob("*.yaml"))

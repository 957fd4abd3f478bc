"""Plays scenarios against a running robot in the headless hall."""

import math
import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kiosk_robot.config import load_site
from kiosk_robot.drivers.simulated.printer import Fault
from kiosk_robot.queueing.ticket import Status
from kiosk_robot.rehearsal.scenario import SAID, Scenario, Step
from kiosk_robot.robot import Robot
from kiosk_robot.visit import Visit, VisitError

HURRY = 5.0  # seconds of the simulation in a real one, if the machine keeps up
STARTS = 4  # times that the nodes are waited for
PATIENCE = 90.0  # seconds of real time for people and robot to arrive somewhere
OUTSIDE, DOOR = (0.0, -6.0), (0.0, -4.4)
BEFORE_THE_ROBOT = 1.1  # metres from its middle to the citizen's: a card at 0.7 m fits between
UNDER_WAY = 0.2  # m/s; faster than this, the robot is
NEAR_ENOUGH = 0.35  # metres from a place to the robot that has arrived there
SEAT_AWAY = 1.0  # metres from where it brings water to, to who sits there
WALKING_PACE = 1.2  # m/s


@dataclass
class Outcome:
    """How a rehearsal went; empty `problems`: as it should. Metres and seconds."""

    name: str
    title: str
    problems: list[str] = field(default_factory=list)
    took: float = 0.0
    simulated: float = 0.0
    nearest: float | None = None
    touched: bool = False
    frames: int = 0
    frame_seconds: float | None = None
    pictures: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


class Rehearsal:
    """One scenario after another on the same robot."""

    def __init__(self, robot: Robot, folder: Path, out: Path) -> None:
        """`folder` is the robot's; `out` takes the pictures."""
        assert robot.stage is not None
        assert robot.devices is not None
        self._robot, self._stage, self._devices = robot, robot.stage, robot.devices
        self._database = folder / "kiosk.db"
        self._out = out
        site = load_site("cua_nam")
        self._navigation = site.navigation
        self._cool_down = site.cool_down
        self._given_at: dict[str, float] = {}

    def play(self, name: str, scenario: Scenario) -> Outcome:
        """Play one from an empty hall to an empty hall."""
        outcome = Outcome(name, scenario.title)
        self._wait_for_cool_down(scenario)
        began = time.monotonic()
        self._stage.order("begin")
        self._stage.order("hurry", times=HURRY)
        since = self._stage.state["now"]
        before = self._counts()
        with Visit(self._robot.url, self._devices) as visit:
            try:
                for step in scenario.steps:
                    self._step(step, visit, outcome)
            except (VisitError, TimeoutError) as error:
                outcome.problems.append(str(error))
            state = self._stage.state
            outcome.took = time.monotonic() - began
            outcome.simulated = state["now"] - since
            outcome.nearest, outcome.touched = state["nearest"], state["touched"]
            outcome.frames, outcome.frame_seconds = state["frames"], state["frame_seconds"]
            outcome.said = visit.captions("robot")
            self._empty_the_hall(visit, outcome)
        if outcome.touched:
            outcome.problems.append("the robot ran into something")
        outcome.problems += self._differences(scenario, before)
        return outcome

    def wait_ready(self) -> None:
        """Until world and nodes are up, however busy the machine.

        :raises VisitError: one of them does not come.
        :raises TimeoutError: the world does not.
        """
        self._stage.order("begin")
        for patience in range(STARTS, 0, -1):
            try:
                Visit(self._robot.url, self._devices).wait_ready()
                return
            except VisitError:
                if patience == 1:
                    raise

    # --- steps --------------------------------------------------------------------------------

    def _step(self, step: Step, visit: Visit, outcome: Outcome) -> None:
        heard = len(visit.captions("robot"))
        turns = len(visit.turns())
        getattr(self, f"_do_{step.happens}")(step, visit)
        for words in step.hear:
            _hear(visit, words, heard)
        commands = [command for turn in visit.turns()[turns:] for command in turn["commands"]]
        for wanted in step.done:
            if not any(command.startswith(wanted) for command in commands):
                raise VisitError(f"{wanted!r} was not done, but {commands or 'nothing'}")
        if step.picture:
            file = self._out / f"{step.picture}.png"
            self._stage.order("picture", file=str(file.resolve()))
            outcome.pictures.append(file.name)

    def _do_come(self, _step: Step, visit: Visit) -> None:
        visit.wait_for(lambda: _place(visit) != "", "a robot that has taken its stand", PATIENCE)
        heard = len(visit.captions("robot"))
        x, y, yaw = self._stage.state["robot"]
        before = (x + BEFORE_THE_ROBOT * math.cos(yaw), y + BEFORE_THE_ROBOT * math.sin(yaw))
        self._stage.order("enter", who=SAID, at=(*OUTSIDE, math.pi / 2))
        self._stage.order("walk", who=SAID, way=(DOOR, before), pace=WALKING_PACE)
        visit.wait_for(
            lambda: not _is_idle(visit) and len(visit.captions("robot")) > heard,
            "a greeting",
            PATIENCE,
        )
        self._arrives(SAID)
        visit.wait_quiet()

    def _do_leave(self, _step: Step, _visit: Visit) -> None:
        self._stage.order("walk", who=SAID, way=(DOOR, OUTSIDE), pace=WALKING_PACE)
        self._arrives(SAID)
        self._stage.order("leave", who=SAID)

    def _do_forgotten(self, _step: Step, visit: Visit) -> None:
        visit.wait_for(lambda: _is_idle(visit), "the visit to be wiped")

    def _do_say(self, step: Step, visit: Visit) -> None:
        assert step.say is not None
        visit.say(step.say)

    def _do_begin(self, step: Step, visit: Visit) -> None:
        assert step.begin is not None
        heard = len(visit.captions("citizen"))
        visit.wait_quiet()
        self._devices.say(step.begin)
        visit.wait_for(lambda: len(visit.captions("citizen")) > heard, "the robot to hear")

    def _do_press(self, step: Step, visit: Visit) -> None:
        assert step.press is not None
        visit.press(step.press)

    def _do_card(self, step: Step, _visit: Visit) -> None:
        assert step.card is not None
        self._stage.order("card", **step.card.model_dump())

    def _do_no_card(self, _step: Step, _visit: Visit) -> None:
        self._stage.order("no_card")

    def _do_printer(self, step: Step, _visit: Visit) -> None:
        assert step.printer is not None
        self._devices.printer.fault = Fault(step.printer)

    def _do_dispenser(self, step: Step, _visit: Visit) -> None:
        assert step.dispenser is not None
        self._devices.dispenser.set_fault(step.dispenser)

    def _do_repair(self, _step: Step, _visit: Visit) -> None:
        self._devices.printer.fault = Fault.NONE
        self._devices.dispenser.clear_faults()

    def _do_walk(self, step: Step, _visit: Visit) -> None:
        assert step.walk is not None
        start, *way = step.walk.way
        self._stage.order("enter", who=step.walk.who, at=(*start, 0.0))
        self._stage.order("walk", who=step.walk.who, way=way, pace=step.walk.pace)

    def _do_follow(self, step: Step, _visit: Visit) -> None:
        self._stage.order("follow", who=SAID, gap=step.follow)

    def _do_stay(self, _step: Step, _visit: Visit) -> None:
        self._stage.order("walk", who=SAID, way=(), pace=WALKING_PACE)

    def _do_sit(self, step: Step, _visit: Visit) -> None:
        """One metre before the place where the robot brings the water to."""
        assert self._navigation is not None
        assert step.sit is not None
        place = self._navigation.seats[step.sit]
        heading = math.radians(place.heading)
        seat = (place.x + SEAT_AWAY * math.cos(heading), place.y + SEAT_AWAY * math.sin(heading))
        self._stage.order("walk", who=SAID, way=(seat,), pace=WALKING_PACE)
        self._arrives(SAID)

    def _do_arrive(self, step: Step, visit: Visit) -> None:
        """The robot thinks that it has arrived, and it has."""
        assert self._navigation is not None
        assert step.arrive is not None
        place = self._navigation.place(step.arrive)
        if place is None:
            raise VisitError(f"the site has no place {step.arrive!r}")
        visit.wait_for(
            lambda: _place(visit) == step.arrive, f"the robot to come to {step.arrive}", PATIENCE
        )
        x, y, _ = self._stage.state["robot"]
        if math.dist((x, y), (place.x, place.y)) > NEAR_ENOUGH:
            raise VisitError(f"the robot is at {x:.1f}, {y:.1f}, not at {step.arrive}")

    def _do_take(self, step: Step, _visit: Visit) -> None:
        if not self._stage.wait_for(lambda state: step.take in state["tray"], PATIENCE):
            raise VisitError(f"no {step.take} lies in the tray")
        self._stage.order("take", item=step.take)

    def _do_battery(self, step: Step, _visit: Visit) -> None:
        self._stage.order("battery", charge=step.battery)

    def _do_emergency_stop(self, step: Step, _visit: Visit) -> None:
        self._stage.order("emergency_stop", pressed=step.emergency_stop)

    def _do_sets_off(self, _step: Step, _visit: Visit) -> None:
        if not self._stage.wait_for(lambda state: state["speed"] > UNDER_WAY, PATIENCE):
            raise VisitError("the robot does not set off")

    def _do_wait(self, step: Step, _visit: Visit) -> None:
        assert step.wait is not None
        until = self._stage.state["now"] + step.wait
        if not self._stage.wait_for(lambda state: state["now"] >= until, PATIENCE):
            raise VisitError("the hall stands still")

    def _arrives(self, who: str) -> None:
        if not self._stage.wait_for(lambda state: who not in state["walking"], PATIENCE):
            raise VisitError(f"{who} does not get where they want to go")

    # --- before and after ---------------------------------------------------------------------

    def _wait_for_cool_down(self, scenario: Scenario) -> None:
        """A robot that has just given water gives nobody water, so neither to the next visitor."""
        ready = [self._given_at.get(item, -math.inf) for item in scenario.expect.given]
        time.sleep(max(0.0, max(ready, default=-math.inf) + self._cool_down - time.monotonic()))

    def _empty_the_hall(self, visit: Visit, outcome: Outcome) -> None:
        """Whatever happened, the next one begins with a robot that waits for somebody.

        That it was put home is not enough: it may still be on its way to the dock, and set off.
        """
        self._do_repair(Step(repair=True), visit)
        self._stage.order("begin")
        try:
            visit.wait_for(
                lambda: not (visit.latest("presence") or {"present": False})["present"], "absence"
            )
            for words in ("cảm ơn, tôi về", "không"):
                if not _is_idle(visit):
                    visit.say(words)
            visit.wait_for(lambda: _is_idle(visit), "the visit to end")
            visit.wait_for(lambda: _place(visit) == "home", "the robot to be home", PATIENCE)
            visit.wait_ready()
        except VisitError as error:
            outcome.problems.append(f"afterwards: {error}")

    def _counts(self) -> tuple[Counter[str], Counter[str], int]:
        """Tickets by series and delivery, pieces by item, and alerts, so far."""
        with sqlite3.connect(self._database) as database:
            tickets = database.execute(
                "SELECT series, delivery FROM tickets WHERE status = ?", (Status.ISSUED,)
            )
            issued = Counter(f"{series} {delivery}" for series, delivery in tickets)
            (alerts,) = next(database.execute("SELECT count(*) FROM alerts"))
        given = Counter(slot.name.lower() for slot in self._devices.dispenser.drops)
        return issued, given, alerts

    def _differences(
        self, scenario: Scenario, before: tuple[Counter[str], Counter[str], int]
    ) -> list[str]:
        tickets, given, alerts = self._counts()
        fell = given - before[1]
        self._given_at |= dict.fromkeys(fell, time.monotonic())
        found = {
            "tickets": (tickets - before[0], Counter(scenario.expect.tickets)),
            "given": (fell, Counter(scenario.expect.given)),
            "alerts": (alerts - before[2], scenario.expect.alerts),
        }
        return [
            f"{what}: {dict(is_) if isinstance(is_, Counter) else is_}"
            f" instead of {dict(wanted) if isinstance(wanted, Counter) else wanted}"
            for what, (is_, wanted) in found.items()
            if is_ != wanted
        ]


def _is_idle(visit: Visit) -> bool:
    return not (visit.latest("state") or {}).get("session_id")


def _place(visit: Visit) -> str:
    """Where the robot has taken its stand; "" on the way."""
    place: str = (visit.latest("state") or {"place": ""})["place"]
    return place


def _hear(visit: Visit, words: str, since: int) -> None:
    def is_said() -> bool:
        return words in " ".join(visit.captions("robot")[since:])

    visit.wait_for(is_said, f"the robot to say {words!r}")


def in_ready_order(scenarios: Sequence[tuple[str, Scenario]]) -> list[tuple[str, Scenario]]:
    """Those that hand out the same thing as far apart as can be, so that none waits long."""
    plain = [one for one in scenarios if not one[1].expect.given]
    giving = [one for one in scenarios if one[1].expect.given]
    order: list[tuple[str, Scenario]] = []
    share = math.ceil(len(plain) / max(len(giving), 1))
    while giving or plain:
        order += giving[:1] + plain[:share]
        giving, plain = giving[1:], plain[share:]
    return order


def real_time_factor(outcomes: Sequence[Outcome]) -> float:
    """Real-time factor over all of them."""
    return sum(one.simulated for one in outcomes) / max(sum(one.took for one in outcomes), 1e-9)

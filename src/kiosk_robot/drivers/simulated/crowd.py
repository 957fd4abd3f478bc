"""People who walk as they are told: to a place, behind the robot, or not at all.

They are people, not obstacles: nobody walks into the robot, and who stands in front of it waits.
Metres, seconds, radians, in the frame `map`.
"""

import math
from collections import deque
from dataclasses import dataclass, field

Place = tuple[float, float, float]  # x, y, yaw
Point = tuple[float, float]

BODY = 0.22  # radius of a person
ROBOT = 0.26  # radius of the robot
MANNERS = 0.40  # nobody steps nearer to the robot's skin than this while it is in their way
CRUMB = 0.1  # between two points of the way the robot came
ARRIVED = 0.03


@dataclass
class Person:
    """Somebody in the hall."""

    place: Place
    way: deque[Point] = field(default_factory=deque)
    pace: float = 1.0  # m/s
    gap: float | None = None  # between the middles of robot and person, when they follow it


class Crowd:
    """Everybody in the hall, by name."""

    def __init__(self) -> None:
        self.people: dict[str, Person] = {}
        self._trail: deque[Point] = deque(maxlen=400)

    def enter(self, name: str, place: Place) -> None:
        """Somebody appears."""
        self.people[name] = Person(place)

    def leave(self, name: str) -> None:
        """Somebody is gone; nobody may be there already."""
        self.people.pop(name, None)

    def walk(self, name: str, way: list[Point], pace: float) -> None:
        """Have somebody walk straight from point to point.

        :raises KeyError: they are not in the hall.
        """
        person = self.people[name]
        person.way, person.pace, person.gap = deque(way), pace, None

    def follow(self, name: str, gap: float, pace: float) -> None:
        """Have somebody walk the way the robot went, `gap` behind it.

        :raises KeyError: they are not in the hall.
        """
        person = self.people[name]
        person.way, person.pace, person.gap = deque(), pace, gap
        self._trail.clear()

    def step(self, seconds: float, robot: Place) -> None:
        """Let time pass with the robot where it is."""
        here = robot[:2]
        if not self._trail or math.dist(self._trail[-1], here) > CRUMB:
            self._trail.append(here)
        for person in self.people.values():
            target = self._target(person, here)
            if target is None:
                continue
            person.place = _step(person.place, target, person.pace * seconds, here)
            if person.way and math.dist(person.place[:2], person.way[0]) < ARRIVED:
                person.way.popleft()

    def is_walking(self, name: str) -> bool:
        """Whether somebody has still to go where they were sent."""
        return name in self.people and bool(self.people[name].way)

    def _target(self, person: Person, robot: Point) -> Point | None:
        if person.gap is None:
            return person.way[0] if person.way else None
        if math.dist(person.place[:2], robot) <= person.gap:
            return None
        # The oldest point of the trail that is not yet behind them leads round every corner.
        nearest = min(
            range(len(self._trail)), key=lambda n: math.dist(self._trail[n], person.place[:2])
        )
        return self._trail[min(nearest + 3, len(self._trail) - 1)]


def _step(place: Place, target: Point, length: float, robot: Point) -> Place:
    x, y, _ = place
    far = math.dist((x, y), target)
    if far < 1e-6:
        return place
    part = min(1.0, length / far)
    there = (x + part * (target[0] - x), y + part * (target[1] - y))
    yaw = math.atan2(target[1] - y, target[0] - x)
    gap = math.dist(there, robot) - BODY - ROBOT
    if gap < MANNERS and math.dist(there, robot) < math.dist((x, y), robot):
        return x, y, math.atan2(robot[1] - y, robot[0] - x)
    return *there, yaw

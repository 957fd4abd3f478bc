"""People who walk as they are told: to a place, behind the robot, or not at all.

They are people, not obstacles: nobody walks into the robot; who meets it goes round it.
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
CRUMB = 0.1  # between two points of the way the robot went
BESIDE = 0.3  # who is that near to a point of it takes the way from there
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

    def step(self, seconds: float, robot: Place) -> None:
        """Let time pass with the robot where it is."""
        here = robot[:2]
        for person in self.people.values():
            target = _target(person, here)
            if target is None:
                continue
            length, follows = person.pace * seconds, person.gap is not None
            person.place = _step(person.place, target, length, here, follows)
            if person.way and math.dist(person.place[:2], person.way[0]) < ARRIVED:
                person.way.popleft()

    def is_walking(self, name: str) -> bool:
        """Whether somebody has still to go where they were sent."""
        person = self.people.get(name)
        return person is not None and person.gap is None and bool(person.way)


def _target(person: Person, robot: Point) -> Point | None:
    """Where somebody walks next; None: nowhere."""
    if person.gap is None:
        return person.way[0] if person.way else None
    if not person.way or math.dist(person.way[-1], robot) > CRUMB:
        person.way.append(robot)
    near = [n for n, point in enumerate(person.way) if math.dist(point, person.place[:2]) < BESIDE]
    for _ in range(near[-1] if near else 0):  # a loop the robot has driven is not walked
        person.way.popleft()
    return person.way[0] if math.dist(person.place[:2], robot) > person.gap else None


def _step(place: Place, target: Point, length: float, robot: Point, follows: bool) -> Place:
    """One step towards the target. Who meets the robot goes round it; who follows it waits."""
    x, y, _ = place
    far = math.dist((x, y), target)
    if far < 1e-6:
        return place
    ahead = math.atan2(target[1] - y, target[0] - x)
    there = _ahead((x, y), ahead, min(length, far))
    near = BODY + ROBOT + MANNERS
    if math.dist(there, robot) < min(near, math.dist((x, y), robot)):
        to_robot = math.atan2(robot[1] - y, robot[0] - x)
        if follows or math.dist(target, robot) < near:
            return x, y, to_robot
        side = 1 if math.sin(ahead - to_robot) >= 0 else -1
        there = _ahead((x, y), to_robot + side * math.pi / 2, length)
    return *there, ahead


def _ahead(here: Point, way: float, length: float) -> Point:
    return here[0] + length * math.cos(way), here[1] + length * math.sin(way)

"""One random rehearsal: a citizen is led to a counter while others cross the hall.

In one process: the hall is the twin's, the robot's part is the code that the nodes guide and
navigator carry messages to. Metres and seconds of the simulation.
"""

import math
from dataclasses import dataclass

import numpy as np

from kiosk_robot.config import map_file
from kiosk_robot.drivers.simulated.scene import PEOPLE, Scene
from kiosk_robot.navigation.driving import STAND, Limits
from kiosk_robot.navigation.grid import OccupancyGrid
from kiosk_robot.navigation.journey import Journey, Stage
from kiosk_robot.navigation.leading import Follower, Lead
from kiosk_robot.navigation.planner import Planner
from kiosk_robot.navigation.pose import Pose
from kiosk_robot.navigation.sight import look
from kiosk_robot.site import Site

SCAN_PERIOD = 0.1
LONGEST = 180.0  # until a robot that has not arrived counts as stuck
AT_THE_COUNTER = 2.0  # from the counter's place to the citizen who was led there
CITIZEN, *OTHERS = PEOPLE
# Where people cross; straight lines between two of these meet nothing but the robot.
CORNERS = ((-4.6, -3.6), (4.6, -3.6), (0.0, -4.4), (0.0, -1.0), (0.0, 1.4), (-0.6, 2.4))


@dataclass(frozen=True)
class Led:
    """How it went."""

    counter: str
    took: float
    nearest: float
    touched: bool
    ended: str
    """`arrived`, or why not."""
    followed: bool
    """The citizen stands at the right counter."""


class Guiding:
    """The robot's part, and what it needs to know of the site."""

    def __init__(self, site: Site) -> None:
        """
        :raises ConfigError: the site has no places to go to.
        """
        self._grid = OccupancyGrid.read(map_file(site))
        assert site.navigation is not None
        self._places = site.navigation
        self._limits = Limits()
        self._planner = Planner(self._grid, self._limits.radius)

    def lead(self, scene: Scene, counter: str, chance: np.random.Generator) -> Led:
        """Lead a citizen from the robot's home to a counter, among passers-by."""
        place = self._places.counters[counter]
        goal = Pose(place.x, place.y, math.radians(place.heading))
        self._people(scene, chance)
        lead, follower = Lead(follow=True), Follower()
        journey: Journey | None = None
        lidar = scene.twin.robot["sensors"]["lidar"]
        began = scene.twin.now
        stage, ended = Stage.DRIVING, "never began"
        while stage not in (Stage.ARRIVED, Stage.GIVEN_UP):
            now = scene.twin.now
            if now - began > LONGEST:
                ended = "no end of it"
                break
            pose, turn = Pose(*scene.twin.place), 2 * math.pi / lidar["rays"]
            sight = look(
                scene.twin.scan(), -math.pi + turn / 2, turn, lidar["nearest"], lidar["farthest"],
                pose, self._grid,
            )  # fmt: skip
            gap = follower.update(now, pose, sight.people_on_map)
            remaining = journey.report.remaining if journey else math.inf
            pace = lead.step(now, gap, remaining)
            if pace.lost:
                ended = f"citizen lost, {gap:.1f} m away"
                break
            if pace.speed == 0:
                journey, drive = None, STAND
            else:
                journey = journey or Journey(self._planner, goal, self._limits)
                drive = journey.step(now, sight, pace.speed)
                stage = journey.report.stage
                ended = journey.report.reason or stage
            scene.drive(drive.speed, drive.turn)
            scene.advance(SCAN_PERIOD)
            self._go_on(scene, chance)
        scene.drive(0.0, 0.0)
        scene.advance(3.0)  # the citizen catches up
        citizen = scene.crowd.people[CITIZEN].place
        return Led(
            counter,
            scene.twin.now - began,
            scene.nearest,
            scene.touched,
            ended,
            math.dist(citizen[:2], (goal.x, goal.y)) < AT_THE_COUNTER,
        )

    def _people(self, scene: Scene, chance: np.random.Generator) -> None:
        scene.carry_out({"begin": {}})
        x, y, yaw = scene.twin.place
        away = chance.uniform(0.9, 1.2)
        aside = yaw + chance.uniform(-0.4, 0.4)
        at = (x + away * math.cos(aside), y + away * math.sin(aside), aside + math.pi)
        scene.order_enter(CITIZEN, at)
        scene.order_follow(CITIZEN, chance.uniform(0.9, 1.3), chance.uniform(0.7, 1.2))
        for name in OTHERS[: chance.integers(0, len(OTHERS) + 1)]:
            corner = CORNERS[chance.integers(len(CORNERS))]
            scene.order_enter(name, (*corner, 0.0))

    def _go_on(self, scene: Scene, chance: np.random.Generator) -> None:
        """Who has crossed the hall crosses it again."""
        for name in OTHERS:
            if name in scene.crowd.people and not scene.crowd.is_walking(name):
                corner = CORNERS[chance.integers(len(CORNERS))]
                scene.order_walk(name, [corner], chance.uniform(0.5, 1.3))

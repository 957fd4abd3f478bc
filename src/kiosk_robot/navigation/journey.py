"""One drive to a pose, a step for each scan: plan, follow, wait, try again, and at last give up.

The numbers of the errors are nav2's: of ComputePathToPose (2xx) and FollowPath (1xx), which
navigate_to_pose hands on (docs.nav2.org).
"""

import math
from dataclasses import dataclass
from enum import IntEnum, StrEnum

import numpy as np
from numpy.typing import NDArray

from kiosk_robot.navigation.driving import (
    KEEP_AWAY,
    STAND,
    Drive,
    Limits,
    approach,
    pursue,
    safe_speed,
    turn_by,
    way_out,
)
from kiosk_robot.navigation.planner import NoWay, Planner
from kiosk_robot.navigation.pose import Pose, wrap
from kiosk_robot.navigation.sight import Sight

NEAR_ENOUGH = 0.12  # metres to the end of the way
FACING = 0.10  # radians to the wanted heading
LOOK_OUT = 2.5  # metres of the way that are watched for people
IN_THE_WAY = KEEP_AWAY + 0.05  # metres from the robot's edge, once it is there, to a person
PLAN_AGAIN = 1.0  # seconds between two plans
OFF_THE_WAY = 0.4  # metres from the way that call for a new one
PROGRESS = 0.5  # metres from where it stood that count as getting on
STALLED = 6.0  # seconds without getting on until something else is tried
TRIES = 6  # of something else in a row, until the journey is given up
LONGEST = 180.0  # seconds after which it is given up whatever happens
BACK_OFF, BACK_SPEED = 0.25, 0.12  # metres and m/s backwards, when that is clear
LEAVE, LEAVE_SPEED = 0.7, 0.3  # metres and m/s out of a tight spot
BEHIND = 0.25  # metres free behind the robot for that


class Failure(IntEnum):
    """Why a journey ended before its goal, in nav2's numbers."""

    NONE = 0
    GOAL_OUTSIDE_MAP = 204
    NO_VALID_PATH = 208
    FAILED_TO_MAKE_PROGRESS = 105


class Stage(StrEnum):
    """What the robot is doing about its goal."""

    DRIVING = "driving"
    TURNING = "turning"  # on the goal, into the wanted heading
    BACKING_OFF = "backing off"
    LEAVING = "leaving"  # a tight spot, wherever there is room
    ARRIVED = "arrived"
    GIVEN_UP = "given up"


@dataclass(frozen=True, slots=True)
class Report:
    """How the journey stands. Metres."""

    stage: Stage
    remaining: float
    recoveries: int
    failure: Failure = Failure.NONE
    reason: str = ""


class Journey:
    """Call `step` for every scan, about ten times a second; it never raises."""

    def __init__(
        self, planner: Planner, goal: Pose, limits: Limits, *, touching: bool = False
    ) -> None:
        """`touching`: something is against the bumper; the journey begins backwards."""
        self.goal = goal
        self._planner = planner
        self._limits = limits
        self._stage = Stage.BACKING_OFF if touching else Stage.DRIVING
        self._way: NDArray[np.float64] = np.zeros((0, 2))
        self._planned = -math.inf  # when
        self._drive = STAND
        self._before: float | None = None  # time of the last step
        self._began = 0.0  # when
        self._mark: tuple[Pose, float] | None = None  # where and when it last got on
        self._tries = 0  # since then
        self._backed = 0.0  # metres
        self._heading, self._left_from = 0.0, Pose(0.0, 0.0)  # of a tight spot
        self._recoveries = 0
        self._failure, self._reason = Failure.NONE, ""

    @property
    def report(self) -> Report:
        """How it stands after the last step."""
        return Report(self._stage, self._remaining, self._recoveries, self._failure, self._reason)

    def step(self, now: float, sight: Sight, fastest: float) -> Drive:
        """What to do until the next scan. `now` in seconds; `fastest` in m/s, as asked for."""
        seconds = 0.0 if self._before is None else min(now - self._before, 0.5)
        if self._before is None:
            self._began = now
        self._before = now
        match self._stage:
            case Stage.ARRIVED | Stage.GIVEN_UP:
                wanted = STAND
            case Stage.BACKING_OFF:
                wanted = self._back_off(sight, seconds)
            case Stage.LEAVING:
                wanted = self._leave(now, sight)
            case _:
                wanted = self._go_on(now, sight, fastest)
        self._drive = approach(self._drive, wanted, seconds, self._limits)
        return self._drive

    # --- the ordinary way -------------------------------------------------------------------

    def _go_on(self, now: float, sight: Sight, fastest: float) -> Drive:
        pose = sight.pose
        self._drop_what_lies_behind(pose)
        if self._must_plan(now, sight):
            self._plan(now, sight)
        if self._stage == Stage.GIVEN_UP or not len(self._way):
            return self._wait(now, pose)
        if self._remaining_from(pose) < NEAR_ENOUGH or self._stage == Stage.TURNING:
            return self._turn(now, pose)
        if self._stands_still(now, pose):
            self._recover(now)
            return STAND
        return pursue(self._way, pose, min(fastest, safe_speed(sight, self._limits)), self._limits)

    def _turn(self, now: float, pose: Pose) -> Drive:
        self._stage = Stage.TURNING
        off = wrap(self.goal.yaw - pose.yaw)
        if abs(off) < FACING:
            self._stage = Stage.ARRIVED
            return STAND
        return turn_by(off, self._limits)

    def _wait(self, now: float, pose: Pose) -> Drive:
        if self._stage != Stage.GIVEN_UP and self._stands_still(now, pose):
            self._recover(now)
        return STAND

    def _must_plan(self, now: float, sight: Sight) -> bool:
        if self._stage == Stage.TURNING or now - self._planned < PLAN_AGAIN:
            return False
        if not len(self._way):
            return True
        pose = np.array((sight.pose.x, sight.pose.y))
        away = np.hypot(*(self._way - pose).T)
        if away.min() > OFF_THE_WAY:
            return True
        people, watched = sight.people_on_map, self._way[away < LOOK_OUT]
        if not len(people) or not len(watched):
            return False
        apart = np.hypot(*(watched[:, None] - people[None]).transpose(2, 0, 1))
        return bool(apart.min() < self._limits.radius + IN_THE_WAY)

    def _plan(self, now: float, sight: Sight) -> None:
        pose = sight.pose
        self._planned = now
        try:
            self._way = self._planner.plan(
                (pose.x, pose.y), (self.goal.x, self.goal.y), sight.people_on_map
            )
            self._reason = ""
        except NoWay as problem:
            self._reason = str(problem)
            self._way = np.zeros((0, 2))
            if problem.outside:
                self._give_up(Failure.GOAL_OUTSIDE_MAP)

    def _drop_what_lies_behind(self, pose: Pose) -> None:
        if len(self._way) > 1:
            nearest = int(np.argmin(np.hypot(*(self._way - (pose.x, pose.y)).T)))
            self._way = self._way[min(nearest, len(self._way) - 1) :]

    @property
    def _remaining(self) -> float:
        if self._stage == Stage.ARRIVED or len(self._way) < 2:
            return 0.0
        return float(np.hypot(*np.diff(self._way, axis=0).T).sum())

    def _remaining_from(self, pose: Pose) -> float:
        first = self._way[0]
        return self._remaining + math.hypot(first[0] - pose.x, first[1] - pose.y)

    # --- when it does not get on ------------------------------------------------------------

    def _stands_still(self, now: float, pose: Pose) -> bool:
        if self._mark is None or pose.distance(self._mark[0]) > PROGRESS:
            self._mark = (pose, now)
            self._tries = 0
        return now - self._mark[1] > STALLED or now - self._began > LONGEST

    def _recover(self, now: float) -> None:
        """Another try: make room by backing off, then plan afresh."""
        self._recoveries += 1
        self._tries += 1
        self._planned = -math.inf
        if self._mark:
            self._mark = (self._mark[0], now)
        if self._tries > TRIES or now - self._began > LONGEST:
            planned = len(self._way) > 0
            self._give_up(Failure.FAILED_TO_MAKE_PROGRESS if planned else Failure.NO_VALID_PATH)
        else:
            self._backed = 0.0
            self._stage = Stage.BACKING_OFF

    def _back_off(self, sight: Sight, seconds: float) -> Drive:
        behind = sight.points[sight.points[:, 0] < 0]
        free = not len(behind) or np.hypot(*behind.T).min() > self._limits.radius + BEHIND
        if not free and self._backed == 0.0 and (turn := way_out(sight, self._limits)) is not None:
            self._stage = Stage.LEAVING
            self._heading = wrap(sight.pose.yaw + turn)
            self._left_from = sight.pose
            return STAND
        self._backed += BACK_SPEED * seconds
        if not free or self._backed >= BACK_OFF:
            self._stage = Stage.DRIVING
            return STAND
        return Drive(-BACK_SPEED)

    def _leave(self, now: float, sight: Sight) -> Drive:
        off = wrap(self._heading - sight.pose.yaw)
        gone = sight.pose.distance(self._left_from) > LEAVE
        if gone or self._stands_still(now, sight.pose):
            self._stage = Stage.DRIVING
            return STAND
        if abs(off) > FACING:
            return turn_by(off, self._limits)
        return Drive(min(LEAVE_SPEED, safe_speed(sight, self._limits)))

    def _give_up(self, failure: Failure) -> None:
        self._stage = Stage.GIVEN_UP
        self._failure = failure
        self._reason = self._reason or "did not get on"

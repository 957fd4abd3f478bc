"""Whoever walks about, the robot harms nobody, keeps to its speed, and arrives or says why not."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk_robot.drivers.simulated.hall import FARTHEST, NEAREST, PERIOD, RAYS, Hall, Walker
from kiosk_robot.navigation.driving import KEEP_AWAY, Drive, Limits, approach, pursue, safe_speed
from kiosk_robot.navigation.journey import Failure, Journey, Report, Stage
from kiosk_robot.navigation.planner import NEARBY, NoWay, Planner
from kiosk_robot.navigation.pose import Pose
from kiosk_robot.navigation.sight import Sight, look

LIMITS = Limits()
LONGEST = 240.0  # seconds of the hall
# Where people may walk: between the rows and along the counters.
SPOTS = [(x, y) for x in (-5.0, -4.6, -1.0, 0.0, 1.5, 4.6) for y in (-4.0, -2.2, -1.2, 0.8, 2.9)]
PEOPLE = st.lists(
    st.builds(
        Walker,
        st.lists(st.sampled_from(SPOTS), min_size=2, max_size=5, unique=True),
        st.floats(0.0, 1.3),
    ),
    max_size=6,
)


def sees(hall: Hall, grid) -> Sight:
    step = 2 * math.pi / RAYS
    return look(hall.scan(), -math.pi, step, NEAREST, FARTHEST, hall.pose, grid)


def drive(planner: Planner, obstacles, start: Pose, goal: Pose, people: list[Walker]) -> Report:
    """Drive until it is over, holding every step to what is promised."""
    hall = Hall(obstacles, start, people)
    journey = Journey(planner, goal, LIMITS)
    for tick in range(int(LONGEST / PERIOD)):
        wanted = journey.step(tick * PERIOD, sees(hall, planner.grid), LIMITS.speed)
        before, speed = hall.pose, abs(hall.drive.speed)
        stood = [person.at.copy() for person in people]
        hall.step(wanted)
        assert abs(hall.drive.speed) <= LIMITS.speed + 1e-9
        assert hall.room_to_walls() > 0, "touched a wall"
        for at in stood:
            gap, after = (math.dist(at, (p.x, p.y)) - 0.47 for p in (before, hall.pose))
            closing = gap - after
            assert after > 0 or closing <= 1e-6, "drove into somebody"
            if gap < KEEP_AWAY and closing > 0.005:
                assert abs(hall.drive.speed) < speed or hall.drive.speed < 0, "did not brake"
        if journey.report.stage in (Stage.ARRIVED, Stage.GIVEN_UP):
            break
    assert hall.pose.distance(goal) < NEARBY + 0.2 or journey.report.failure, journey.report
    return journey.report


@pytest.mark.thorough
@given(
    people=PEOPLE, where=st.sampled_from(("counter:1", "counter:3", "counter:5", "seat:2", "dock"))
)
@settings(max_examples=12, deadline=None, derandomize=True, report_multiple_bugs=False)
def test_among_people_it_harms_nobody_and_never_stands_without_saying(
    planner, obstacles, places, people, where
):
    home = places["home"]
    people = [p for p in people if math.dist(p.at, (home.x, home.y)) > 0.8]
    report = drive(planner, obstacles, home, places[where], people)
    assert report.stage in (Stage.ARRIVED, Stage.GIVEN_UP)
    assert bool(report.failure) == (report.stage is Stage.GIVEN_UP)
    assert bool(report.reason) == bool(report.failure)


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["dock", *(f"counter:{n}" for n in "12345"), "seat:1", "seat:4"])
def test_in_an_empty_hall_it_gets_everywhere_and_back(planner, obstacles, places, name):
    home, there = places["home"], places[name]
    for start, goal in ((home, there), (there, home)):
        report = drive(planner, obstacles, start, goal, [])
        assert (report.stage, report.recoveries) == (Stage.ARRIVED, 0)


def test_it_waits_for_a_way_that_is_shut_and_gives_up_aloud(planner, obstacles, places):
    """A ring of people who do not move."""
    home = places["home"]
    ring = [2 * math.pi * i / 9 for i in range(9)]
    people = [
        Walker([(home.x + 0.85 * math.cos(a), home.y + 0.85 * math.sin(a))], 0.0) for a in ring
    ]
    report = drive(planner, obstacles, home, places["counter:1"], people)
    assert report.stage is Stage.GIVEN_UP
    assert report.failure in (Failure.FAILED_TO_MAKE_PROGRESS, Failure.NO_VALID_PATH)
    assert report.reason
    assert report.recoveries > 3


def test_it_goes_around_somebody_who_stands_in_the_way(planner, obstacles, places):
    report = drive(
        planner, obstacles, places["home"], places["counter:1"], [Walker([(-1.5, -2.4)], 0)]
    )
    assert (report.stage, report.recoveries) == (Stage.ARRIVED, 0)


def test_somebody_on_the_goal_is_stopped_beside(planner, obstacles, places):
    goal = places["counter:3"]
    report = drive(planner, obstacles, places["home"], goal, [Walker([(goal.x, goal.y)], 0)])
    assert report.stage is Stage.ARRIVED


# --- the parts ----------------------------------------------------------------------------------


def test_a_plan_keeps_off_the_walls(planner, grid, places, nobody):
    home, there = places["home"], places["seat:2"]
    way = planner.plan((home.x, home.y), (there.x, there.y), nobody)
    assert tuple(way[0]) == (home.x, home.y)
    assert math.dist(way[-1], (there.x, there.y)) < 0.01
    assert np.hypot(*np.diff(way, axis=0).T).max() < 0.3
    assert grid.clearance_at(way).min() > LIMITS.radius


def test_a_plan_keeps_out_of_peoples_space(planner, places, nobody):
    home, there = places["home"], places["counter:1"]
    start, goal = (home.x, home.y), (there.x, there.y)
    straight = planner.plan(start, goal, nobody)
    person = straight[len(straight) // 2][None]
    around = planner.plan(start, goal, person)
    assert np.hypot(*(around - person).T).min() > LIMITS.radius + KEEP_AWAY


def test_off_the_map_there_is_no_way(planner, nobody):
    with pytest.raises(NoWay, match="no room at the goal") as refusal:
        planner.plan((1.3, -2.2), (50.0, 0.0), nobody)
    assert refusal.value.outside


def sight(*people: tuple[float, float], things: tuple[tuple[float, float], ...] = ()) -> Sight:
    points = np.array([*people, *things], dtype=float).reshape(-1, 2)
    is_person = np.arange(len(points)) < len(people)
    return Sight(points, is_person, Pose(0.0, 0.0))


@pytest.mark.parametrize(
    ("seen", "slowest", "fastest"),
    [
        (sight(), 0.6, 0.6),
        (sight((3.0, 0.0)), 0.6, 0.6),
        (sight((1.2, 0.0)), 0.05, 0.4),
        (sight((LIMITS.radius + 0.3, 0.0)), 0.0, 0.0),
        (sight((0.2, 0.4)), 0.0, 0.0),
        (sight((-0.5, 0.0)), 0.6, 0.6),
        (sight(things=((1.5, 0.4),)), 0.6, 0.6),
        (sight(things=((0.30, 0.0),)), 0.0, 0.1),
    ],
    ids=["nobody", "far", "near", "at 0.3 m", "aside", "behind", "passing a wall", "at a wall"],
)
def test_how_fast_is_safe(seen, slowest, fastest):
    assert slowest <= safe_speed(seen, LIMITS) <= fastest


@given(
    x=st.floats(-3, 3), y=st.floats(-3, 3), yaw=st.floats(-math.pi, math.pi),
    fastest=st.floats(0, 5), speed=st.floats(-0.6, 0.6), seconds=st.floats(0, 0.5),
)  # fmt: skip
def test_no_command_is_faster_than_allowed(x, y, yaw, fastest, speed, seconds):
    wanted = pursue(np.array([[0.0, 0.0], [1.0, 0.0]]), Pose(x, y, yaw), fastest, LIMITS)
    assert 0 <= wanted.speed <= min(fastest, LIMITS.speed)
    assert abs(wanted.turn) <= LIMITS.turn + 1e-9
    after = approach(Drive(speed), wanted, seconds, LIMITS)
    assert abs(after.speed - speed) <= LIMITS.acceleration * seconds + 1e-9

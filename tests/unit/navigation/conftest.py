"""The hall of the site, its map, and a robot that drives in it without ROS."""

import math

import numpy as np
import pytest

from kiosk_robot.commands.guiding import WORLD
from kiosk_robot.config import load_site
from kiosk_robot.navigation.driving import Limits
from kiosk_robot.navigation.grid import OccupancyGrid
from kiosk_robot.navigation.planner import Planner
from kiosk_robot.navigation.pose import Pose
from kiosk_robot.navigation.world import Obstacle, read_world


@pytest.fixture(scope="session")
def obstacles() -> list[Obstacle]:
    return read_world(WORLD)


@pytest.fixture(scope="session")
def grid(obstacles: list[Obstacle]) -> OccupancyGrid:
    return OccupancyGrid.of(obstacles)


@pytest.fixture(scope="session")
def planner(grid: OccupancyGrid) -> Planner:
    return Planner(grid, Limits().radius)


@pytest.fixture(scope="session")
def places() -> dict[str, Pose]:
    """Every place of the site by name."""
    site = load_site("cua_nam").navigation
    assert site
    named = {
        "home": site.home,
        "dock": site.dock,
        **{f"counter:{number}": place for number, place in site.counters.items()},
        **{f"seat:{name}": place for name, place in site.seats.items()},
    }
    return {name: Pose(p.x, p.y, math.radians(p.heading)) for name, p in named.items()}


@pytest.fixture
def nobody() -> np.ndarray:
    return np.zeros((0, 2))

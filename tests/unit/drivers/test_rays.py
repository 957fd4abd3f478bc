"""The geometry behind the simulated lidar and range sensor."""

import math

import numpy as np
import pytest

from kiosk_robot.drivers.simulated.rays import Cylinder, Upright, cast

DESK = Upright(x=3.0, y=0.0, yaw=0.0, half_length=1.0, half_width=0.5, bottom=0.0, top=1.0)


def one(angle: float, boxes=(), people=(), eye=(0.0, 0.0, 0.5)) -> float:
    return float(cast(eye, np.array([angle]), boxes, people)[0])


def test_a_ray_ends_at_the_near_side_of_a_box():
    assert one(0.0, [DESK]) == pytest.approx(2.0)
    assert one(math.pi, [DESK]) == math.inf
    assert one(math.pi / 2, [DESK]) == math.inf


def test_a_turned_box_is_met_at_its_corner():
    turned = Upright(3.0, 0.0, math.pi / 4, 1.0, 1.0, 0.0, 1.0)
    assert one(0.0, [turned]) == pytest.approx(3.0 - math.sqrt(2))


def test_what_is_lower_than_the_ray_is_not_seen():
    assert one(0.0, [DESK], eye=(0.0, 0.0, 1.2)) == math.inf


def test_the_nearest_of_all_counts():
    person = Cylinder(1.5, 0.0, 0.2, 0.0, 1.6)
    assert one(0.0, [DESK], [person]) == pytest.approx(1.3)
    assert one(math.atan2(0.19, 1.5), [DESK], [person]) == pytest.approx(1.5, abs=0.1)
    assert one(0.2, [DESK], [person]) > 1.9

import cv2
import numpy as np
import pytest

from kiosk_robot.documents.hints import BLURRED, GLARING, SMALL
from kiosk_robot.drivers.frame_measures import measure
from kiosk_robot.drivers.qr import find_code, to_gray
from kiosk_robot.drivers.simulated.card_image import Pose, draw_card, flat_card, hold

PAYLOAD = "001098012345|012345678|NGUYỄN VĂN A|15081998|Nam|Số 1 Đại Cồ Việt, Hà Nội|25052021"


def measured(frame):
    return measure(frame, find_code(to_gray(frame)))


def held(module, payload=PAYLOAD):
    return hold(flat_card(payload), Pose(module=module), (1280, 720), np.random.default_rng(0))


def test_a_card_held_well_is_large_sharp_and_without_glare():
    seen = measured(held(4.0))
    assert seen.code_size > SMALL
    assert seen.sharpness > BLURRED
    assert seen.glare < GLARING


def test_a_card_far_away_has_a_small_code():
    assert 0 < measured(held(1.6)).code_size < SMALL


def test_a_lens_out_of_focus_makes_soft_edges():
    assert measured(cv2.GaussianBlur(held(4.0), (0, 0), 3.5)).sharpness < BLURRED


def test_a_lamp_in_the_plastic_is_glare():
    frame = held(4.0)
    cv2.circle(frame, (620, 340), 55, (255, 255, 255), -1)
    assert measured(frame).glare > GLARING


def test_a_side_without_a_code_is_a_card_without_a_code():
    seen = [measured(draw_card("", seed=seed)) for seed in range(5)]
    assert all(not frame.code_size for frame in seen)
    assert sum(frame.card for frame in seen) >= 3


@pytest.mark.parametrize("frame", [np.full((720, 1280, 3), 120, np.uint8)])
def test_a_wall_is_nothing(frame):
    seen = measured(frame)
    assert not seen.card
    assert not seen.code_size

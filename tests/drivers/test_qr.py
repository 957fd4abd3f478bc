import cv2
import numpy as np
import pytest
import zxingcpp

from kiosk_robot.documents import parse_card
from kiosk_robot.drivers.qr import QrReader, find_code
from kiosk_robot.drivers.simulated.card_conditions import CONDITIONS, frame_of
from kiosk_robot.drivers.simulated.card_image import draw_card
from kiosk_robot.drivers.simulated.citizens import invented_payload

# invented
PAYLOAD = "001098012345|012345678|NGUYỄN VĂN A|15081998|Nam|Số 1 Đại Cồ Việt, Hà Nội|25052021"
OTHER = "001301000017||Trần Thị Hương|02092001|Nữ|12/3A Tổ 5, Cửa Nam, Hà Nội|01072024||||"


def texts(frame, reader=None):
    return [code.payload for code in (reader or QrReader()).read(frame).codes]


def dark(frame):
    noise = np.random.default_rng(0).normal(0, 6, frame.shape)
    return np.clip(frame * 0.12 + noise, 0, 255).astype(np.uint8)


def blurred(frame):
    return cv2.GaussianBlur(frame, (0, 0), 2)


@pytest.mark.parametrize("payload", [PAYLOAD, OTHER])
@pytest.mark.parametrize("seed", range(5))
def test_a_card_held_before_the_camera_is_read_byte_for_byte(payload, seed):
    [read] = texts(draw_card(payload, seed=seed))
    assert read == payload.encode()
    assert parse_card(read) == parse_card(payload)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda frame: cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY),
        lambda frame: cv2.rotate(frame, cv2.ROTATE_180),
        lambda frame: cv2.resize(frame, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA),
        lambda frame: frame[::2, ::2],
        dark,
        blurred,
    ],
    ids=["grey", "upside_down", "small", "subsampled", "dark", "blurred"],
)
def test_hard_frames_are_read_too(spoil):
    assert texts(spoil(draw_card(PAYLOAD))) == [PAYLOAD.encode()]


def test_one_reader_follows_a_stream_of_cards():
    reader = QrReader()
    no_card = np.full((720, 1280, 3), 120, np.uint8)
    frames = [blurred(draw_card(PAYLOAD)), no_card, cv2.flip(draw_card(OTHER), -1), no_card[:90]]
    assert [texts(frame, reader) for frame in frames] == [
        [PAYLOAD.encode()],
        [],
        [OTHER.encode()],
        [],
    ]


def test_the_fallback_does_not_garble_vietnamese(monkeypatch):
    monkeypatch.setattr(zxingcpp, "read_barcodes", lambda *_, **__: [])
    reader = QrReader()
    for seed in range(5):
        assert texts(draw_card(PAYLOAD, seed=seed), reader) == [PAYLOAD.encode()]


def test_two_codes_in_one_frame():
    both = np.hstack([draw_card(PAYLOAD), draw_card(OTHER)])
    assert set(texts(both)) == {PAYLOAD.encode(), OTHER.encode()}


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((0, 0, 3), np.uint8),
        np.zeros((720, 1280), np.float32),
        np.zeros((720, 1280, 4), np.uint8),
        np.zeros(720, np.uint8),
    ],
    ids=["empty", "float", "four_channels", "one_row"],
)
def test_what_is_not_a_frame_is_refused(frame):
    with pytest.raises(ValueError, match="a frame is"):
        QrReader().read(frame)


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 1280), (720, 1), (20, 20), (24, 700), (60, 34), (40, 4000), (300, 12)]
)
def test_frames_of_any_size_are_looked_at(shape):
    noise = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    assert texts(noise) == []


def test_the_same_seed_draws_the_same_card():
    assert np.array_equal(draw_card(PAYLOAD, seed=3), draw_card(PAYLOAD, seed=3))
    assert not np.array_equal(draw_card(PAYLOAD, seed=3), draw_card(PAYLOAD, seed=4))


def test_a_card_fills_frames_of_other_sizes():
    frame = draw_card(PAYLOAD, size=(1920, 1080))
    assert (frame.shape, frame.dtype) == ((1080, 1920, 3), np.uint8)
    assert texts(frame) == [PAYLOAD.encode()]


def test_a_code_is_found_where_it_is_and_nothing_on_a_wall():
    frame = draw_card(PAYLOAD)
    left, top, right, bottom = find_code(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))
    assert texts(frame[top:bottom, left:right]) == [PAYLOAD.encode()]
    assert find_code(np.full((720, 1280), 120, np.uint8)) is None


@pytest.mark.thorough
def test_most_frames_of_the_conditions_are_read_and_none_wrongly():
    reader, read = QrReader(), 0
    for condition in CONDITIONS:
        frame, payload = frame_of(condition, 900)
        found = texts(frame, reader)
        assert found in ([], [payload])
        read += bool(found)
    assert read >= 13


def test_a_frame_of_a_condition_follows_from_its_seed():
    (frame, payload), (again, same) = (frame_of(CONDITIONS[8], 5) for _ in range(2))
    assert payload == same
    assert np.array_equal(frame, again)


@pytest.mark.parametrize("seed", range(10))
def test_invented_names_come_out_as_they_were_printed(seed):
    payload = invented_payload(seed)
    [read] = texts(draw_card(payload, (854, 480), seed))
    assert parse_card(read).name == payload.split("|")[2]

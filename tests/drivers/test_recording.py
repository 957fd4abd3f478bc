"""A recording can be read back by others: definitions, messages, times."""

from pathlib import Path

import pytest

from kiosk_robot.drivers.simulated.recording import Recording, definition

BALL = "geometry/Point centre  # where\nfloat64[3] colour\nstring NAME=ball\n"


@pytest.fixture
def share(tmp_path) -> Path:
    for name, text in {
        "toys/msg/Ball.msg": BALL,
        "toys/msg/Box.msg": "Ball[] balls\nuint8 count\n",
        "geometry/msg/Point.msg": "float64 x\nfloat64 y\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_definition_brings_those_of_its_parts_once(share):
    text = definition("toys/msg/Box", share)
    assert text.startswith("Ball[] balls")
    assert text.count("MSG: toys/Ball") == text.count("MSG: geometry/Point") == 1


def test_a_package_that_is_not_there_is_named(share):
    with pytest.raises(FileNotFoundError, match="nothing"):
        definition("nothing/msg/Here", share)


def test_what_was_recorded_is_read_back(share, tmp_path):
    pytest.importorskip("mcap", reason="needs the group `sim` (`make sim`)")
    from mcap.reader import make_reader
    from mcap_ros2.decoder import DecoderFactory

    file = tmp_path / "toys.mcap"
    with Recording(file, share) as recording:
        recording.add("/point", "geometry/msg/Point")
        little_endian_cdr = bytes.fromhex("00010000") + bytes.fromhex("000000000000f03f") * 2
        recording.write("/point", 1_500_000_000, little_endian_cdr)
        recording.place(1_500_000_000, "map", "odom", 1.0, 2.0, 0.0)
    with file.open("rb") as stream:
        reader = make_reader(stream, decoder_factories=[DecoderFactory()])
        topics = {channel.topic for _, channel, _ in reader.iter_messages()}
        (_, _, message, point) = next(reader.iter_decoded_messages(topics=["/point"]))
    assert topics == {"/point", "/transforms"}
    assert (point.x, point.y, message.log_time) == (1.0, 1.0, 1_500_000_000)

"""A visit with real sound: lines spoken before the microphone, answers out of the loudspeaker."""

import shutil
import wave
from pathlib import Path

import numpy as np
import pytest

from kiosk_robot.demo import BIRTH_REGISTRATION
from kiosk_robot.drivers.simulated.sound_card import PROGRAMS, SimulatedSoundCard
from kiosk_robot.robot import running_robot
from kiosk_robot.visit import Visit

pytestmark = pytest.mark.skipif(
    any(shutil.which(program) is None for program in PROGRAMS), reason="needs PulseAudio"
)


@pytest.fixture
def card():
    with SimulatedSoundCard() as card:
        yield card


@pytest.fixture
def robot(card, tmp_path):
    """It hears that somebody speaks, and is told the words: no model is needed."""
    with running_robot(
        tmp_path / "robot", simulated=True, tell=lambda _line: None, private=True, sound_card=card
    ) as robot:
        yield robot


def loud_seconds(wav: Path) -> float:
    with wave.open(str(wav)) as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), np.int16)
        return float(np.count_nonzero(np.abs(samples) > 200)) / sound.getframerate()


def words(visit: Visit) -> list[tuple[int, int]]:
    return [(m["begin"], m["end"]) for m in visit.messages if m["type"] == "word"]


def speaking(visit: Visit) -> bool:
    return bool((visit.latest("speaking") or {}).get("speaking"))


def wait_until_speaking(visit: Visit) -> None:
    visit.wait_for(lambda: speaking(visit), "the robot's voice")


@pytest.mark.timeout(240)
def test_a_visit_is_heard_interrupted_and_goes_on_without_a_loudspeaker(robot, card, tmp_path):
    devices = robot.devices
    with Visit(robot.url, devices) as visit:
        with card.recording(tmp_path / "greeting.wav"):
            visit.approach()
        greeting = visit.captions("robot")[0]
        assert "máy" in greeting, "the robot must say that it is a machine"
        marked = {greeting[begin:end] for begin, end in words(visit)}
        assert marked & set(greeting.split()), "the screen marks what is said"
        assert loud_seconds(tmp_path / "greeting.wav") > 1.0

        said = len(visit.captions("citizen"))
        visit.call_out(BIRTH_REGISTRATION)
        wait_until_speaking(visit)
        assert "giấy chứng sinh" in " ".join(visit.captions("robot"))
        devices.say("tôi khát nước quá")  # over the robot: not for its ears
        devices.say("dừng lại")
        visit.wait_for(lambda: "dừng lại" in visit.captions("citizen")[said:], "a stop by voice")
        visit.wait_quiet()
        assert not devices.dispenser.drops

        visit.call_out(BIRTH_REGISTRATION)
        wait_until_speaking(visit)
        card.unplug_speaker()
        before = len(words(visit))
        visit.wait_for(lambda: len(words(visit)) > before, "captions that go on without sound")
        visit.press("deny")
        visit.call_out("cho tôi xin cốc nước")
        visit.wait_for(lambda: devices.dispenser.drops, "water, asked for without a loudspeaker")
        card.plug_in_speaker()
        with card.recording(tmp_path / "after.wav"):
            visit.say("nhắc lại giúp tôi")
            visit.wait_quiet()
        assert loud_seconds(tmp_path / "after.wav") > 0.5

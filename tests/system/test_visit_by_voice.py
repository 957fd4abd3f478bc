"""A visit with real sound: lines spoken before the microphone, answers out of the loudspeaker."""

import wave
from pathlib import Path

import httpx
import numpy as np
import pytest

from kiosk_robot.demo import BIRTH_REGISTRATION
from kiosk_robot.drivers.simulated.sound_card import SimulatedSoundCard
from kiosk_robot.robot import running_robot
from kiosk_robot.visit import Visit


@pytest.fixture(scope="module")
def card():
    with SimulatedSoundCard() as card:
        yield card


@pytest.fixture(scope="module")
def robot(card, tmp_path_factory):
    folder = tmp_path_factory.mktemp("robot")
    with running_robot(
        folder, simulated=True, tell=lambda _line: None, private=True, sound_card=card
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


@pytest.mark.timeout(240)
def test_a_visit_is_heard_interrupted_and_goes_on_without_a_loudspeaker(robot, card, tmp_path):
    with Visit(robot.url, robot.devices) as visit:
        with card.recording(tmp_path / "visit.wav"):
            visit.approach()
            greeting = visit.captions("robot")[0]
            assert "máy" in greeting, "the robot must say that it is a machine"
            marked = [greeting[begin:end] for begin, end in words(visit)]
            assert set(marked) & set(greeting.split()), "the screen marks what is said"
        heard = loud_seconds(tmp_path / "visit.wav")
        assert heard > 1.0

        robot.devices.say(BIRTH_REGISTRATION)
        visit.wait_for(lambda: "giấy chứng sinh" in " ".join(visit.captions("robot")), "an answer")
        visit.wait_for(lambda: speaking(visit), "its sound")
        httpx.post(f"{robot.url}/api/choices", json={"id": "cancel"})
        visit.wait_for(lambda: "dừng lại" in visit.captions("robot")[-1], "the robot to stop")
        visit.wait_quiet()

        card.unplug_speaker()
        before = len(words(visit))
        robot.devices.say("cho tôi xin cốc nước")
        visit.wait_for(lambda: robot.devices.dispenser.drops, "water")
        visit.wait_for(lambda: len(words(visit)) > before, "captions that go on")
        card.plug_in_speaker()
        visit.wait_quiet()
        with card.recording(tmp_path / "after.wav"):
            visit.say("cảm ơn, tôi về đây")
            visit.wait_quiet()
        assert loud_seconds(tmp_path / "after.wav") > 0.5

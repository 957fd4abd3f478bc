"""The real microphone driver when the sound goes away under it: in a process of its own, as a C
library that aborts would take the test along.
"""

import os
import shutil
import signal
import subprocess
import sys

import pytest

from kiosk_robot.drivers.simulated.sound_card import PROGRAMS, SimulatedSoundCard

pytestmark = pytest.mark.skipif(
    any(shutil.which(program) is None for program in PROGRAMS), reason="needs PulseAudio"
)

LISTEN = """
from kiosk_robot.drivers.microphone import MicrophoneError, open_microphone
try:
    for number, frame in enumerate(open_microphone("default").frames()):
        if number == 3:
            print(len(frame), flush=True)
except MicrophoneError as error:
    print(error, flush=True)
"""


def test_a_microphone_that_is_unplugged_is_told_and_ends_nothing():
    with SimulatedSoundCard() as card:
        listener = subprocess.Popen(
            [sys.executable, "-c", LISTEN],
            env=os.environ | card.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert listener.stdout.readline() == "1024\n", "it hears"
        os.kill(card.server_pid, signal.SIGKILL)
        told, _ = listener.communicate(timeout=30)
    assert (listener.returncode, "microphone:" in told) == (0, True)


def test_without_a_sound_server_the_cure_is_named(tmp_path):
    nowhere = {"PULSE_SERVER": f"unix:{tmp_path / 'none'}", "PULSE_RUNTIME_PATH": str(tmp_path)}
    listener = subprocess.run(
        [sys.executable, "-c", LISTEN],
        env=os.environ | nowhere,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (listener.returncode, "plug one in" in listener.stdout) == (0, True)

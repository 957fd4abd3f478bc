"""The sound card without hardware: real PulseAudio, used as any program uses a sound card."""

import os
import signal
import subprocess
import sys
import time
import wave
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from kiosk_robot.drivers.simulated import sound_card
from kiosk_robot.drivers.simulated.sound_card import (
    MICROPHONE,
    MICROPHONE_RATE,
    SPEAKER_RATE,
    SimulatedSoundCard,
    SoundCardError,
)

PATIENCE = 10.0  # seconds


@pytest.fixture
def card():
    with SimulatedSoundCard() as card:
        yield card


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    """Half a second of 440 Hz."""
    seconds = np.arange(SPEAKER_RATE // 2) / SPEAKER_RATE
    return write_wav(tmp_path / "tone.wav", 12_000 * np.sin(2 * np.pi * 440 * seconds))


def write_wav(path: Path, samples: np.ndarray) -> Path:
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(SPEAKER_RATE)
        wav.writeframes(samples.astype(np.int16).tobytes())
    return path


def loud_seconds(samples: bytes, rate: int) -> float:
    return float(np.count_nonzero(np.abs(np.frombuffer(samples, np.int16)) > 500)) / rate


def heard_in(path: Path) -> float:
    with wave.open(str(path)) as wav:
        return loud_seconds(wav.readframes(wav.getnframes()), wav.getframerate())


def play(card: SimulatedSoundCard, wav: Path) -> subprocess.CompletedProcess[bytes]:
    command = ["aplay", "-q", str(wav)]
    return subprocess.run(
        command,
        env=os.environ | card.environment,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )


def test_what_a_program_plays_is_recorded(card, tone, tmp_path):
    with card.recording(tmp_path / "heard.wav"):
        assert play(card, tone).returncode == 0
    assert heard_in(tmp_path / "heard.wav") == pytest.approx(heard_in(tone), rel=0.2)


def test_what_is_said_before_the_microphone_is_heard_by_a_program(card, tone):
    command = ["parec", f"--device={MICROPHONE}", f"--rate={MICROPHONE_RATE}", "--channels=1"]
    listener = subprocess.Popen(
        [*command, "--latency-msec=20"], env=os.environ | card.environment, stdout=subprocess.PIPE
    )
    heard = listener.stdout.read(640)  # it listens from here on
    card.speak_into_microphone(tone)
    heard += listener.stdout.read(MICROPHONE_RATE // 2 * 2)
    listener.kill()
    listener.communicate()
    assert loud_seconds(heard, MICROPHONE_RATE) > 0.3


def test_without_a_loudspeaker_nothing_can_be_played_until_it_is_back(card, tone):
    card.unplug_speaker()
    assert play(card, tone).returncode != 0
    card.plug_in_speaker()
    assert play(card, tone).returncode == 0


def test_unplugged_in_the_middle_a_program_hears_of_it(card, tmp_path):
    long = write_wav(tmp_path / "long.wav", np.full(60 * SPEAKER_RATE, 1000))
    command = ["aplay", "-q", str(long)]
    player = subprocess.Popen(command, env=os.environ | card.environment, stderr=subprocess.PIPE)
    with card.recording(tmp_path / "heard.wav"):
        wait_until(lambda: (tmp_path / "heard.wav").stat().st_size > SPEAKER_RATE)
        with suppress(SoundCardError):  # the recording breaks off as well
            card.unplug_speaker()
    player.communicate(timeout=PATIENCE)
    assert player.returncode != 0


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_an_unreadable_sound_is_refused(card, tmp_path):
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    with pytest.raises(SoundCardError, match="paplay"):
        card.speak_into_microphone(tmp_path / "broken.wav")


def test_a_machine_without_pulseaudio_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(sound_card.shutil, "which", lambda _program: None)
    with pytest.raises(SoundCardError, match="install pulseaudio"), SimulatedSoundCard():
        pass


def test_nothing_is_left_even_by_a_program_that_was_killed():
    program = (
        "import time; from kiosk_robot.drivers.simulated.sound_card import SimulatedSoundCard\n"
        "with SimulatedSoundCard() as card:\n"
        "    print(card.server_pid, flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    server = int(child.stdout.readline())
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    wait_until(lambda: not is_running(server))
    with SimulatedSoundCard() as card:
        server, folder = card.server_pid, Path(card.environment["PULSE_RUNTIME_PATH"])
    assert not is_running(server)
    assert not folder.exists()


def is_running(pid: int) -> bool:
    """A zombie that nobody has buried yet does not run."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False

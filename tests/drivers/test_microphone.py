"""Sound from files, pipes and a sound card without hardware."""

import itertools
import os
import threading
import wave

import pytest

from kiosk_robot.drivers.microphone import MicrophoneError, open_microphone, read_wav
from kiosk_robot.speech.engine import FRAME_BYTES, SAMPLE_RATE


def write(path, pcm: bytes, rate: int = SAMPLE_RATE, channels: int = 1):
    with wave.open(str(path), "wb") as recording:
        recording.setnchannels(channels)
        recording.setsampwidth(2)
        recording.setframerate(rate)
        recording.writeframes(pcm)
    return path


def test_a_recording_is_heard_frame_by_frame(tmp_path):
    pcm = os.urandom(3 * FRAME_BYTES)
    microphone = open_microphone(str(write(tmp_path / "a.wav", pcm)))
    assert b"".join(microphone.frames()) == pcm


def test_a_recording_in_another_form_is_refused_with_the_cure(tmp_path):
    with pytest.raises(MicrophoneError, match=r"44100 Hz, 2 channels, 16 bit; 16000 Hz.*sox"):
        read_wav(write(tmp_path / "a.wav", bytes(400), 44_100, 2))


@pytest.mark.parametrize("content", [b"", b"RIFF", b"not sound at all" * 10])
def test_what_is_no_recording_is_refused(tmp_path, content):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(MicrophoneError, match="no WAV file"):
        open_microphone(str(path))


def test_a_microphone_that_is_not_there_is_named():
    with pytest.raises(MicrophoneError, match="/nowhere/pipe: No such file"):
        open_microphone("/nowhere/pipe")


def test_a_pipe_gives_whole_frames_whoever_writes_how_much(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    microphone = open_microphone(str(path))
    pcm = os.urandom(2 * FRAME_BYTES)

    def write_in_bits() -> None:
        for at in range(0, len(pcm), 100):
            with path.open("wb") as pipe:  # a new writer each time
                pipe.write(pcm[at : at + 100])

    writer = threading.Thread(target=write_in_bits)
    writer.start()
    assert b"".join(itertools.islice(microphone.frames(), 2)) == pcm
    writer.join()
    microphone.close()


def test_without_a_sound_card_the_cure_is_named(monkeypatch):
    pytest.importorskip("sounddevice", exc_type=OSError)
    monkeypatch.setenv("PULSE_SERVER", "unix:/nowhere")
    with pytest.raises(MicrophoneError, match="'no such microphone'; plug one in"):
        open_microphone("no such microphone")

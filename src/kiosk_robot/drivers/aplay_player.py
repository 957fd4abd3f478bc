"""Plays WAV through ALSA's aplay: a child process of our own, which can be killed at once."""

import os
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path

from kiosk_robot.speech.voice import PlaybackError, Speech, wav_from

CARDS = Path("/proc/asound/cards")
START = 0.04  # seconds from the child's start to the first sound
TRIES = 2
PATIENCE = 8.0  # seconds a card may take longer than the speech, on a busy machine
SERVER_PATIENCE = 5.0


class AplayPlayer:
    """One sound at a time; `silence` and `position` may be called from any thread."""

    def __init__(self) -> None:
        """Check that aplay is there.

        :raises PlaybackError: it is not.
        """
        self._aplay = shutil.which("aplay")
        if self._aplay is None:
            raise PlaybackError("aplay not found; install alsa-utils")
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._started = time.monotonic()  # when the first word was, or would have been, heard

    def check(self) -> None:
        """See whether there is a sound card, or, where one is in use, a sound server with a sink.

        :raises PlaybackError: there is none.
        """
        if "PULSE_SERVER" in os.environ:
            _check_server(os.environ.get("PULSE_SINK", ""))
        elif not re.search(r"^ *\d+ \[", _read(CARDS), re.MULTILINE):  # the kernel lists them there
            raise PlaybackError(f"no sound card in {CARDS}: plug one in; `aplay -l` lists them")

    def play(self, speech: Speech, stop: threading.Event, *, keep: bool) -> bool:
        """Play to the end; False when it was stopped. A player that dies is started once more, at
        the word where it died.

        :raises PlaybackError: no sound card, or it was unplugged, or it hangs.
        """
        position, complaint = 0.0, ""
        for _ in range(TRIES):
            complaint = self._play_from(speech, position, stop)
            if stop.is_set():
                return False
            if not complaint:
                return True
            if self.position() < 0.1:
                break  # it never played: another try would end the same way
            begun = [word.at for word in speech.words if word.at <= self.position()]
            position = max(begun, default=0.0)
        raise PlaybackError(f"{complaint}; is a sound card connected?")

    def silence(self) -> None:
        """Fall silent at once."""
        with self._lock:
            if self._child and self._child.poll() is None:
                self._child.kill()

    def position(self) -> float:
        """Seconds of the speech that have been heard."""
        return max(time.monotonic() - self._started, 0.0)

    def _play_from(self, speech: Speech, position: float, stop: threading.Event) -> str:
        """Play the rest; what went wrong, or "" when nothing did."""
        wav = wav_from(speech.wav, position) if position else speech.wav
        with self._lock:
            if stop.is_set():
                return ""
            self._child = subprocess.Popen(
                [str(self._aplay), "-q", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE
            )
            self._started = time.monotonic() + START - position
        try:
            _, said = self._child.communicate(wav, speech.duration - position + PATIENCE)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.communicate()
            return "the sound card hangs"
        if not self._child.returncode:
            return ""
        return _reason(said) or f"aplay ended with status {self._child.returncode}"


def _reason(said: bytes) -> str:
    """The line in which aplay says why; around it stand tables of the device's state."""
    lines = said.decode(errors="replace").strip().splitlines()
    return next((line for line in lines if line.startswith("aplay:")), lines[-1] if lines else "")


def _check_server(sink: str) -> None:
    command = ["pactl", "list", "short", "sinks"]
    try:
        sinks = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=SERVER_PATIENCE
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise PlaybackError(f"the sound server does not answer: {error}") from None
    if sink not in sinks:
        raise PlaybackError(f"the sound server has no sink {sink}: is a sound card connected?")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""

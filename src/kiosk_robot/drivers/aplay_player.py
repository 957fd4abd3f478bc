"""Plays WAV through ALSA's aplay: a child process of our own, which can be killed at once."""

import re
import shutil
import subprocess
import threading
from pathlib import Path

CARDS = Path("/proc/asound/cards")


class PlaybackError(Exception):
    """Nothing was heard; the message names the cause and the fix."""


class AplayPlayer:
    """One sound at a time; `stop` may be called from any thread."""

    def __init__(self) -> None:
        """Check that aplay is there.

        :raises PlaybackError: it is not.
        """
        self._aplay = shutil.which("aplay")
        if self._aplay is None:
            raise PlaybackError("aplay not found; install alsa-utils")
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def check(self) -> None:
        """See whether there is a sound card.

        :raises PlaybackError: there is none; the kernel lists them in /proc/asound/cards.
        """
        if not re.search(r"^ *\d+ \[", _read(CARDS), re.MULTILINE):
            raise PlaybackError(f"no sound card in {CARDS}: plug one in; `aplay -l` lists them")

    def play(self, wav: bytes, *, keep: bool) -> bool:
        """Play to the end; False when it was stopped.

        :raises PlaybackError: no sound card, or it was unplugged.
        """
        with self._lock:
            self._stopped = False
            self._child = subprocess.Popen(
                [str(self._aplay), "-q", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE
            )
        _, complaint = self._child.communicate(wav)
        if self._stopped:
            return False
        if self._child.returncode:
            said = complaint.decode(errors="replace").strip().splitlines() or ["no reason given"]
            raise PlaybackError(f"aplay: {said[-1]}; is a sound card connected?")
        return True

    def stop(self) -> None:
        """Fall silent at once."""
        with self._lock:
            self._stopped = True
            if self._child and self._child.poll() is None:
                self._child.kill()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""

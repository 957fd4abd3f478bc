"""A microphone for words: it listens on a Unix socket, one JSON line {"text": …} an utterance."""

import json
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread

MAX_LINE = 20_000  # bytes; longer lines are cut off from the conversation


class ScriptedMicrophone:
    """Calls `heard(text)` in its own thread for each utterance, `lost()` when the line breaks."""

    def __init__(self, path: str, heard: Callable[[str], None], lost: Callable[[], None]) -> None:
        """Connect to the socket at `path`.

        :raises OSError: nobody listens there.
        """
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(str(Path(path)))
        self._heard = heard
        self._lost = lost
        self._closing = False
        Thread(target=self._listen, daemon=True, name="scripted-microphone").start()

    def close(self) -> None:
        """Stop listening."""
        self._closing = True
        with suppress(OSError):  # the other side may have gone
            self._socket.shutdown(socket.SHUT_RDWR)  # close() alone leaves the reader reading
        self._socket.close()

    def _listen(self) -> None:
        try:
            with self._socket.makefile("rb") as lines:
                while line := lines.readline(MAX_LINE):
                    self._take(line)
        except OSError:
            pass
        if not self._closing:
            self._lost()

    def _take(self, line: bytes) -> None:
        try:
            text = json.loads(line)["text"]
        except (ValueError, KeyError, TypeError):
            return  # noise
        if isinstance(text, str) and text.strip():
            self._heard(text)

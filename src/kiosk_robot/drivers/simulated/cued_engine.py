"""An engine that is told the words and hears when they are said: everything between a microphone
and the dialogue can be tried without a model.
"""

from collections.abc import Callable, Sequence

from kiosk_robot.drivers.simulated.microphone import ScriptedMicrophone
from kiosk_robot.speech.engine import Final, Partial

LOCALE = "vi-VN"


class CuedEngine:
    """What came over the socket since the last utterance is the text of the next one."""

    name = "cued"

    def __init__(self, path: str, lost: Callable[[], None]) -> None:
        """Connect to the socket at `path`; `lost` is called when it breaks.

        :raises OSError: nobody listens there.
        """
        self._lines: list[str] = []
        self._socket = ScriptedMicrophone(path, self._lines.append, lost)

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()

    def accept(self, pcm: bytes) -> Partial | Final | None:
        """The words are known when the utterance is over."""
        return None

    def paused(self, perhaps_over: bool) -> None:
        """The words are known at once."""

    def finish(self) -> Final:
        """The newest line: those before it were said and not heard."""
        line = self._lines[-1] if self._lines else ""
        self._lines.clear()
        return Final(line, 1.0 if line else 0.0, LOCALE)

    def reset(self) -> None:
        """What was said goes unheard."""
        self._lines.clear()

    def expect(self, phrases: Sequence[str]) -> None:
        """It hears everything."""

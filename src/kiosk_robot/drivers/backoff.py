"""How long to wait before trying a lost device again."""

FIRST_S = 0.05
LAST_S = 2.0


class Backoff:
    """Delays that double from 0.05 s to 2 s; `reset` once the device has answered."""

    def __init__(self) -> None:
        self._delay_s = FIRST_S

    def next_s(self) -> float:
        """Return how long to wait now, in seconds; the next wait is longer."""
        delay, self._delay_s = self._delay_s, min(2 * self._delay_s, LAST_S)
        return delay

    def reset(self) -> None:
        """Start again from the shortest delay."""
        self._delay_s = FIRST_S

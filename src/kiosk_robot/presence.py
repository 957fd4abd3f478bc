"""From distances to "somebody is there": hysteresis in distance and in time."""


class PresenceFilter:
    """Present under `near` metres, absent over `far`, a change only after `settle` seconds."""

    def __init__(self, near: float, far: float, settle: float) -> None:
        """Thresholds in metres and seconds.

        :raises ValueError: `far` is not beyond `near`.
        """
        if far <= near:
            raise ValueError(f"far ({far} m) must be beyond near ({near} m)")
        self._near = near
        self._far = far
        self._settle = settle
        self._since: float | None = None
        self.present = False

    def update(self, distance: float, now: float) -> bool:
        """Take a distance (infinite: nothing there) at a steady time; True on a change."""
        wanted = distance < self._near if not self.present else distance <= self._far
        if wanted == self.present:
            self._since = None
            return False
        if self._since is None:
            self._since = now
        if now - self._since < self._settle:
            return False
        self.present = wanted
        self._since = None
        return True

"""When it is, for a queue: moments never run backwards, and a day is the site's local date."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kiosk_robot.queueing.ticket import ClockError

CLOCK_STEP = timedelta(hours=1)  # a clock may be set back by so much, over midnight too


class Moments:
    """The clock of one site."""

    def __init__(self, clock: Callable[[], datetime], timezone: str) -> None:
        self.clock = clock
        self._zone = ZoneInfo(timezone)
        self._latest: datetime | None = None

    def day(self, moment: datetime) -> str:
        """Local date, YYYY-MM-DD, whatever the zone of the host."""
        return moment.astimezone(self._zone).date().isoformat()

    def forget(self) -> None:
        """What was last taken may have been undone."""
        self._latest = None

    def take(self, last_written: Callable[[], datetime | None]) -> tuple[datetime, bool]:
        """The moment to write down, and whether it may be the first of a new day.

        :param last_written: asks the store; only when the clock gives cause to.
        :raises ClockError: the clock stands on an earlier day.
        """
        now = self.clock()
        new_day = False
        if self._latest is None or now < self._latest or self.day(now) != self.day(self._latest):
            known = last_written()
            now = self._not_before(known, now)
            new_day = known is not None and self.day(known) != self.day(now)
        self._latest = now
        return now, new_day

    def _not_before(self, known: datetime | None, now: datetime) -> datetime:
        if known is None or known <= now:
            return now
        if self.day(now) == self.day(known) or known - now <= CLOCK_STEP:
            return known  # time stands still until the clock has caught up
        raise ClockError(
            f"the clock says {self._shown(now)}, but the queue was last changed "
            f"{self._shown(known)}: set the clock (timedatectl set-time); "
            "if it is right now: kiosk queue accept-clock"
        )

    def _shown(self, moment: datetime) -> str:
        return f"{moment.astimezone(self._zone):%Y-%m-%d %H:%M}"

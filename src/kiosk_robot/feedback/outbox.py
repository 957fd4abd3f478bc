"""Delivers what the desk has written down: at least once, until it has arrived.

A message is taken by moving its due time a lease ahead; a sender that dies in the middle leaves it
to be sent again when the lease is over. Receivers know a repetition by its id.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from kiosk_robot.feedback.desk import Alert, alert_of
from kiosk_robot.feedback.tables import DeliveryRow
from kiosk_robot.feedback.ways import DeliveryError, Mail, Way, Webhook
from kiosk_robot.queueing.store import Store
from kiosk_robot.secrets import Secrets
from kiosk_robot.site import Site

LEASE = timedelta(seconds=60)  # longer than a way may take
FIRST_PAUSE, LAST_PAUSE = timedelta(seconds=5), timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of sending one message; `error` is "" when it arrived."""

    recipient: str
    way: str
    attempts: int
    error: str = ""


class Outbox:
    """What is still to be delivered. `clock` gives aware datetimes."""

    def __init__(
        self, store: Store, site: Site, ways: Mapping[str, Way], clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._recipients = {one.code: one for one in site.alerts.recipients}
        self._ways = ways
        self._clock = clock

    def deliver_due(self) -> list[Attempt]:
        """Send what is due, one after the other.

        :raises StoreError: the store refuses; what was taken is sent again later.
        """
        attempts = []
        while taken := self._take():
            attempts.append(self._send(*taken))
        return attempts

    def _take(self) -> tuple[DeliveryRow, Alert] | None:
        now = self._clock()
        with self._store.transaction() as session:
            row = session.scalar(
                select(DeliveryRow)
                # Nothing is put off for longer than this: the clock has been set back.
                .where(or_(DeliveryRow.due_at <= now, DeliveryRow.due_at > now + LAST_PAUSE))
                .order_by(DeliveryRow.due_at, DeliveryRow.created_at)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            if row is None:
                return None
            row.due_at = now + LEASE
            row.attempts += 1
            return row, alert_of(session, row.alert_id)

    def _send(self, delivery: DeliveryRow, alert: Alert) -> Attempt:
        """Try once; the row is a copy, the database is changed here only."""
        error = ""
        try:
            recipient = self._recipients[delivery.recipient]
            way = self._ways[delivery.way]
        except KeyError:
            error = "not in the site file any more"
        else:
            try:
                way.send(delivery.id, delivery.occasion, alert, recipient)
            except DeliveryError as problem:
                error = str(problem)
        with self._store.transaction() as session:
            row = session.get_one(DeliveryRow, delivery.id)
            row.last_error = error[:300]
            if error:
                row.due_at = self._clock() + pause_after(delivery.attempts)
            else:
                row.due_at, row.delivered_at = None, self._clock()
        return Attempt(delivery.recipient, delivery.way, delivery.attempts, error)


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many failures: 5 s, doubled each time, at most 10 min."""
    doublings = min(attempts - 1, 10)
    return min(FIRST_PAUSE * (1 << doublings), LAST_PAUSE)


def ways_of(site: Site, secrets: Secrets, clock: Callable[[], datetime]) -> dict[str, Way]:
    """The ways this site has."""
    ways: dict[str, Way] = {"webhook": Webhook(site, secrets.webhook_secret, clock)}
    if site.alerts.mail:
        ways["email"] = Mail(site, site.alerts.mail, secrets)
    return ways

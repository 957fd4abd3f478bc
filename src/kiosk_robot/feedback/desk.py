"""Keeps ratings, raises alerts, and follows them until they are closed.

Anonymous: nothing here ties a rating to a person. Invariants:

* an alert and what is to be delivered of it are written in the transaction of the rating itself, so
  that neither power cut nor SIGKILL loses one;
* a request id is one rating and at most one alert;
* an alert nobody acknowledges goes to the next recipient, up to the last one;
* once acknowledged it is not escalated, once closed it does not change.
"""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kiosk_robot.feedback.privacy import without_personal_data
from kiosk_robot.feedback.sentences import sentence
from kiosk_robot.feedback.tables import AlertRow, DeliveryRow, FeedbackRow
from kiosk_robot.queueing.engine import utc_now
from kiosk_robot.queueing.store import Store
from kiosk_robot.queueing.ticket import Ticket
from kiosk_robot.site import Recipient, Site

RATINGS = range(1, 6)
LOW_RATING, NEEDS_STAFF = "low_rating", "citizen_needs_staff"
CONFLICT, VOID = "booking_conflict", "ticket_void"
CALLS = ("asked", "not_understood", "device_failed")  # reasons for a member of staff to come
SAME_CALL = timedelta(seconds=10)  # whoever got no answer asks again, robot and citizen alike
CODE = re.compile(r"[A-Za-z0-9_-]{1,20}")


class FeedbackError(ValueError):
    """A request that is refused; the message is for the technician."""


class BadRatingError(FeedbackError):
    """A rating is a whole number from 1 (very unhappy) to 5 (very happy)."""


class NoSuchCounterError(FeedbackError):
    """The site has no such counter."""


class NoSuchStaffError(FeedbackError):
    """The site has no such code. It is not quoted: it might be a name."""


class NoSuchAlertError(FeedbackError):
    """No alert has this identity."""


class AlertNotAllowedError(FeedbackError):
    """The state of the alert does not allow the change, or a code or note is wrong."""


class AlertState(IntEnum):
    """The values are those of kiosk_interfaces/LeaderAlert."""

    RAISED = 0
    ACKNOWLEDGED = 1
    CLOSED = 2


@dataclass(frozen=True, slots=True)
class Alert:
    """What a leader or a member of staff is told."""

    id: str
    kind: str
    text: str
    raised_at: datetime
    rating: int = 0
    counter: str = ""
    staff: str = ""
    comment: str = ""
    state: AlertState = AlertState.RAISED
    recipient: str = ""  # role it stands with
    by: str = ""  # who acknowledged or closed it
    note: str = ""


class FeedbackDesk:
    """Ratings and alerts of a site over the store. `clock` gives aware datetimes.

    Every method raises StoreError when the store refuses; then nothing has changed.
    """

    def __init__(self, store: Store, site: Site, clock: Callable[[], datetime] = utc_now) -> None:
        self._store = store
        self._site = site
        self._clock = clock
        self._wait = timedelta(minutes=site.alerts.escalate_after)

    # --- what citizens say --------------------------------------------------------------------

    def submit(
        self,
        request_id: str,
        session_id: str,
        rating: int,
        comment: str = "",
        counter: str = "",
        staff: str = "",
    ) -> Alert | None:
        """Keep a rating; the alert it raised or, with a comment that came later, renewed.

        A repeated request counts once; if it was without a comment, it may bring one.

        :raises BadRatingError: rating outside 1..5.
        :raises NoSuchCounterError: the site has no such counter.
        :raises NoSuchStaffError: the site has no such code.
        """
        self._check(rating, counter, staff)
        comment = without_personal_data(comment)
        with self._store.transaction() as session:
            row = session.get(FeedbackRow, request_id)
            if row is not None:
                return self._comment_later(session, row, comment)
            row = FeedbackRow(
                request_id=request_id,
                session_id=session_id,
                rating=rating,
                comment=comment,
                counter=counter,
                staff=staff,
                given_at=self._clock(),
            )
            session.add(row)
            if rating > self._site.alert_rating:
                return None
            name = "rated" + "_counter" * bool(counter) + "_staff" * bool(staff)
            text = sentence(name, counter=counter, staff=staff, rating=rating)
            return self._raise(session, LOW_RATING, text, row)

    def call_staff(self, reason: str) -> Alert:
        """Keep a call for a member of staff; repeated within SAME_CALL, it is the same one."""
        text = sentence(reason if reason in CALLS else "called", reason=reason)
        with self._store.transaction() as session:
            known = session.scalar(
                select(AlertRow)
                .where(AlertRow.closed_at.is_(None), AlertRow.text == text)
                .where(AlertRow.raised_at > self._clock() - SAME_CALL)
            )
            return _alert(session, known) if known else self._raise(session, NEEDS_STAFF, text)

    def booking_conflict(self, day: str, at: str, number: str) -> Alert:
        """Keep that a booking checked in here without a line had been used elsewhere."""
        name = "conflict_held" if number else "conflict"
        text = sentence(name, at=at, day=day, number=number)
        with self._store.transaction() as session:
            return self._raise(session, CONFLICT, text)

    def announce_void(self, ticket: Ticket) -> Alert:
        """Tell that a number somebody may hold is void; once a ticket, however often it is asked.

        :raises StoreError: nothing was kept.
        """
        text = sentence("void", number=ticket.number, counter=ticket.counter)
        with self._store.transaction() as session:
            if known := session.get(AlertRow, ticket.id):
                return _alert(session, known)
            row = AlertRow(id=ticket.id, kind=VOID, text=text, raised_at=self._clock())
            row.counter = ticket.counter
            session.add(row)
            session.flush()
            return _alert(session, row)

    # --- what leaders and staff do ------------------------------------------------------------

    def acknowledge(self, alert_id: str, by: str) -> Alert:
        """Somebody sees to an alert. Repeating it is harmless, the first one stays.

        :raises NoSuchAlertError: unknown id.
        :raises AlertNotAllowedError: it is closed, or `by` is no code.
        """
        _check_code(by)
        with self._store.transaction() as session:
            row = _find(session, alert_id)
            if row.closed_at:
                raise AlertNotAllowedError(f"alert {alert_id} is closed")
            if row.acknowledged_at is None:
                row.acknowledged_at, row.acknowledged_by = self._clock(), by
                row.escalate_at = None
            return _alert(session, row)

    def close(self, alert_id: str, by: str, note: str) -> Alert:
        """An alert is done; the note says how. Repeating it is harmless.

        :raises NoSuchAlertError: unknown id.
        :raises AlertNotAllowedError: closed with another note, no note, or `by` is no code.
        """
        _check_code(by)
        note = without_personal_data(note.strip())[:500]
        if not note:
            raise AlertNotAllowedError("a note must say how the alert was settled")
        with self._store.transaction() as session:
            row = _find(session, alert_id)
            if row.closed_at and (row.note, row.closed_by) != (note, by):
                raise AlertNotAllowedError(f"alert {alert_id} is closed already")
            if row.closed_at is None:
                row.closed_at, row.closed_by, row.note = self._clock(), by, note
                row.escalate_at = None
            return _alert(session, row)

    def escalate_due(self) -> list[Alert]:
        """Tell the next recipient of each alert that nobody has acknowledged in time."""
        now = self._clock()
        with self._store.transaction() as session:
            rows = session.scalars(
                select(AlertRow)
                # Later than a whole wait from now: the clock has been set back.
                .where(or_(AlertRow.escalate_at <= now, AlertRow.escalate_at > now + self._wait))
                .order_by(AlertRow.raised_at)
                .with_for_update()
            ).all()
            for row in rows:
                row.escalated_at = now
                self._hand_to(session, row, self._after(row.recipient), "escalated")
            return [_alert(session, row) for row in rows]

    def open_alerts(self) -> list[Alert]:
        """Alerts that are not closed, the oldest first."""
        with self._store.reading() as connection, Session(connection) as session:
            rows = session.scalars(
                select(AlertRow).where(AlertRow.closed_at.is_(None)).order_by(AlertRow.raised_at)
            )
            return [_alert(session, row) for row in rows]

    # --- inside -------------------------------------------------------------------------------

    def _check(self, rating: int, counter: str, staff: str) -> None:
        if rating not in RATINGS:
            raise BadRatingError(f"rating {rating} is not between 1 and 5")
        if counter and counter not in {one.number for one in self._site.counters}:
            raise NoSuchCounterError(f"no counter {counter[:4]!r} at {self._site.short_name}")
        if staff and staff not in self._site.staff:
            raise NoSuchStaffError(f"no such staff code at {self._site.short_name}")

    def _comment_later(self, session: Session, row: FeedbackRow, comment: str) -> Alert | None:
        if row.comment or not comment:
            return None
        row.comment = comment
        alert = session.scalar(select(AlertRow).where(AlertRow.request_id == row.request_id))
        if alert is None:
            return None
        told = select(DeliveryRow.recipient).where(DeliveryRow.alert_id == alert.id)
        for recipient in self._site.alerts.recipients:
            if recipient.code in set(session.scalars(told)):
                self._deliver(session, alert, recipient, "comment")
        return _alert(session, alert)

    def _raise(
        self, session: Session, kind: str, text: str, about: FeedbackRow | None = None
    ) -> Alert:
        row = AlertRow(id=str(uuid.uuid4()), kind=kind, text=text, raised_at=self._clock())
        if about:
            row.rating, row.counter, row.staff = about.rating, about.counter, about.staff
            row.request_id = about.request_id
        session.add(row)
        if kind == LOW_RATING and self._site.alerts.recipients:
            self._hand_to(session, row, self._site.alerts.recipients[0], "raised")
        session.flush()
        return _alert(session, row)

    def _hand_to(
        self, session: Session, row: AlertRow, recipient: Recipient | None, occasion: str
    ) -> None:
        """Let a recipient have the alert; the next one has it unless they acknowledge in time."""
        row.escalate_at = None
        if recipient is None:  # the site file has fewer recipients by now
            return
        row.recipient = recipient.code
        if self._after(recipient.code):
            row.escalate_at = self._clock() + self._wait
        self._deliver(session, row, recipient, occasion)

    def _after(self, code: str) -> Recipient | None:
        recipients = self._site.alerts.recipients
        place = next((n for n, one in enumerate(recipients) if one.code == code), len(recipients))
        return recipients[place + 1] if place + 1 < len(recipients) else None

    def _deliver(
        self, session: Session, row: AlertRow, recipient: Recipient, occasion: str
    ) -> None:
        for way in ("webhook", "email"):
            if getattr(recipient, way):
                session.add(
                    DeliveryRow(
                        id=str(uuid.uuid4()),
                        alert_id=row.id,
                        recipient=recipient.code,
                        way=way,
                        occasion=occasion,
                        created_at=self._clock(),
                        due_at=self._clock(),
                    )
                )


def alert_of(session: Session, alert_id: str) -> Alert:
    """An alert as it stands now.

    :raises NoSuchAlertError: unknown id.
    """
    return _alert(session, _find(session, alert_id))


def _find(session: Session, alert_id: str) -> AlertRow:
    row = session.get(AlertRow, alert_id, with_for_update=True)
    if row is None:
        raise NoSuchAlertError(f"no alert {alert_id[:40]!r}")
    return row


def _alert(session: Session, row: AlertRow) -> Alert:
    rated = session.get(FeedbackRow, row.request_id) if row.request_id else None
    state = AlertState.RAISED
    if row.acknowledged_at:
        state = AlertState.ACKNOWLEDGED
    if row.closed_at:
        state = AlertState.CLOSED
    return Alert(
        id=row.id,
        kind=row.kind,
        text=row.text,
        raised_at=row.raised_at,
        rating=row.rating,
        counter=row.counter,
        staff=row.staff,
        comment=rated.comment if rated else "",
        state=state,
        recipient=row.recipient,
        by=row.closed_by or row.acknowledged_by,
        note=row.note,
    )


def _check_code(by: str) -> None:
    if not CODE.fullmatch(by):
        raise AlertNotAllowedError("`by` must be a code of up to 20 letters and figures, no name")

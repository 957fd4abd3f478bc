"""Keeps ratings and raises alerts. Anonymous: nothing here ties a rating to a person."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from kiosk_robot.documents.masking import mask_numbers_in
from kiosk_robot.queueing.engine import utc_now
from kiosk_robot.queueing.store import AlertRow, FeedbackRow, Store
from kiosk_robot.queueing.ticket import Ticket

RATINGS = range(1, 6)


class BadRatingError(ValueError):
    """A rating is a whole number from 1 (very unhappy) to 5 (very happy)."""


@dataclass(frozen=True, slots=True)
class Alert:
    """What a leader or a member of staff is told."""

    id: str
    kind: str  # low_rating, citizen_needs_staff, ticket_void
    text: str
    rating: int = 0
    counter: str = ""


class FeedbackDesk:
    """Ratings and alerts over the store. `alert_rating`: this rating and worse alerts leaders."""

    def __init__(
        self, store: Store, alert_rating: int, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._store = store
        self._alert_rating = alert_rating
        self._clock = clock

    def submit(
        self, request_id: str, session_id: str, rating: int, comment: str = "", counter: str = ""
    ) -> Alert | None:
        """Keep a rating; the alert it raised, if any. A repeated request counts once.

        :raises BadRatingError: rating outside 1..5.
        :raises StoreError: nothing was kept.
        """
        if rating not in RATINGS:
            raise BadRatingError(f"rating {rating} is not between 1 and 5")
        with self._store.transaction() as session:
            if session.get(FeedbackRow, request_id) is not None:
                return None
            session.add(
                FeedbackRow(
                    request_id=request_id,
                    session_id=session_id,
                    rating=rating,
                    comment=mask_numbers_in(comment)[:2000],
                    counter=counter,
                    given_at=self._clock(),
                )
            )
            if rating > self._alert_rating:
                return None
            where = f" về quầy số {counter}" if counter else ""
            text = f"Khách chưa hài lòng{where}: chấm {rating} trên 5 điểm."
            return self._raise(
                session, Alert(str(uuid.uuid4()), "low_rating", text, rating, counter)
            )

    def call_staff(self, reason: str) -> Alert:
        """Keep a call for a member of staff.

        :raises StoreError: nothing was kept.
        """
        reasons = {
            "asked": "khách muốn gặp cán bộ",
            "not_understood": "robot chưa hiểu yêu cầu của khách",
            "device_failed": "thiết bị của robot gặp trục trặc",
        }
        text = f"Khách ở chỗ robot cần hỗ trợ: {reasons.get(reason, reason)}."
        with self._store.transaction() as session:
            return self._raise(session, Alert(str(uuid.uuid4()), "citizen_needs_staff", text))

    def announce_void(self, ticket: Ticket) -> Alert:
        """Tell that a number somebody may hold is void; once a ticket, however often it is asked.

        :raises StoreError: nothing was kept.
        """
        text = (
            f"Số {ticket.number} đã hủy vì robot gặp sự cố khi in phiếu."
            f" Ai cầm số này, mời lấy số mới hoặc đến quầy số {ticket.counter}."
        )
        alert = Alert(ticket.id, "ticket_void", text, counter=ticket.counter)
        with self._store.transaction() as session:
            known = session.get(AlertRow, ticket.id)
            return alert if known else self._raise(session, alert)

    def _raise(self, session: Session, alert: Alert) -> Alert:
        session.add(
            AlertRow(
                id=alert.id,
                kind=alert.kind,
                text=alert.text,
                rating=alert.rating,
                counter=alert.counter,
                raised_at=self._clock(),
            )
        )
        return alert

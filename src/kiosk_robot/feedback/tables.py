"""Ratings, alerts, and what is still to be delivered of them. No column tells who somebody is."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from kiosk_robot.queueing.store import Base, UtcDateTime


class FeedbackRow(Base):
    """One rating. Anonymous: the session's UUID dies with the session."""

    __tablename__ = "feedback"

    request_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    session_id: Mapped[str] = mapped_column(String(36))
    rating: Mapped[int]
    comment: Mapped[str] = mapped_column(String(2000))
    counter: Mapped[str] = mapped_column(String(2))
    staff: Mapped[str] = mapped_column(String(3), default="")  # code on the desk sign
    given_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class AlertRow(Base):
    """Something a leader or a member of staff must see, and what became of it."""

    __tablename__ = "alerts"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))
    text: Mapped[str] = mapped_column(String(500))
    rating: Mapped[int] = mapped_column(default=0)
    counter: Mapped[str] = mapped_column(String(2), default="")
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    staff: Mapped[str] = mapped_column(String(3), default="")
    request_id: Mapped[str] = mapped_column(String(36), default="", index=True)  # of the rating
    recipient: Mapped[str] = mapped_column(String(20), default="")  # told last; its role
    escalate_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    escalated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_by: Mapped[str] = mapped_column(String(20), default="")
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[str] = mapped_column(String(20), default="")
    note: Mapped[str] = mapped_column(String(500), default="")


class DeliveryRow(Base):
    """One message of an alert to one recipient, kept until it has arrived. `id` is what a receiver
    knows a repetition by.
    """

    __tablename__ = "deliveries"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    alert_id: Mapped[str] = mapped_column(String(36), index=True)
    recipient: Mapped[str] = mapped_column(String(20))
    way: Mapped[str] = mapped_column(String(10))  # webhook, email
    occasion: Mapped[str] = mapped_column(String(10))  # raised, comment, escalated
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)  # None: it has arrived
    attempts: Mapped[int] = mapped_column(default=0)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str] = mapped_column(String(300), default="")

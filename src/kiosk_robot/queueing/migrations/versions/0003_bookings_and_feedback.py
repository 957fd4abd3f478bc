"""Bookings; alerts that are followed until they are closed; what is to be delivered of them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the new tables; add to the old ones what they did not know."""
    _create_bookings()
    _create_deliveries()
    op.add_column("feedback", _text("staff", 3))
    op.create_index("ix_feedback_given_at", "feedback", ["given_at"])
    for column in (
        _text("staff", 3),
        _text("request_id", 36),
        _text("recipient", 20),
        sa.Column("escalate_at", sa.DateTime),
        sa.Column("escalated_at", sa.DateTime),
        sa.Column("acknowledged_at", sa.DateTime),
        _text("acknowledged_by", 20),
        sa.Column("closed_at", sa.DateTime),
        _text("closed_by", 20),
        _text("note", 500),
    ):
        op.add_column("alerts", column)
    for name in ("raised_at", "request_id", "escalate_at"):
        op.create_index(f"ix_alerts_{name}", "alerts", [name])


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False, server_default="")


def _create_bookings() -> None:
    op.create_table(
        "bookings",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("point", sa.String(40), nullable=False),
        sa.Column("place", sa.String(120), nullable=False),
        sa.Column("field", sa.String(60), nullable=False),
        sa.Column("group", sa.String(20), nullable=False),
        sa.Column("day", sa.String(10), nullable=False, index=True),
        sa.Column("at", sa.String(5), nullable=False),
        sa.Column("registered_at", sa.DateTime, nullable=False),
        sa.Column("procedure_code", sa.String(10), nullable=False),
        sa.Column("used", sa.Boolean, nullable=False),
        sa.Column("key_id", sa.String(10), nullable=False),
        sa.Column("code", sa.String(64), nullable=False, index=True),
        sa.Column("phone", sa.String(64), nullable=False, index=True),
        sa.Column("card", sa.String(64), nullable=False, index=True),
        sa.Column("name", sa.String(64), nullable=False, index=True),
        sa.Column("check_in_id", sa.String(36), nullable=False),
        sa.Column("request_id", sa.String(36), nullable=False, index=True),
        sa.Column("checked_in_at", sa.DateTime),
        sa.Column("answered_at", sa.DateTime),
        sa.Column("conflict", sa.String(40), nullable=False),
    )


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("alert_id", sa.String(36), nullable=False, index=True),
        sa.Column("recipient", sa.String(20), nullable=False),
        sa.Column("way", sa.String(10), nullable=False),
        sa.Column("occasion", sa.String(10), nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("due_at", sa.DateTime, index=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("delivered_at", sa.DateTime),
        sa.Column("last_error", sa.String(300), nullable=False),
    )

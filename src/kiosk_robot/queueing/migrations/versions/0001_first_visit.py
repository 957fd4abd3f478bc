"""Tickets, ratings and alerts, as the first visit had them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "tickets",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("request_id", sa.String(36), nullable=False, unique=True),
        sa.Column("day", sa.String(10), nullable=False, index=True),
        sa.Column("series", sa.String(1), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("procedure_code", sa.String(10), nullable=False),
        sa.Column("counter", sa.String(2), nullable=False),
        sa.Column("status", sa.Integer, nullable=False, index=True),
        sa.Column("delivery", sa.String(6), nullable=False),
        sa.Column("void_reason", sa.String(200), nullable=False),
        sa.Column("registered_at", sa.DateTime, nullable=False),
        sa.Column("called_at", sa.DateTime),
        sa.UniqueConstraint("day", "series", "sequence"),
    )
    op.create_table(
        "feedback",
        sa.Column("request_id", sa.String(36), primary_key=True),
        sa.Column("session_id", sa.String(36), nullable=False),
        sa.Column("rating", sa.Integer, nullable=False),
        sa.Column("comment", sa.String(2000), nullable=False),
        sa.Column("counter", sa.String(2), nullable=False),
        sa.Column("given_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("rating", sa.Integer, nullable=False),
        sa.Column("counter", sa.String(2), nullable=False),
        sa.Column("raised_at", sa.DateTime, nullable=False),
    )

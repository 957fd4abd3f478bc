"""What people were told about their wait."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "promises",
        sa.Column("ticket_id", sa.String(36), primary_key=True),
        sa.Column("made_at", sa.DateTime, nullable=False, index=True),
        sa.Column("low", sa.Double, nullable=False),
        sa.Column("median", sa.Double, nullable=False),
        sa.Column("high", sa.Double, nullable=False),
        sa.Column("at_once", sa.Boolean, nullable=False),
    )

"""The papers that citizens ticked off on the robot's card."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "ticket_papers",
        sa.Column("ticket_id", sa.String(36), primary_key=True),
        sa.Column("case_id", sa.String(60), nullable=False),
        sa.Column("have", sa.JSON, nullable=False),
    )

"""The order by place, counters, and a history that is never changed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER ticket_events_no_{word} BEFORE {word} ON ticket_events "
        "BEGIN SELECT RAISE(ABORT, 'ticket_events: history is never changed'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION keep_history() RETURNS trigger AS $$ BEGIN "
        "RAISE EXCEPTION 'ticket_events: history is never changed'; END $$ LANGUAGE plpgsql",
        "CREATE TRIGGER ticket_events_no_{word} BEFORE {word} ON ticket_events "
        "EXECUTE FUNCTION keep_history()",
    ),
}


def upgrade() -> None:
    """Create the new tables; copy the tickets over."""
    _create_histories()
    op.rename_table("tickets", "tickets_0001")
    _create_tickets()
    _copy_tickets()
    op.drop_table("tickets_0001")
    _index_tickets()
    for word in ("update", "delete"):
        for statement in APPEND_ONLY[op.get_bind().dialect.name]:
            op.execute(statement.format(word=word))


def _create_histories() -> None:
    op.create_table(
        "ticket_events",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("ticket_id", sa.String(36), nullable=False, index=True),
        sa.Column("request_id", sa.String(36), unique=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("day", sa.String(10), nullable=False, index=True),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("line", sa.String(1), nullable=False),
        sa.Column("procedure_code", sa.String(10), nullable=False),
        sa.Column("counter", sa.String(2), nullable=False),
        sa.Column("staff", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
    )
    op.create_table(
        "counter_events",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("counter", sa.String(2), nullable=False),
        sa.Column("state", sa.String(6), nullable=False),
        sa.Column("staff", sa.String(20), nullable=False),
        sa.Column("lines", sa.String(26), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
    )
    op.create_index("counter_events_of_day", "counter_events", ["day", "counter", "id"])


def _create_tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("request_id", sa.String(36), nullable=False, unique=True),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("series", sa.String(1), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("line", sa.String(1), nullable=False),
        sa.Column("procedure_code", sa.String(10), nullable=False),
        sa.Column("counter", sa.String(2), nullable=False),
        sa.Column("only_counter", sa.String(2), nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("priority", sa.String(20), nullable=False),
        sa.Column("delivery", sa.String(6), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("registered_at", sa.DateTime, nullable=False),
        sa.Column("arrived_at", sa.DateTime, nullable=False),
        sa.Column("place", sa.DateTime, nullable=False),
        sa.Column("called_at", sa.DateTime),
        sa.Column("started_at", sa.DateTime),
        sa.Column("ended_at", sa.DateTime),
        sa.Column("calls", sa.Integer, nullable=False),
        sa.Column("put_backs", sa.Integer, nullable=False),
        sa.Column("staff", sa.String(20), nullable=False),
        sa.Column("later", sa.JSON, nullable=False),
        sa.UniqueConstraint("day", "series", "sequence"),
    )


def _copy_tickets() -> None:
    # Nothing led from CALLED (3) to SERVED (4): whoever was called, was served.
    op.execute(
        "INSERT INTO tickets SELECT id, request_id, day, series, sequence, series, procedure_code, "
        "counter, '', CASE status WHEN 3 THEN 4 ELSE status END, '', delivery, "
        "void_reason, registered_at, registered_at, registered_at, called_at, NULL, called_at, "
        "CASE WHEN called_at IS NULL THEN 0 ELSE 1 END, 0, '', '[]' FROM tickets_0001"
    )
    op.execute(
        "INSERT INTO ticket_events (ticket_id, at, day, action, status, line, procedure_code, "
        "counter, staff, reason) SELECT id, registered_at, day, 'reserved', status, line, "
        "procedure_code, counter, '', reason FROM tickets ORDER BY registered_at, sequence"
    )


def _index_tickets() -> None:
    def index(name: str, columns: list[str], condition: str, *, unique: bool = False) -> None:
        only = sa.text(condition)
        op.create_index(
            name, "tickets", columns, unique=unique, sqlite_where=only, postgresql_where=only
        )

    index("tickets_waiting", ["line", "place", "sequence", "id"], "status = 2")
    index("tickets_open", ["status"], "status IN (0, 1, 2, 3, 7, 8)")
    index("tickets_at_counter", ["counter"], "status IN (3, 8)", unique=True)
    index("tickets_called", ["line", "called_at"], "called_at IS NOT NULL")

"""Statements that are compiled once: SQLAlchemy composes them, the driver runs them.

The life of a ticket is some fifteen small statements; run one by one through SQLAlchemy they take
several times as long as in the database.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ClauseElement, Connection, Dialect, Select

Row = Mapping[Any, Any]
Process = Callable[[Any], Any]


class Prepared:
    """One statement. Its constants are fixed; every other value is given by name.

    :param columns: those that an INSERT or UPDATE sets.
    """

    def __init__(self, statement: ClauseElement, columns: tuple[str, ...] = ()) -> None:
        self._statement = statement
        self._columns = columns
        self._forms: dict[str, _Form] = {}

    def run(self, connection: Connection, values: Row) -> Any:
        """The driver's cursor, after the statement.

        :raises Exception: the driver's own error; `Store` turns it into a StoreError.
        """
        return self._form(connection.dialect).run(connection, values)

    def one(self, connection: Connection, **values: Any) -> Row | None:
        """The first row that is found, if any."""
        form = self._form(connection.dialect)
        found = form.run(connection, values).fetchone()
        return form.row(found) if found else None

    def _form(self, dialect: Dialect) -> "_Form":
        form = self._forms.get(dialect.name)
        if form is None:
            form = self._forms[dialect.name] = _Form(self._statement, self._columns, dialect)
        return form


class _Form:
    """A statement as one kind of database has it."""

    def __init__(
        self, statement: ClauseElement, columns: tuple[str, ...], dialect: Dialect
    ) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=list(columns) or None)
        self._sql: str = compiled.string
        self._order: list[str] | None = compiled.positiontup
        self._constants: dict[str, Any] = {
            name: value for name, value in compiled.params.items() if value is not None
        }
        self._binds: list[tuple[str, Process | None]] = [
            (name, bind.type.dialect_impl(dialect).bind_processor(dialect))
            for bind, name in compiled.bind_names.items()
            if name in compiled.params
        ]
        self._results: list[tuple[str, Process | None]] = []
        if isinstance(statement, Select):
            self._results = [
                (column.name, column.type.dialect_impl(dialect).result_processor(dialect, None))
                for column in statement.selected_columns
            ]

    def run(self, connection: Connection, values: Row) -> Any:
        ready = dict(self._constants)
        for name, process in self._binds:
            if name in values:
                value = values[name]
                ready[name] = process(value) if process else value
        driver: Any = connection.connection.driver_connection
        if self._order is None:
            return driver.execute(self._sql, ready)
        return driver.execute(self._sql, [ready[name] for name in self._order])

    def row(self, found: Any) -> Row:
        return {
            name: process(value) if process else value
            for (name, process), value in zip(self._results, found, strict=True)
        }

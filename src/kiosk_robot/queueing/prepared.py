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
        by_name: dict[str, Process | None] = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect)
            for bind, name in compiled.bind_names.items()
            if name in compiled.params
        }
        self._positional = compiled.positiontup is not None
        self._binds = [
            (name, by_name[name], compiled.params[name])
            for name in (compiled.positiontup if self._positional else by_name)
        ]
        self._results: list[tuple[str, Process | None]] = []
        if isinstance(statement, Select):
            self._results = [
                (column.name, column.type.dialect_impl(dialect).result_processor(dialect, None))
                for column in statement.selected_columns
            ]

    def run(self, connection: Connection, values: Row) -> Any:
        ready = [
            constant
            if name not in values
            else values[name]
            if process is None
            else process(values[name])
            for name, process, constant in self._binds
        ]
        driver: Any = connection.connection.driver_connection
        if self._positional:
            return driver.execute(self._sql, ready)
        names = (name for name, _process, _constant in self._binds)
        return driver.execute(self._sql, dict(zip(names, ready, strict=True)))

    def row(self, found: Any) -> Row:
        return {
            name: process(value) if process else value
            for (name, process), value in zip(self._results, found, strict=True)
        }

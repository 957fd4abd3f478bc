"""Statements that are compiled once: SQLAlchemy composes them, the driver runs them.

The life of a ticket is some fifteen small statements; run one by one through SQLAlchemy they take
several times as long as in the database.
"""

from collections.abc import Callable, Iterable, Mapping
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
        self._names: list[str] = compiled.positiontup if self._positional else list(by_name)
        self._constants = [compiled.params[name] for name in self._names]
        self._binds = _to_process(by_name[name] for name in self._names)
        columns_found = list(statement.selected_columns) if isinstance(statement, Select) else []
        self._found = [column.name for column in columns_found]
        self._results = _to_process(
            column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in columns_found
        )

    def run(self, connection: Connection, values: Row) -> Any:
        ready = list(map(values.get, self._names, self._constants))
        for index, process in self._binds:
            ready[index] = process(ready[index])
        driver: Any = connection.connection.dbapi_connection
        if self._positional:
            return driver.execute(self._sql, ready)
        return driver.execute(self._sql, dict(zip(self._names, ready, strict=True)))

    def row(self, found: Any) -> Row:
        values = list(found)
        for index, process in self._results:
            values[index] = process(values[index])
        return dict(zip(self._found, values, strict=True))


def _to_process(processes: Iterable[Process | None]) -> list[tuple[int, Process]]:
    return [(index, process) for index, process in enumerate(processes) if process is not None]

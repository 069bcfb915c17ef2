"""The limit of moving in: the same rows, written by the driver alone.

The registry's own statements, each once for a whole batch, with parameters that were
worked out before; a batch is a transaction.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import psycopg

from registry.application.moving import Placing
from registry.storage import moving
from registry.storage import statements as sql
from registry.storage.rows import Row

_STATEMENTS = (
    sql.TOUCH_SUBJECT,
    sql.INSERT_CONTENT,
    sql.PLACE_VERSION,
    sql.INSERT_REFERENCE,
    sql.RAISE_LAST_ID,
    sql.INSERT_AUDIT,
)


class RawRows:
    """Writes batches over one connection of the driver."""

    def __init__(self, connection: Any, spelt: Callable[[str], str]) -> None:
        self._connection = connection
        self._statements = [*map(spelt, _STATEMENTS)]

    @classmethod
    def on_sqlite(cls, file: str) -> "RawRows":
        connection = sqlite3.connect(file, isolation_level=None)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        return cls(connection, str)

    @classmethod
    def on_postgresql(cls, url: str) -> "RawRows":
        connection = psycopg.connect(url, autocommit=True)
        return cls(connection, lambda statement: statement.replace("?", "%s"))

    def write(self, batches: Iterable[Sequence[list[Row]]]) -> None:
        cursor = self._connection.cursor()
        for rows in batches:
            cursor.execute("BEGIN")
            for statement, each in zip(self._statements, rows, strict=True):
                cursor.executemany(statement, each)
            cursor.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()


def rows_of(placings: Sequence[Placing], seq: int) -> list[list[Row]]:
    """Return the parameters of the statements, for versions of the default context."""
    names = sorted({each.version.subject.name for each in placings})
    highest = max(each.version.schema_id for each in placings)
    audit = (".", seq, 0, "benchmark", "import.write", ".", None, "{}", "benchmark")
    return [
        [(".", name) for name in names],
        moving.content_rows(placings),
        [moving.version_row(each) for each in placings],
        moving.reference_rows(placings),
        [(highest, ".", highest)],
        [audit],
    ]

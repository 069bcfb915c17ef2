"""The limit of a registration: its steps on the driver, and nothing around them.

The same steps as `SqlTransactions.write` runs, one statement each, with parameters that
were worked out before. On SQLite they are the registry's own statements.
"""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

import psycopg

from registry.storage.appending import Appending
from registry.storage.rows import from_entry
from registry.storage.statements import INSERT_AUDIT

_COUNTERS = """
SELECT last_id, change_seq FROM context WHERE name = ? AND settings_revision = ?
"""
_FIRST_VERSION = """
INSERT INTO subject (context, name, revision) VALUES (?, ?, 1) ON CONFLICT DO NOTHING
"""
_FIND_ID = """
SELECT id FROM content
WHERE context = ? AND schema_type = ? AND content_sha256 = ?
"""
_COUNT = "UPDATE context SET last_id = ?, change_seq = ? WHERE name = ?"
_INSERT_CONTENT = """
INSERT INTO content (context, id, schema_type, text, content_sha256, guid,
reference_json, metadata_json, rule_set_json, created_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_VERSION = """
INSERT INTO version (context, subject, version, schema_id, created_ms, is_deleted)
VALUES (?, ?, ?, ?, ?, FALSE)
"""


class RawRegistration:
    """Registers over connections of the driver, one for each thread."""

    def __init__(
        self,
        connect: Callable[[], Any],
        begin: str,
        sql: Callable[[str], str],
        turn: AbstractContextManager[object],
        counters: str = _COUNTERS,
    ) -> None:
        self._begin = begin
        self._turn = turn
        self._connect = connect
        self._own = threading.local()
        self._counters, self._first_version = sql(counters), sql(_FIRST_VERSION)
        self._find_id, self._count = sql(_FIND_ID), sql(_COUNT)
        self._insert_content = sql(_INSERT_CONTENT)
        self._insert_version, self._insert_audit = (
            sql(_INSERT_VERSION),
            sql(INSERT_AUDIT),
        )

    @classmethod
    def on_sqlite(cls, file: str) -> "RawRegistration":
        def connect() -> sqlite3.Connection:
            connection = sqlite3.connect(file, timeout=5, isolation_level=None)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            return connection

        # The lock spares SQLite's writers their polling: it is faster than none.
        return cls(connect, "BEGIN IMMEDIATE", str, threading.Lock())

    @classmethod
    def on_postgresql(cls, url: str) -> "RawRegistration":
        return cls(
            lambda: psycopg.connect(url, autocommit=True),
            "BEGIN",
            lambda statement: statement.replace("?", "%s"),
            nullcontext(),
            f"{_COUNTERS} FOR UPDATE",
        )

    def __call__(self, it: Appending) -> None:
        with self._turn:
            self._transaction(self._connection().execute, it)

    def _connection(self) -> Any:
        found = getattr(self._own, "connection", None)
        if found is None:
            found = self._own.connection = self._connect()
        return found

    def _transaction(self, execute: Callable[..., Any], it: Appending) -> None:
        context, subject, content = it.context, it.new.subject.name, it.new.content
        schema_type = content.schema_type.value
        execute(self._begin)
        settings = (context, it.based_on.settings)
        last_id, seq = execute(self._counters, settings).fetchone()
        execute(self._first_version, (context, subject))
        key = (context, schema_type, it.sha256)
        assert execute(self._find_id, key).fetchone() is None
        schema_id, seq = last_id + 1, seq + 1
        execute(self._count, (schema_id, seq, context))
        fixed = (schema_type, content.text, it.sha256, it.guid, None, None, None)
        written = it.new.created_ms
        execute(self._insert_content, (context, schema_id, *fixed, written))
        version = (context, subject, it.new.version, schema_id, written)
        execute(self._insert_version, version)
        head, tail = it.after
        entry = replace(it.entry, after=f"{head}{schema_id}{tail}")
        execute(self._insert_audit, from_entry(it.context, seq, entry))
        execute("COMMIT")

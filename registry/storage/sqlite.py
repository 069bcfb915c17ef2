"""What is particular to SQLite: one writer at a time, who sees all that is committed.

A writing transaction begins with `BEGIN IMMEDIATE`, so nothing changes between its
statements and no row needs a lock of its own.
"""

import sqlite3
import time
from dataclasses import replace
from typing import Any, Final

from registry.application.stored import StaleRevisionError
from registry.domain.errors import StoreUnavailableError
from registry.storage.appending import Appended, Appending
from registry.storage.faults import ConflictError, ConnectionLostError, unstorable
from registry.storage.rows import from_entry
from registry.storage.statements import (
    FIND_ID,
    INSERT_AUDIT,
    INSERT_CONTENT,
    INSERT_REFERENCE,
    INSERT_VERSION,
)

Error: Final = (sqlite3.Error, UnicodeEncodeError, OverflowError)
BEGIN: Final = "BEGIN IMMEDIATE"
OLDEST: Final = (3, 35, 0)
"""The first SQLite that knows RETURNING."""
# The lists of a rule set are its arrays.
HAS_RULE: Final = """EXISTS (
  SELECT 1 FROM json_each(c.rule_set_json) AS family, json_each(
    CASE family.type WHEN 'array' THEN family.value ELSE '[]' END
  ) AS rule WHERE json_extract(rule.value, '$.type') = ?
)"""
"""Whether the content `c` has a rule of a type."""

ONE_OF: Final = "IN (SELECT value FROM json_each(?))"
"""What a text is that is in a JSON array: one parameter for any number of them."""

IS_LIKE: Final = "GLOB ?"
"""What a text is that a pattern covers; the parameter is made by `like`."""

_CREATE_CONTEXT: Final = "INSERT OR IGNORE INTO context (name) VALUES (?)"
_CREATE_FIRST: Final = """
INSERT INTO context (name)
SELECT ? FROM context WHERE name = '.__GLOBAL' AND settings_revision = ?
ON CONFLICT DO NOTHING
"""
_COUNTERS: Final = """
SELECT last_id, change_seq FROM context WHERE name = ? AND settings_revision = ?
"""
_FIRST_VERSION: Final = """
INSERT OR IGNORE INTO subject (context, name, revision) VALUES (?, ?, 1)
"""
_NEXT_VERSION: Final = """
UPDATE subject SET revision = revision + 1
WHERE context = ? AND name = ? AND revision = ?
"""
_LIVE_TARGET: Final = """
SELECT 1 FROM version AS v
WHERE v.context = ? AND v.subject = ? AND v.version = ? AND NOT v.is_deleted
AND NOT EXISTS (
  SELECT 1 FROM association AS a WHERE a.context = v.context AND a.subject = v.subject
  AND a.lifecycle = 'STRONG'
)
"""
_COUNT: Final = """
UPDATE context SET last_id = ?, change_seq = ?, is_dropped = FALSE WHERE name = ?
"""
_DELETE_UNUSED_CONTENT: Final = """
DELETE FROM content WHERE context = ? AND id = ? AND NOT EXISTS (
  SELECT 1 FROM version AS v
  WHERE v.context = content.context AND v.schema_id = content.id
) RETURNING schema_type, content_sha256
"""
_INSERT_TOMBSTONE: Final = """
INSERT INTO tombstone (context, id, schema_type, content_sha256) VALUES (?, ?, ?, ?)
"""


def use_write_ahead_log(connection: Any) -> None:
    """Let readers go on while somebody writes; remembered in the file.

    Raises:
        sqlite3.OperationalError: Somebody has kept the file locked for too long.

    """
    for pause_s in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            # SQLite does not wait by itself when the mode changes.
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(pause_s)
        else:
            return
    connection.execute("PRAGMA journal_mode = WAL")


def sql(statement: str) -> str:
    return statement


def lock(connection: Any, context: str) -> None:
    connection.execute(_CREATE_CONTEXT, (context,))


def lock_all(connection: Any) -> None:
    """Do nothing: the transaction has the whole database to itself."""


def is_one_statement(it: Appending) -> bool:
    return False


def append(connection: Any, it: Appending) -> Appended | None:
    """Write a version with all that belongs to it; None if the revision is stale."""
    counters = _counters(connection, it)
    if counters is None or not _take_turn(connection, it):
        return None
    last_id, change_seq = counters
    new, context, seq = it.new, it.context, change_seq + 1
    key = (context, str(new.content.schema_type), it.sha256)
    known = connection.execute(FIND_ID, key).fetchone()
    schema_id = last_id + 1 if known is None else known[0]
    connection.execute(_COUNT, (max(last_id, schema_id), seq, context))
    if known is None:
        connection.execute(INSERT_CONTENT, it.content_row(schema_id))
    place = (context, new.subject.name, new.version)
    connection.execute(INSERT_VERSION, (*place, schema_id, new.created_ms))
    for row in it.reference_rows():
        connection.execute(INSERT_REFERENCE, row)
    head, tail = it.after
    entry = replace(it.entry, after=f"{head}{schema_id}{tail}")
    connection.execute(INSERT_AUDIT, from_entry(context, seq, entry))
    return Appended(schema_id, seq)


def remove_unused(connection: Any, context: str, schema_id: int) -> bool:
    """Remove a content that no version has, and leave its id a tombstone."""
    key = (context, schema_id)
    content = connection.execute(_DELETE_UNUSED_CONTENT, key).fetchone()
    if content is None:
        return False
    connection.execute(_INSERT_TOMBSTONE, (*key, *content))
    return True


def translated(error: Exception) -> Exception:
    """Return what to raise instead; the error itself if nothing can be done."""
    if isinstance(error, UnicodeEncodeError | OverflowError):
        return unstorable()
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return ConflictError()
    # RESTRICT reports itself as a trigger's refusal, but in a foreign key's words.
    if name in _BROKEN_KEYS or str(error).startswith("FOREIGN KEY"):
        return StaleRevisionError()
    if name == "SQLITE_TOOBIG":
        return unstorable()
    if name.startswith(_OUT_OF_REACH):
        return StoreUnavailableError()
    if "closed database" in str(error):
        return ConnectionLostError()
    return error


_BROKEN_KEYS: Final = frozenset(
    {
        "SQLITE_CONSTRAINT_FOREIGNKEY",
        "SQLITE_CONSTRAINT_PRIMARYKEY",
        "SQLITE_CONSTRAINT_UNIQUE",
    }
)
_OUT_OF_REACH: Final = (
    "SQLITE_CANTOPEN",
    "SQLITE_FULL",
    "SQLITE_IOERR",
    "SQLITE_NOMEM",
    "SQLITE_PERM",
    "SQLITE_READONLY",
)


def _counters(connection: Any, it: Appending) -> tuple[int, int] | None:
    """Return last_id and change_seq if the settings are those of the revision."""
    settings = it.based_on.settings
    if it.creates_context:
        global_revision = -1 - settings
        created = connection.execute(_CREATE_FIRST, (it.context, global_revision))
        if created.rowcount != 1:
            return None
        settings = 0
    found: tuple[int, int] | None = connection.execute(
        _COUNTERS, (it.context, settings)
    ).fetchone()
    return found


def _take_turn(connection: Any, it: Appending) -> bool:
    """Count the subject's revision up if it and the targets are as they were."""
    for each in it.targets:
        target = (each.context, each.subject, each.version)
        if connection.execute(_LIVE_TARGET, target).fetchone() is None:
            return False
    subject = (it.context, it.new.subject.name)
    if it.based_on.subject is None:
        return bool(connection.execute(_FIRST_VERSION, subject).rowcount == 1)
    revision = (*subject, it.based_on.subject)
    return bool(connection.execute(_NEXT_VERSION, revision).rowcount == 1)


def like(glob: str) -> str:
    """Return a pattern in which only stars mean more than themselves."""
    return glob.replace("[", "[[]").replace("?", "[?]")

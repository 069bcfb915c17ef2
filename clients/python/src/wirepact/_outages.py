"""Which errors of a database say that it is out, and not that a statement is wrong.

An outage is waited for, and no message is put aside because of it. So whatever one
message may cause by itself, again and again, is none: else it would stop all others.
"""

import sqlite3
from typing import Final

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

# Source: PostgreSQL 15, appendix A, error codes.
_OUT: Final = (
    "08",  # the connection
    "25006",  # read-only: a standby, or a disk that is full for some hosts
    "28",  # who may log in: a password was changed
    "3D000",  # no such database
    "53",  # out of memory, disk or connections
    "57P",  # shut down, starting, dropped
    "58",  # the disk's or the system's errors
)
_OWN: Final = (
    # A session that was idle in a transaction for too long, or had one. The server ends
    # the connection as well, but it is the handler that took so long.
    "25P",
    "57P05",  # a session that was idle, likewise
)
# Source: SQLite, "Result and Error Codes".
_SQLITE_OUT: Final = (
    "SQLITE_BUSY",
    "SQLITE_CANTOPEN",
    "SQLITE_CORRUPT",
    "SQLITE_FULL",
    "SQLITE_IOERR",
    "SQLITE_LOCKED",
    "SQLITE_NOMEM",
    "SQLITE_NOTADB",
    "SQLITE_PERM",
    "SQLITE_PROTOCOL",
    "SQLITE_READONLY",
)


def find_outage(error: BaseException) -> str | None:
    """Return in the driver's words why a database is out; None if it is not."""
    if isinstance(error, PoolTimeoutError):
        return "all connections of the pool are in use, and none came free in time"
    if not isinstance(error, DBAPIError) or error.orig is None:
        return None
    return _words(error.orig) if _is_outage(error) else None


def _is_outage(error: DBAPIError) -> bool:
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorname", "").startswith(_SQLITE_OUT)
    # The second name is psycopg2's.
    state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    if state:
        return str(state).startswith(_OUT) and not str(state).startswith(_OWN)
    # Without a state, no server has spoken: it is not there, or has gone away.
    return error.connection_invalidated or isinstance(error, OperationalError)


def _words(cause: BaseException) -> str:
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else type(cause).__name__

"""Copies of a SQLite database, taken while it is served."""

import os
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path

from registry.domain.errors import StoreUnavailableError
from registry.storage.urls import DatabaseUrlError, parsed, sqlite_file


class DamagedError(Exception):
    """The copy does not hold together: so does, most likely, what was copied."""


def back_up(url: str, file: Path) -> int:
    """Copy a SQLite database into a file and return the file's size in bytes.

    The copy is of one moment, and servers go on meanwhile. The file is replaced as a
    whole, when the copy has been checked: an interrupted run leaves the former one.

    Raises:
        DatabaseUrlError: It is no SQLite database.
        StoreUnavailableError: There is no such database, or it cannot be read.
        DamagedError: The copy fails its check.

    """
    source = parsed(url)
    if source.get_backend_name() != "sqlite":
        raise DatabaseUrlError(
            "only a SQLite database is backed up in here; for PostgreSQL use pg_dump,"
            " which takes a copy of one moment as well"
        )
    database = sqlite_file(source)
    if file.exists() and database.exists() and file.samefile(database):
        raise DatabaseUrlError("a backup needs another file than the database itself")
    handle, name = tempfile.mkstemp(dir=file.absolute().parent, prefix=".", suffix="~")
    os.close(handle)
    part = Path(name)
    try:
        _copy(database, part)
        _check(part)
        _sync(part)
        size = part.stat().st_size
        part.replace(file)
        _sync(file.absolute().parent)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
    return size


def _copy(database: Path, part: Path) -> None:
    try:
        with (
            closing(
                sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True)
            ) as source,
            closing(sqlite3.connect(part)) as target,
        ):
            # In one go: in parts, it would begin anew with each write of others. They
            # are not in each other's way, as the original has a write-ahead log.
            source.backup(target)
            # One file that is whole by itself, whatever mode the original is in.
            target.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError as error:
        raise StoreUnavailableError from error


def _check(part: Path) -> None:
    with closing(sqlite3.connect(part)) as copy:
        try:
            found = [row[0] for row in copy.execute("PRAGMA integrity_check")]
        except sqlite3.DatabaseError as error:
            raise DamagedError(str(error)) from error
    if found != ["ok"]:
        raise DamagedError(found[0])


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

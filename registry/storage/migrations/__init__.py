"""Bringing a database to the level of this release, and asking which one it has.

Found by package, not by `alembic.ini`: an installed wheel has no such file.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from registry.domain.errors import StoreUnavailableError
from registry.storage import sqlite
from registry.storage.engine import CONNECT_TIMEOUT_S, refuse_unsuitable_place
from registry.storage.faults import LET_THE_ROLE, PrivilegeMissingError
from registry.storage.files import make_privately
from registry.storage.urls import parsed, sqlite_file

_LOCK_KEY: Final = 7_309_456_721
"""Of the advisory lock; any number that nobody else takes."""

_WAIT_FOR_OTHERS_S: Final = 60
_one_at_a_time = threading.Lock()
"""Alembic's context is a global of the process."""


_MAY_NOT_MIGRATE: Final = "run `wirepact db upgrade` as the role that owns the tables"


class Level(Enum):
    """How a database stands to this release."""

    EMPTY = "has no tables of a registry yet"
    OLDER = "is of an older release"
    CURRENT = "is up to date"
    NEWER = "is of a newer release"


ADVICE: Final = {
    Level.EMPTY: "run `wirepact db upgrade`",
    Level.OLDER: "run `wirepact db upgrade`",
    Level.NEWER: "run the release that upgraded it, or a newer one",
}
"""What to do about a database that is not up to date."""


@dataclass(frozen=True, slots=True)
class State:
    """The level of a database.

    Attributes:
        found: The revision that it has; None when it is empty.
        expected: The revision that this release needs.

    """

    level: Level
    found: str | None
    expected: str


def state(url: str) -> State:
    """Return the level of a database, without changing anything.

    Raises:
        DatabaseUrlError: The URL cannot be used.
        PrivilegeMissingError: The role may not read the level.
        StoreUnavailableError: The database cannot be reached.

    """
    place = parsed(url)
    script = ScriptDirectory.from_config(_config())
    expected = script.get_current_head() or ""
    if place.get_backend_name() == "sqlite" and not sqlite_file(place).exists():
        return State(Level.EMPTY, None, expected)
    try:
        with migrating_engine(url).connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
    except DBAPIError as error:
        _hold_permitted(error, LET_THE_ROLE)
        raise StoreUnavailableError from error.orig
    return State(_level(found, expected, script), found, expected)


def upgrade(url: str, revision: str = "head") -> State:
    """Apply the migrations that a database lacks, all or none; return its level.

    One of a newer release is left as it is. Safe to be called by several processes at
    once: one migrates, the others wait and find nothing left to do.

    Raises:
        DatabaseUrlError: The URL cannot be used.
        PrivilegeMissingError: The role may not change tables; nothing was changed.
        StoreUnavailableError: The database cannot be reached, or is being migrated
            by somebody else for too long.

    """
    found = state(url)
    if found.level is Level.NEWER:
        return found
    _migrate(url, lambda config: command.upgrade(config, revision))
    return state(url)


def downgrade(url: str, revision: str) -> State:
    """Undo migrations down to a revision; `base` leaves nothing. Data is lost."""
    _migrate(url, lambda config: command.downgrade(config, revision))
    return state(url)


def migrating_engine(text: str) -> Engine:
    """Make an engine for a few statements; whoever uses it begins and ends."""
    url = parsed(text)
    if url.get_backend_name() == "sqlite":
        refuse_unsuitable_place(url)
        arguments: dict[str, object] = {"timeout": _WAIT_FOR_OTHERS_S}
    else:
        url = url.difference_update_query(["pgbouncer"])
        arguments = {
            "connect_timeout": CONNECT_TIMEOUT_S,
            "prepare_threshold": None,
        }
    engine = create_engine(
        url,
        connect_args=arguments,
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
        hide_parameters=True,
    )
    if engine.dialect.name == "sqlite":
        make_privately(engine, sqlite_file(url))
    return engine


def _migrate(url: str, act: Callable[[Config], None]) -> None:
    try:
        with _one_at_a_time, migrating_engine(url).connect() as connection:
            _take_turn(connection)
            config = _config()
            config.attributes["connection"] = connection
            act(config)
            connection.exec_driver_sql("COMMIT")
            if connection.dialect.name == "sqlite":
                sqlite.use_write_ahead_log(connection.connection.driver_connection)
    except DBAPIError as error:
        _hold_permitted(error, _MAY_NOT_MIGRATE)
        if error.connection_invalidated or _is_of_the_moment(error):
            raise StoreUnavailableError from error.orig
        raise


def _take_turn(connection: Connection) -> None:
    """Begin, and wait until nobody else migrates this database."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    for statement in (
        "BEGIN",
        "SET LOCAL statement_timeout = 0",
        f"SET LOCAL lock_timeout = '{_WAIT_FOR_OTHERS_S}s'",
        f"SELECT pg_advisory_xact_lock({_LOCK_KEY})",
        # Not to queue for a table for long: behind us, all its readers queue too.
        "SET LOCAL lock_timeout = '3s'",
    ):
        connection.exec_driver_sql(statement)


def _hold_permitted(error: DBAPIError, advice: str) -> None:
    found = error.orig
    if isinstance(found, psycopg.errors.InsufficientPrivilege):
        reason = found.diag.message_primary or "permission denied"
        raise PrivilegeMissingError(reason, advice) from found


def _is_of_the_moment(error: DBAPIError) -> bool:
    # Failed to connect; or a lock was not granted in time.
    return isinstance(error, OperationalError)


def _config() -> Config:
    config = Config()
    folder = str(Path(__file__).parent)
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _level(found: str | None, expected: str, script: ScriptDirectory) -> Level:
    if found is None:
        return Level.EMPTY
    if found == expected:
        return Level.CURRENT
    known = {each.revision for each in script.walk_revisions()}
    return Level.OLDER if found in known else Level.NEWER

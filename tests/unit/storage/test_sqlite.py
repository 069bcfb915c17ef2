"""What SQLite's errors mean, how it is made to let readers go on, and its patterns."""

import sqlite3
import time

import pytest

from registry.application.stored import StaleRevisionError
from registry.domain.errors import InvalidSchemaError, StoreUnavailableError
from registry.storage import sqlite
from registry.storage.faults import ConflictError, ConnectionLostError


def error(name=None, text="", code=None):
    found = sqlite3.OperationalError(text)
    if name is not None:
        found.sqlite_errorname = name
    if code is not None:
        found.sqlite_errorcode = code
    return found


@pytest.mark.parametrize(
    ("given", "meaning"),
    [
        (error("SQLITE_BUSY"), ConflictError),
        (error("SQLITE_BUSY_SNAPSHOT"), ConflictError),
        (error("SQLITE_LOCKED"), ConflictError),
        (error("SQLITE_CONSTRAINT_FOREIGNKEY"), StaleRevisionError),
        (error("SQLITE_CONSTRAINT_PRIMARYKEY"), StaleRevisionError),
        (error("SQLITE_CONSTRAINT_UNIQUE"), StaleRevisionError),
        (
            error("SQLITE_CONSTRAINT_TRIGGER", "FOREIGN KEY constraint failed"),
            StaleRevisionError,
        ),
        (error("SQLITE_TOOBIG"), InvalidSchemaError),
        (OverflowError(), InvalidSchemaError),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "half"), InvalidSchemaError),
        (error("SQLITE_CANTOPEN"), StoreUnavailableError),
        (error("SQLITE_FULL"), StoreUnavailableError),
        (error("SQLITE_IOERR_WRITE"), StoreUnavailableError),
        (error("SQLITE_READONLY"), StoreUnavailableError),
        (
            sqlite3.ProgrammingError("Cannot operate on a closed database."),
            ConnectionLostError,
        ),
    ],
    ids=repr,
)
def test_given_an_error_when_translated_then_it_says_what_can_be_done(given, meaning):
    assert type(sqlite.translated(given)) is meaning


@pytest.mark.parametrize(
    "given",
    [
        error("SQLITE_ERROR", "no such table: version"),
        error("SQLITE_CONSTRAINT_CHECK", "CHECK constraint failed"),
        error("SQLITE_CONSTRAINT_TRIGGER", "no: FOREIGN KEY"),
        sqlite3.ProgrammingError("Incorrect number of bindings supplied."),
    ],
    ids=repr,
)
def test_given_a_fault_of_ours_when_translated_then_it_stays_what_it_is(given):
    assert sqlite.translated(given) is given


class Locked:
    """A connection to a file that somebody keeps locked for some attempts."""

    def __init__(self, times, code=sqlite3.SQLITE_BUSY):
        self.times = times
        self.code = code
        self.statements = []

    def execute(self, statement):
        self.statements.append(statement)
        if len(self.statements) <= self.times:
            raise error("SQLITE_BUSY", "database is locked", self.code)


@pytest.fixture
def pauses(monkeypatch):
    found: list[float] = []
    monkeypatch.setattr(time, "sleep", found.append)
    return found


@pytest.mark.parametrize("times", [0, 1, 7, 8])
def test_given_a_locked_file_when_its_mode_changes_then_it_is_tried_again(
    pauses, times
):
    connection = Locked(times)

    sqlite.use_write_ahead_log(connection)

    assert connection.statements == ["PRAGMA journal_mode = WAL"] * (times + 1)
    assert len(pauses) == times
    assert pauses == sorted(pauses)
    assert sum(pauses) < 4


def test_given_a_file_locked_for_too_long_when_its_mode_changes_then_it_says_so(pauses):
    with pytest.raises(sqlite3.OperationalError, match="database is locked"):
        sqlite.use_write_ahead_log(Locked(9))

    assert len(pauses) == 8


def test_given_another_error_when_its_mode_changes_then_nobody_waits(pauses):
    with pytest.raises(sqlite3.OperationalError):
        sqlite.use_write_ahead_log(Locked(1, sqlite3.SQLITE_CANTOPEN))

    assert pauses == []


@pytest.mark.parametrize(
    ("glob", "covered", "others"),
    [
        ("a*", ["a", "ab"], ["b", "A"]),
        ("[a]*", ["[a]", "[a]b"], ["a", "ab"]),
        ("a?", ["a?"], ["ab", "a"]),
        ("[?]", ["[?]"], ["?", "a", "[a]"]),
    ],
)
def test_given_a_glob_when_sqlite_matches_it_then_only_stars_mean_more(
    glob, covered, others
):
    connection = sqlite3.connect(":memory:")

    def is_covered(name):
        question = f"SELECT ? {sqlite.IS_LIKE}"
        return connection.execute(question, (name, sqlite.like(glob))).fetchone() == (
            1,
        )

    assert [name for name in covered + others if is_covered(name)] == covered
    connection.close()


def test_given_a_statement_when_it_is_sqlites_then_it_stays_what_it_is():
    assert sqlite.sql("SELECT ?") == "SELECT ?"
    assert sqlite.is_one_statement(None) is False

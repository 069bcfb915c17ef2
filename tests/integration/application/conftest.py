"""Use cases over a real store: SQLite in a private folder."""

import itertools
import json
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest

from registry.application.changes import Changes
from registry.application.parsing import Parsing
from registry.application.ports import Ports
from registry.domain.formats.avro.format import AvroFormat
from registry.domain.formats.jsonschema.format import JsonFormat
from registry.domain.limits import Limits
from registry.domain.model import SchemaType
from registry.domain.schema import Formats
from registry.storage.engine import SqlTransactions, connect
from registry.storage.faults import ConnectionLostError
from registry.storage.link import Link
from tests.doubles.word_lists import WordListFormat


@pytest.fixture(scope="session")
def empty_database(wirepact_database):
    """Return the bytes of a migrated database, so that each test copies a file."""
    return wirepact_database.read_bytes()


@pytest.fixture
def ports(tmp_path, empty_database):
    path = tmp_path / "registry.db"
    path.write_bytes(empty_database)
    transactions = SqlTransactions(connect(f"sqlite:///{path}"), Changes())
    clock = itertools.count(1_700_000_000_000).__next__
    formats: Formats = {SchemaType.AVRO: AvroFormat(), SchemaType.JSON: JsonFormat()}
    parsing = Parsing(formats, Limits(), cache_bytes=1_000_000)
    yield Ports(transactions, parsing, clock)
    transactions.close()


@pytest.fixture
def words():
    """The format of word lists, which counts what it parses."""
    return WordListFormat()


@pytest.fixture
def worded(ports, words):
    """Ports that speak word lists beside Avro; nothing parsed is kept."""
    formats = {SchemaType.AVRO: AvroFormat(), SchemaType.JSON: words}
    return replace(ports, parsing=Parsing(formats, Limits(), cache_bytes=0))


class Interfering:
    """Transactions in which something happens before the first write, and the next."""

    def __init__(self, real, *acts):
        self._real = real
        self._acts = [*reversed(acts)]

    def read(self):
        return self._real.read()

    def write(self, act):
        if self._acts:
            self._acts.pop()()
        return self._real.write(act)


class Forgetful:
    """Transactions whose first commit is not heard of, so that the act is repeated."""

    def __init__(self, real):
        self._real = real
        self._unheard = True

    def read(self):
        return self._real.read()

    def write(self, act):
        if self._unheard:
            self._unheard = False
            self._real.write(act)
        return self._real.write(act)


@pytest.fixture
def unanswered(ports, monkeypatch):
    """Ports whose first commit gets through, but is not answered."""
    commit = Link.commit

    def unheard(link):
        monkeypatch.setattr(Link, "commit", commit)
        commit(link)
        link.abandon()
        raise ConnectionLostError

    def build():
        monkeypatch.setattr(Link, "commit", unheard)
        return ports

    return build


@pytest.fixture
def audit(ports, tmp_path):
    """Return the audit rows so far: action, target, before, after."""

    def read():
        with closing(sqlite3.connect(tmp_path / "registry.db")) as database:
            found = database.execute(
                "SELECT action, target, before, after FROM audit ORDER BY seq"
            ).fetchall()
        return [
            (action, target, *(each and json.loads(each) for each in change))
            for action, target, *change in found
        ]

    return read


@pytest.fixture
def by_hand(ports, tmp_path):
    """Run a statement past the store."""

    def run(statement):
        with closing(sqlite3.connect(tmp_path / "registry.db")) as database, database:
            database.execute(statement)

    return run


class Watched:
    """Transactions that note what is read, and whether a reader is open."""

    def __init__(self, real):
        self._real = real
        self.reads = []
        self.open_readers = 0

    @contextmanager
    def read(self):
        with self._real.read() as store:
            self.open_readers += 1
            try:
                yield Noting(store, self.reads)
            finally:
                self.open_readers -= 1

    def write(self, act):
        return self._real.write(act)


class Noting:
    """A reader that notes the names of what it is asked."""

    def __init__(self, real, names):
        self._real = real
        self._names = names

    def __getattr__(self, name):
        self._names.append(name)
        return getattr(self._real, name)


@pytest.fixture
def watched(ports):
    """Ports that note reads, and fail when something is parsed under an open reader."""
    transactions = Watched(ports.transactions)

    class WatchedFormat(AvroFormat):
        def parse(self, *parts):
            assert not transactions.open_readers
            return super().parse(*parts)

    parsing = Parsing({SchemaType.AVRO: WatchedFormat()}, Limits(), cache_bytes=0)
    return replace(ports, transactions=transactions, parsing=parsing)


@pytest.fixture
def interfering(ports):
    def build(*acts):
        return replace(ports, transactions=Interfering(ports.transactions, *acts))

    return build


@pytest.fixture
def forgetful(ports):
    return replace(ports, transactions=Forgetful(ports.transactions))

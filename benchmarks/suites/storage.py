"""The registration transaction, against the driver running the same statements."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks import corpus
from benchmarks.alternating import alternate
from benchmarks.peers.registration import RawRegistration
from benchmarks.rows import Claim, Row, row
from registry.application import registration
from registry.application.changes import Changes
from registry.application.parsing import Parsing
from registry.application.ports import Ports, SchemaStore
from registry.application.stored import (
    AuditEntry,
    NewVersion,
    Origin,
    Revision,
)
from registry.application.submission import Submission
from registry.domain.formats.avro.format import AvroFormat
from registry.domain.identity import identity_bytes
from registry.domain.limits import DEFAULT_LIMITS
from registry.domain.model import Content, SchemaId, SchemaType, Subject, Version
from registry.storage import migrations
from registry.storage.appending import Appending
from registry.storage.engine import SqlTransactions, connect
from tests.services.postgres import postgres
from tests.services.programs import ServiceMissingError

SUITE = "storage"
_ROUNDS = 9
_BURST = 160
_THREADS = (1, 8)
_ORIGIN = Origin(actor="benchmark", request_id="benchmark")
_EVERYTHING = (
    "SELECT * FROM context ORDER BY name",
    "SELECT * FROM subject ORDER BY context, name",
    "SELECT * FROM content ORDER BY context, id",
    "SELECT * FROM version ORDER BY context, subject, version",
    "SELECT * FROM audit ORDER BY context, seq",
)


@dataclass(frozen=True, slots=True)
class Database:
    """Where the same is stored twice: by us, and by the driver alone.

    Attributes:
        at_least: The goal, as a part of the driver's rate.

    """

    name: str
    at_least: float
    ours: str
    raw_url: str
    raw: RawRegistration


def rows() -> list[Row]:
    """Measure on SQLite, and on PostgreSQL if it is installed."""
    with _on_sqlite() as database:
        found = list(_rows(database))
    try:
        with _on_postgresql() as database:
            found += _rows(database)
    except ServiceMissingError as error:
        if os.environ.get("CI") == "true":
            raise
        print(f"storage: left out: {error}", file=sys.stderr)
    return found


@contextmanager
def _on_sqlite() -> Iterator[Database]:
    with tempfile.TemporaryDirectory(prefix="wirepact-bench-") as folder:
        ours, raw = Path(folder, "ours.db"), Path(folder, "raw.db")
        for file in (ours, raw):
            migrations.upgrade(f"sqlite:///{file}")
        yield Database(
            "SQLite",
            0.6,
            f"sqlite:///{ours}",
            f"sqlite:///{raw}",
            RawRegistration.on_sqlite(str(raw)),
        )


@contextmanager
def _on_postgresql() -> Iterator[Database]:
    with postgres(fsync="on", full_page_writes="on") as server:
        ours, raw = server.create_database(), server.create_database()
        for url in (ours, raw):
            migrations.upgrade(url)
        yield Database("PostgreSQL", 1.0, ours, raw, RawRegistration.on_postgresql(raw))


def _rows(database: Database) -> Iterator[Row]:
    engine = connect(database.ours)
    transactions = SqlTransactions(engine, Changes())
    numbers = count()
    try:
        _assert_same_rows(database, transactions, numbers)
        for threads in _THREADS:
            yield from _measured(database, transactions, numbers, threads)
    finally:
        engine.dispose()


def _measured(
    database: Database,
    transactions: SqlTransactions,
    numbers: Iterator[int],
    threads: int,
) -> Iterator[Row]:
    ports = Ports(
        transactions,
        Parsing({SchemaType.AVRO: AvroFormat()}, DEFAULT_LIMITS, 1 << 20),
        lambda: 0,
    )

    def whole(it: Appending) -> None:
        submission = Submission(it.new.content.text)
        registration.register(ports, it.new.subject, submission, _ORIGIN)

    acts: dict[str, Callable[[Appending], object]] = {
        "ours": partial(_append, transactions),
        "raw": database.raw,
        "whole": whole,
    }
    with ThreadPoolExecutor(threads) as pool:
        measures = {
            name: _burst(act, numbers, pool, threads) for name, act in acts.items()
        }
        samples = alternate(measures, _ROUNDS)
    place = f"{database.name}, {threads} thread{'s' * (threads > 1)}"
    for name, what, goal in (
        ("ours", "append", database.at_least),
        ("whole", "parse, check and append", None),
    ):
        claim = Claim(SUITE, f"{place}: {what}", "per s", "limit", at_least=goal)
        yield row(claim, samples[name], limit=samples["raw"])


def _burst(
    act: Callable[[Appending], object],
    numbers: Iterator[int],
    pool: ThreadPoolExecutor,
    threads: int,
) -> Callable[[], float]:
    """Return a measurement: registrations a second, all threads together."""

    def each(items: Sequence[Appending]) -> None:
        for it in items:
            act(it)

    def measure() -> float:
        items = [_appending(next(numbers)) for _ in range(_BURST)]
        shares = [items[start::threads] for start in range(threads)]
        started = perf_counter()
        list(pool.map(each, shares))
        return _BURST / (perf_counter() - started)

    return measure


def _append(transactions: SqlTransactions, it: Appending) -> None:
    def append(store: SchemaStore) -> SchemaId:
        return store.append(it.new, it.based_on, it.entry)

    transactions.write(append)


def _appending(number: int) -> Appending:
    """Return the first version of a subject of its own, of about two kilobytes."""
    subject = Subject(f"orders-{number}")
    content = Content(SchemaType.AVRO, corpus.wide(28, str(number)))
    new = NewVersion(subject, Version(1), content, identity_bytes(content), 0)
    target = f"{subject}/versions/1"
    entry = AuditEntry(_ORIGIN, "version.register", target, None, "{}", 0)
    return Appending.of(new, Revision(settings=0, subject=None), entry)


def _assert_same_rows(
    database: Database, transactions: SqlTransactions, numbers: Iterator[int]
) -> None:
    """Assert that both leave the same behind, so that the same work is compared."""
    for _ in range(3):
        it = _appending(next(numbers))
        _append(transactions, it)
        database.raw(it)
    assert _dump(database.ours) == _dump(database.raw_url)


def _dump(url: str) -> list[list[tuple[Any, ...]]]:
    engine = connect(url)
    try:
        with engine.connect() as connection:
            return [
                [tuple(each) for each in connection.exec_driver_sql(query)]
                for query in _EVERYTHING
            ]
    finally:
        engine.dispose()

"""Moving in ten thousand versions with references, against the driver alone."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import perf_counter

import msgspec

from benchmarks import corpus
from benchmarks.alternating import alternate
from benchmarks.peers.bulk_rows import RawRows, rows_of
from benchmarks.rows import Claim, Row, row
from registry.application import moving_in
from registry.application.changes import Changes
from registry.application.moving import Placing
from registry.application.parsing import Parsing
from registry.application.ports import Ports
from registry.application.records import Arriving, Incoming, VersionRecord
from registry.application.stored import Origin
from registry.domain.configuration import Mode
from registry.domain.formats.avro.format import AvroFormat
from registry.domain.identity import guid, identity_bytes, sha256
from registry.domain.limits import DEFAULT_LIMITS
from registry.domain.model import (
    Content,
    Reference,
    SchemaId,
    SchemaType,
    SchemaVersion,
    StoredContent,
    Subject,
    Version,
)
from registry.http.governance.moving_bodies import (
    ArrivingBody,
    VersionRecordBody,
    to_record,
)
from registry.storage import migrations
from registry.storage.engine import SqlTransactions, connect
from tests.services.postgres import postgres
from tests.services.programs import ServiceMissingError

SUITE = "moving"
_ROUNDS = 5
_VERSIONS = 10_000
_TARGETS = 100
_BATCH = 500
_AT_LEAST = 0.25
_ORIGIN = Origin(actor="benchmark", request_id="benchmark")


@dataclass(frozen=True, slots=True)
class Database:
    """Where databases come from, each with tables and nothing in them."""

    name: str
    create: Callable[[], str]
    raw: Callable[[str], RawRows]


def rows() -> list[Row]:
    """Measure on SQLite, and on PostgreSQL if it is installed."""
    placings = [_placing(number) for number in range(1, _VERSIONS + 1)]
    with _on_sqlite() as database:
        found = list(_rows(database, placings))
    try:
        with _on_postgresql() as database:
            found += _rows(database, placings)
    except ServiceMissingError as error:
        if os.environ.get("CI") == "true":
            raise
        print(f"moving: left out: {error}", file=sys.stderr)
    return found


@contextmanager
def _on_sqlite() -> Iterator[Database]:
    numbers = count()
    with tempfile.TemporaryDirectory(prefix="wirepact-bench-") as folder:

        def create() -> str:
            url = f"sqlite:///{Path(folder, f'{next(numbers)}.db')}"
            migrations.upgrade(url)
            return url

        yield Database(
            "SQLite",
            create,
            lambda url: RawRows.on_sqlite(url.removeprefix("sqlite:///")),
        )


@contextmanager
def _on_postgresql() -> Iterator[Database]:
    with postgres(fsync="on", full_page_writes="on") as server:

        def create() -> str:
            url = server.create_database()
            migrations.upgrade(url)
            return url

        yield Database("PostgreSQL", create, RawRows.on_postgresql)


def _rows(database: Database, placings: list[Placing]) -> Iterator[Row]:
    batches = [placings[at : at + _BATCH] for at in range(0, _VERSIONS, _BATCH)]
    arriving = [[*map(_incoming, batch)] for batch in batches]
    bodies = [_body(batch) for batch in batches]
    raw_rows = [rows_of(batch, seq) for seq, batch in enumerate(batches, start=1)]
    decoder = msgspec.json.Decoder(list[ArrivingBody])

    def raw() -> float:
        with closing(database.raw(database.create())) as driver:
            started = perf_counter()
            driver.write(raw_rows)
            return _VERSIONS / (perf_counter() - started)

    def import_all(ports: Ports, batch: Sequence[Arriving]) -> None:
        outcome = moving_in.import_records(ports, batch, _ORIGIN, verbatim=True)
        assert outcome.written == _BATCH, outcome

    def records() -> float:
        with _importing(database) as ports:
            started = perf_counter()
            for batch in arriving:
                import_all(ports, batch)
            return _VERSIONS / (perf_counter() - started)

    def texts() -> float:
        with _importing(database) as ports:
            started = perf_counter()
            for body in bodies:
                import_all(ports, [*map(to_record, decoder.decode(body))])
            return _VERSIONS / (perf_counter() - started)

    measures = {"raw": raw, "records": records, "texts": texts}
    samples = alternate(measures, _ROUNDS)
    for name, what in (("records", "import"), ("texts", "decode and import")):
        words = f"{database.name}: {what} {_VERSIONS} versions with references"
        claim = Claim(SUITE, words, "per s", "limit", at_least=_AT_LEAST)
        yield row(claim, samples[name], limit=samples["raw"])


@contextmanager
def _importing(database: Database) -> Iterator[Ports]:
    transactions = SqlTransactions(connect(database.create()), Changes())
    with closing(transactions):
        transactions.write(lambda store: store.put_mode(Subject(""), Mode.IMPORT))
        parsing = Parsing({SchemaType.AVRO: AvroFormat()}, DEFAULT_LIMITS, 1 << 20)
        yield Ports(transactions, parsing, lambda: 0)


def _placing(number: int) -> Placing:
    """Return a version of about two kilobytes; all but the first refer to another."""
    references: tuple[Reference, ...] = ()
    if number > _TARGETS:
        references = (Reference("Money", f"orders-{number % _TARGETS + 1}", 1),)
    content = Content(SchemaType.AVRO, corpus.wide(28, str(number)), references)
    digested = identity_bytes(content)
    stored = StoredContent(content, SchemaId(number), guid(digested))
    version = SchemaVersion(Subject(f"orders-{number}"), Version(1), stored, 0)
    return Placing(version, None, sha256(digested), is_new=True)


def _incoming(placing: Placing) -> Incoming:
    version = placing.version
    return Incoming(
        version.subject,
        version.version,
        version.schema_id,
        version.content,
        created_ms=version.created_ms,
        guid=version.stored.guid,
    )


def _body(batch: list[Placing]) -> bytes:
    records = (VersionRecord(each.version, None) for each in batch)
    return msgspec.json.encode([VersionRecordBody.of(each) for each in records])

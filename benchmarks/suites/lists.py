"""Lists over ten thousand subjects, against the driver fetching the same rows."""

import os
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import thread_time
from typing import Any, Final

from sqlalchemy.engine import Engine

from benchmarks import corpus
from benchmarks.alternating import alternate
from benchmarks.rows import Claim, Row, row
from registry.application import listing, lookup
from registry.application.changes import Changes
from registry.application.parsing import Parsing
from registry.application.ports import Ports
from registry.application.stored import (
    Page,
    Selection,
    Visibility,
)
from registry.domain.limits import DEFAULT_LIMITS
from registry.storage import migrations
from registry.storage.engine import SqlTransactions, connect
from tests.services.postgres import postgres
from tests.services.programs import ServiceMissingError

SUITE = "lists"
_ROUNDS: Final = 9
_SUBJECTS: Final = 10_000
_PAGE: Final = 1_000
"""As many schemas as a page may have."""

_SUBJECTS_QUERY: Final = """
SELECT context, name FROM subject AS s WHERE EXISTS (
  SELECT 1 FROM version AS v
  WHERE v.context = s.context AND v.subject = s.name AND NOT v.is_deleted
) ORDER BY context, name
"""
_SCHEMAS_QUERY: Final = """
SELECT v.context, v.subject, v.version, v.created_ms, v.is_deleted, c.id, c.guid,
c.schema_type, c.text, c.reference_json, c.metadata_json, c.rule_set_json
FROM subject AS s
JOIN version AS v ON v.context = s.context AND v.subject = s.name
JOIN content AS c ON c.context = v.context AND c.id = v.schema_id
WHERE s.context = '.' AND NOT v.is_deleted
ORDER BY s.context, s.name, v.version LIMIT 1000
"""


@dataclass(frozen=True, slots=True)
class _Case:
    """A list, by the registry and by the driver alone.

    Attributes:
        goal: Of the time, as a multiple of the driver's.

    """

    name: str
    ours: Callable[[], list[Any]]
    query: str
    goal: float


def rows() -> list[Row]:
    """Measure on SQLite, and on PostgreSQL if it is installed."""
    with tempfile.TemporaryDirectory(prefix="wirepact-bench-") as folder:
        found = list(_rows("SQLite", f"sqlite:///{Path(folder, 'lists.db')}"))
    try:
        with postgres() as server:
            found += _rows("PostgreSQL", server.create_database())
    except ServiceMissingError as error:
        if os.environ.get("CI") == "true":
            raise
        print(f"lists: left out: {error}", file=sys.stderr)
    return found


def _rows(database: str, url: str) -> Iterator[Row]:
    migrations.upgrade(url)
    # One connection, so that it is known which process of PostgreSQL works for it.
    engine = connect(url, pool_size=1)
    with _driver(engine) as own:
        server = _server(own)
    with _driver(connect(url)) as raw:
        _fill(raw, "?" if database == "SQLite" else "%s")
        transactions = SqlTransactions(engine, Changes())
        ports = Ports(transactions, Parsing({}, DEFAULT_LIMITS, 0), lambda: 0)
        for case in _cases(ports):
            assert len(case.ours()) == len(_fetched(raw, case.query))
            fetch = partial(_fetched, raw, case.query)
            measures = {
                "ours": partial(_used_ms, server, case.ours),
                "raw": partial(_used_ms, _server(raw), fetch),
            }
            samples = alternate(measures, _ROUNDS)
            name = f"{database}, {_SUBJECTS:,} subjects: {case.name}"
            claim = Claim(SUITE, name, "CPU ms", "limit", at_most=case.goal)
            yield row(claim, samples["ours"], limit=samples["raw"])
        transactions.close()


def _cases(ports: Ports) -> Iterator[_Case]:
    live = Visibility.LIVE
    every = partial(lookup.list_subjects, ports, None, "", live, Page())
    yield _Case("GET /subjects", every, _SUBJECTS_QUERY, 2)
    wanted = Selection(".", "", live, Page(limit=_PAGE))
    page = partial(_schemas, ports, wanted)
    yield _Case("GET /schemas, a page", page, _SCHEMAS_QUERY, 2)


def _fetched(raw: Any, query: str) -> list[Any]:
    rows: list[Any] = raw.execute(query).fetchall()
    return rows


def _schemas(ports: Ports, wanted: Selection) -> list[Any]:
    found, _ = listing.list_schemas(ports, wanted)
    return found


def _server(driver: Any) -> int | None:
    """Return the process that works for a connection; SQLite has none."""
    is_embedded = isinstance(driver, sqlite3.Connection)
    return None if is_embedded else int(driver.info.backend_pid)


def _used_ms(server: int | None, act: Callable[[], object]) -> float:
    """Return the processor time of an act, in this thread and at the server."""
    before = _cpu_s(server)
    act()
    return 1_000 * (_cpu_s(server) - before)


def _cpu_s(server: int | None) -> float:
    if server is None:
        return thread_time()
    in_ns = Path(f"/proc/{server}/schedstat").read_text().split()[0]
    return thread_time() + int(in_ns) / 1e9


@contextmanager
def _driver(engine: Engine) -> Iterator[Any]:
    pooled = engine.raw_connection()
    try:
        yield pooled.driver_connection
    finally:
        pooled.close()


def _fill(raw: Any, mark: str) -> None:
    """Write the rows of as many registrations, each of a content of its own."""
    text = corpus.wide(28, "")
    for table, columns, values in (
        ("subject", "context, name, revision", lambda n: (".", f"orders-{n}", 1)),
        (
            "content",
            "context, id, schema_type, text, content_sha256, guid, created_ms",
            lambda n: (".", n, "AVRO", text, n.to_bytes(32), n.to_bytes(16), 0),
        ),
        (
            "version",
            "context, subject, version, schema_id, created_ms, is_deleted",
            lambda n: (".", f"orders-{n}", 1, n, 0, False),
        ),
    ):
        marks = ", ".join(mark for _ in columns.split(","))
        statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - names of ours
        raw.execute("BEGIN")
        written = [values(number) for number in range(1, _SUBJECTS + 1)]
        raw.cursor().executemany(statement, written)
        raw.execute("COMMIT")
    raw.execute("ANALYZE")

"""Starting with a hundred thousand versions, against starting with none."""

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import corpus
from benchmarks.alternating import alternate
from benchmarks.rows import Claim, Row, row
from benchmarks.servers import registry
from registry.domain import identity
from registry.domain.model import Content, SchemaType
from registry.storage import migrations
from registry.storage.statements import INSERT_AUDIT

SUITE = "startup"
_ROUNDS = 9
_SUBJECTS = 20_000
_VERSIONS_EACH = 5
_MIB = 1024 * 1024
_MOST_MORE_MIB = 20


@dataclass(frozen=True, slots=True)
class Start:
    """How one start went."""

    ready_s: float
    resident_mib: float


def rows() -> list[Row]:
    """Start with an empty and with a full SQLite database by turns."""
    with tempfile.TemporaryDirectory(prefix="wirepact-bench-") as name:
        folder = Path(name)
        empty, full = folder / "empty.db", folder / "full.db"
        for file in (empty, full):
            migrations.upgrade(f"sqlite:///{file}")
        _fill(full)
        measures: dict[str, Callable[[], Start]] = {
            "ours": partial(_start, full, folder),
            "limit": partial(_start, empty, folder),
        }
        for measure in measures.values():
            measure()  # files into the kernel's memory
        samples = alternate(measures, _ROUNDS)
    ready = {who: [each.ready_s for each in found] for who, found in samples.items()}
    more = [
        one.resident_mib - other.resident_mib
        for one, other in zip(samples["ours"], samples["limit"], strict=True)
    ]
    versions = f"{_SUBJECTS * _VERSIONS_EACH:,} versions"
    return [
        row(
            Claim(SUITE, f"{versions}: start to ready", "s", "limit", at_most=1.2),
            ready["ours"],
            limit=ready["limit"],
        ),
        row(
            Claim(SUITE, f"{versions}: more memory", "MiB", "limit", at_most=1),
            more,
            limit=[_MOST_MORE_MIB] * len(more),
        ),
        row(
            Claim(SUITE, f"{versions}: memory of the worker", "MiB", "limit"),
            [each.resident_mib for each in samples["ours"]],
            limit=[each.resident_mib for each in samples["limit"]],
        ),
    ]


def _start(file: Path, folder: Path) -> Start:
    with registry(f"sqlite:///{file}", folder) as server:
        return Start(server.started_s, server.resident_bytes() / _MIB)


def _fill(file: Path) -> None:
    """Write what so many registrations would have left, in one transaction."""
    connection = sqlite3.connect(file)
    with connection:
        connection.executemany("INSERT INTO subject VALUES ('.', ?, ?)", _subjects())
        connection.executemany(
            "INSERT INTO content VALUES ('.', ?, 'AVRO', ?, ?, ?, NULL, NULL, NULL, 0)",
            map(_content, range(_SUBJECTS * _VERSIONS_EACH)),
        )
        connection.executemany(
            "INSERT INTO version VALUES ('.', ?, ?, ?, 0, FALSE)", _versions()
        )
        connection.executemany(INSERT_AUDIT, _audits())
        written = _SUBJECTS * _VERSIONS_EACH
        connection.execute(
            "INSERT OR REPLACE INTO context VALUES ('.', ?, ?, 0)", (written, written)
        )
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _subjects() -> Iterator[tuple[str, int]]:
    for number in range(_SUBJECTS):
        yield f"orders-{number}", _VERSIONS_EACH


def _content(number: int) -> tuple[int, str, bytes, bytes]:
    text = corpus.order_created(str(number))
    hashed = identity.identity_bytes(Content(SchemaType.AVRO, text))
    return number + 1, text, identity.sha256(hashed), identity.guid(hashed).bytes


def _versions() -> Iterator[tuple[str, int, int]]:
    for number in range(_SUBJECTS * _VERSIONS_EACH):
        subject, version = divmod(number, _VERSIONS_EACH)
        yield f"orders-{subject}", version + 1, number + 1


def _audits() -> Iterator[tuple[object, ...]]:
    for subject, version, schema_id in _versions():
        target = f"{subject}/versions/{version}"
        yield (".", schema_id, 0, "benchmark", "version.register", target, None, "", "")

"""A heap of records on disk, handed out in the order in which they can be written.

What is moved may be larger than memory: records wait in a SQLite file of their own,
which also works out what has to come before what.
"""

import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

Body = dict[str, Any]

KINDS: Final = (
    "context",
    "version",
    "guidAlias",
    "config",
    "policies",
    "association",
    "kek",
    "dek",
    "mode",
)
"""In the order in which they are written: what is needed first comes first."""

_RANKS: Final = {kind: rank for rank, kind in enumerate(KINDS)}
_VERSION: Final = _RANKS["version"]
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "context": ("name",),
    "guidAlias": ("guid", "context", "id"),
    "config": ("scope",),
    "policies": ("subject",),
    "association": ("resourceId", "resourceType", "associationType"),
    "kek": ("context", "name"),
    "dek": ("context", "kek", "subject", "algorithm", "version"),
    "mode": ("scope",),
}
_SCHEMA: Final = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE record (
  rank INTEGER, key TEXT, depth INTEGER DEFAULT 0, pending INTEGER DEFAULT 0,
  body TEXT, is_found BOOLEAN DEFAULT FALSE, PRIMARY KEY (rank, key)
) WITHOUT ROWID;
CREATE INDEX by_depth ON record (rank, depth, key);
CREATE TABLE edge (referrer TEXT, target TEXT, PRIMARY KEY (target, referrer))
WITHOUT ROWID;
CREATE TABLE frontier (key TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE next_frontier (key TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_COUNT_TARGETS: Final = """
UPDATE record SET depth = 0, pending = (
  SELECT count(*) FROM edge AS e
  JOIN record AS t ON t.rank = record.rank AND t.key = e.target
  WHERE e.referrer = record.key AND e.target <> record.key
) WHERE rank = :version AND key IN (SELECT referrer FROM edge)
"""
_FIRST_LAYER: Final = """
INSERT INTO frontier SELECT key FROM record
WHERE rank = :version AND pending = 0 AND key IN (SELECT target FROM edge)
"""
_REFERRERS: Final = """
INSERT OR IGNORE INTO next_frontier
SELECT e.referrer FROM frontier AS f JOIN edge AS e ON e.target = f.key
WHERE e.referrer <> e.target
"""
_COUNT_DOWN: Final = """
UPDATE record SET depth = :depth, pending = pending - (
  SELECT count(*) FROM edge AS e JOIN frontier AS f ON f.key = e.target
  WHERE e.referrer = record.key AND e.target <> record.key
) WHERE rank = :version AND key IN (SELECT key FROM next_frontier)
"""
_NEXT_LAYER: Final = """
INSERT INTO frontier SELECT n.key FROM next_frontier AS n
JOIN record AS r ON r.rank = :version AND r.key = n.key WHERE r.pending = 0
"""
# Who is in a circle, or refers to one, comes last.
_CIRCLES: Final = """
UPDATE record SET depth = :depth WHERE rank = :version AND pending > 0
"""


class Spool:
    """Records on disk; a second one of the same place takes the place of the first.

    Its file is removed when it is closed; nothing in it ever needs to be committed.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="wirepact-moving-")
        self._database = sqlite3.connect(Path(self._folder.name, "spool.db"))
        self._database.executescript(_SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._database.close()
        self._folder.cleanup()

    def add(self, records: Iterable[Body]) -> None:
        for body in records:
            rank, key = _RANKS[body["kind"]], _key(body)
            text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
            self._database.execute(
                "INSERT OR REPLACE INTO record (rank, key, body) VALUES (?, ?, ?)",
                (rank, key, text),
            )
            if rank == _VERSION:
                self._database.executemany(
                    "INSERT OR IGNORE INTO edge (referrer, target) VALUES (?, ?)",
                    [(key, target) for target in targets(body)],
                )

    def ordered(self) -> Iterator[tuple[int, Body]]:
        """Return all records, those that others refer to first.

        Each comes with its depth: no record refers to one of its own depth, unless
        they refer to each other in a circle.
        """
        self._work_out_depths()
        rows = self._database.execute(
            "SELECT depth, body FROM record ORDER BY rank, depth, key"
        )
        for depth, text in rows:
            yield depth, json.loads(text)

    def find_version(self, key: str) -> Body | None:
        row = self._database.execute(
            "SELECT body FROM record WHERE rank = ? AND key = ?", (_VERSION, key)
        ).fetchone()
        found: Body | None = None if row is None else json.loads(row[0])
        return found

    def has_versions(self, context: str, name: str) -> bool:
        """Say whether there is any version of a subject."""
        lowest, highest = version_key(context, name, 0), f"{context}\0{name}\1"
        row = self._database.execute(
            "SELECT 1 FROM record WHERE rank = ? AND key BETWEEN ? AND ?",
            (_VERSION, lowest, highest),
        ).fetchone()
        return row is not None

    def has_kek(self, context: str, name: str) -> bool:
        """Say whether there is a key of this name."""
        key = _key({"kind": "kek", "context": context, "name": name})
        row = self._database.execute(
            "SELECT 1 FROM record WHERE rank = ? AND key = ?", (_RANKS["kek"], key)
        ).fetchone()
        return row is not None

    def tick(self, key: str) -> None:
        """Note that a version has been found again."""
        self._database.execute(
            "UPDATE record SET is_found = TRUE WHERE rank = ? AND key = ?",
            (_VERSION, key),
        )

    def not_found(self) -> Iterator[Body]:
        """Return the versions that nobody has ticked off."""
        rows = self._database.execute(
            "SELECT body FROM record WHERE rank = ? AND NOT is_found ORDER BY key",
            (_VERSION,),
        )
        return (json.loads(text) for (text,) in rows)

    def counts(self) -> dict[str, int]:
        """Return how many records there are of each kind that is there."""
        rows = self._database.execute(
            "SELECT rank, count(*) FROM record GROUP BY rank ORDER BY rank"
        )
        return {KINDS[rank]: count for rank, count in rows}

    def _work_out_depths(self) -> None:
        """Take away layer after layer of what refers to nothing that is left."""
        run = self._database.execute
        run(_COUNT_TARGETS, {"version": _VERSION})
        run("DELETE FROM frontier")
        run(_FIRST_LAYER, {"version": _VERSION})
        depth = 0
        while run("SELECT 1 FROM frontier LIMIT 1").fetchone():
            depth += 1
            run("DELETE FROM next_frontier")
            run(_REFERRERS)
            run(_COUNT_DOWN, {"version": _VERSION, "depth": depth})
            run("DELETE FROM frontier")
            run(_NEXT_LAYER, {"version": _VERSION})
        run(_CIRCLES, {"version": _VERSION, "depth": depth + 1})


def context_of(body: Body) -> str:
    """Return the context in which a record is written."""
    if body["kind"] == "context":
        name: str = body["name"]
        return name
    if "context" in body:
        context: str = body["context"]
        return context
    return parse(body["subject"] if "subject" in body else body["scope"])[0]


def parse(subject: str) -> tuple[str, str]:
    """Return context and bare name of a subject."""
    if not subject.startswith(":."):
        return ".", subject
    context, _, name = subject[1:].partition(":")
    return context, name


def version_key(context: str, name: str, version: int) -> str:
    # A NUL is in no name, and sorts before all else.
    return f"{context}\0{name}\0{version:010}"


def targets(body: Body) -> Iterator[str]:
    """Return the keys of the versions that a version refers to."""
    own, _ = parse(body["subject"])
    for reference in body.get("references") or ():
        subject = reference["subject"]
        context, name = parse(subject)
        where = context if subject.startswith(":.") else own
        yield version_key(where, name, reference["version"])


def _key(body: Body) -> str:
    if body["kind"] == "version":
        return version_key(*parse(body["subject"]), body["version"])
    return "\0".join(str(body.get(name)) for name in _NAMES[body["kind"]])

"""Runs that passed, remembered with all that they told.

While all that such a run depends on is the same, it need not be made again: a hook
before each commit mostly looks at what it has seen before. A run that fails is made
anew: the search for fixes ends when it has gone on too long, and may get further.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import PurePath, PurePosixPath
from typing import Any, TypeVar

from registry.domain.levels import Direction, Level
from registry.domain.model import SchemaType
from registry.domain.places import Place
from registry.domain.rules import Severity
from registry.domain.verdict import (
    Broken,
    Category,
    Change,
    Checked,
    EarlierPlace,
    Finding,
    Fix,
    Replacement,
)
from registry.gate import cache
from registry.gate.cache import Cache
from registry.gate.commits import Commit
from registry.gate.report import App, Kind, Located, Look, Report, Suggestion, Waived
from registry.gate.trees import FolderTree, GitTree

_Made = TypeVar("_Made")


def key_of(
    asked: Iterable[str],
    folders: Sequence[str],
    tree: FolderTree | GitTree,
    before: Commit,
) -> str | None:
    """Return what a run is remembered by; None where a file cannot be read.

    Args:
        asked: All that decides how contracts are looked at, with today's date.
        before: What the tree is compared with.

    """
    try:
        digest = tree.digest()
    except OSError:
        return None
    return cache.key("run", before.id, before.words, digest, *folders, "", *asked)


def recall(store: Cache, key: str) -> Report | None:
    """Return what such a run has told; None if none is known."""
    said = store.get(key)
    try:
        return None if said is None else _report(*said)
    except (TypeError, ValueError, KeyError):
        # Damaged: the work is done again.
        return None


def remember(store: Cache, key: str, report: Report) -> None:
    """Keep what a run has told, if nothing in it is an error."""
    if not report.counted():
        store.put(key, _plain(report))


def _plain(value: Any) -> Any:
    """Return what JSON can say: of an object its members, in their order."""
    if is_dataclass(value):
        return [_plain(getattr(value, each.name)) for each in fields(value)]
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Enum):
        return value.name
    return str(value) if isinstance(value, PurePath) else value


def _report(
    findings: Any, looks: Any, baseline: str, notes: Any, suggestions: Any
) -> Report:
    return Report(
        tuple(_located(*each) for each in findings),
        tuple(Look(each, Kind[kind], PurePosixPath(at)) for each, kind, at in looks),
        baseline,
        tuple(notes),
        tuple(Suggestion(*each) for each in suggestions),
    )


def _located(finding: Any, kind: str, contract: Any, file: str, *more: Any) -> Located:
    old_file, waived, apps = more
    return Located(
        _finding(*finding),
        Kind[kind],
        contract,
        PurePosixPath(file),
        old_file,
        _maybe(_waived, waived),
        tuple(App(*each) for each in apps),
    )


def _waived(file: str, reason: str, approved_by: Any, expires: str) -> Waived:
    return Waived(PurePosixPath(file), reason, tuple(approved_by), expires)


def _finding(
    rule: str,
    category: str,
    severity: str,
    subject: str,
    schema_type: str | None,
    message: str,
    path: str,
    *more: Any,
) -> Finding:
    change, location, old, checked, broken, why, fixes, docs_url, fingerprint = more
    return Finding(
        rule,
        Category[category],
        Severity[severity],
        subject,
        None if schema_type is None else SchemaType[schema_type],
        message,
        path,
        _maybe(Change, change),
        _maybe(Place, location),
        _maybe(EarlierPlace, old),
        _maybe(_checked, checked),
        tuple(Broken(*each) for each in broken),
        why,
        tuple(_fix(*each) for each in fixes),
        docs_url,
        fingerprint,
    )


def _checked(level: str, direction: str, against: Any, policy: str | None) -> Checked:
    return Checked(Level[level], Direction[direction], tuple(against), policy)


def _fix(title: str, edits: Any, level: str, schema: str) -> Fix:
    made = tuple(Replacement(Place(*place), text) for place, text in edits)
    return Fix(title, made, Level[level], schema)


def _maybe(make: Callable[..., _Made], said: Any) -> _Made | None:
    return None if said is None else make(*said)

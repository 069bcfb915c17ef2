"""Runs in which nothing was found, remembered.

While all that such a run depends on is the same, it need not be made again: a hook
before each commit mostly looks at what it has seen before.
"""

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any

from registry.gate import cache
from registry.gate.cache import Cache
from registry.gate.commits import Commit
from registry.gate.report import Kind, Look, Report, Suggestion
from registry.gate.trees import FolderTree, GitTree


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
    try:
        said = store.get(key)
        return None if said is None else _report(said)
    except (TypeError, ValueError, KeyError):
        # Damaged: the work is done again.
        return None


def remember(store: Cache, key: str, report: Report) -> None:
    """Keep what a run has told, if it has found nothing."""
    if report.findings:
        return
    told = {
        "looks": [[each.contract, each.kind, str(each.file)] for each in report.looks],
        "baseline": report.baseline,
        "notes": report.notes,
        "suggestions": [
            [each.contract, each.change, each.before, each.after]
            for each in report.suggestions
        ],
    }
    store.put(key, told)


def _report(said: Any) -> Report:
    return Report(
        (),
        tuple(
            Look(str(contract), Kind(kind), PurePosixPath(file))
            for contract, kind, file in said["looks"]
        ),
        str(said["baseline"]),
        tuple(map(str, said["notes"])),
        tuple(Suggestion(*map(str, each)) for each in said["suggestions"]),
    )

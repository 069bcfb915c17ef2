"""Fixes of findings, made in the files: by place, so that all else stays as it is.

A fix is kept only if a new check misses its finding and finds nothing that was not
there before. Files are written in the end, all of them or none, and only while they
still are what was looked at.
"""

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Final

from registry.domain.schema import Edit
from registry.domain.verdict import Fix, Replacement
from registry.gate.report import Located, Report
from registry.gate.trees import Tree

_MOST_ROUNDS: Final = 50

Texts = Mapping[PurePosixPath, str]
Check = Callable[[Texts], Report]
"""Checks again, as if some files had these texts."""


@dataclass(frozen=True, slots=True)
class Made:
    """A fix that was made."""

    located: Located
    fix: Fix


@dataclass(frozen=True, slots=True)
class Left:
    """A finding whose fixes were not made.

    Attributes:
        reason: Why not, a sentence without its end.

    """

    located: Located
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of fixing.

    Attributes:
        before: The texts that were looked at, of the files that change.
        after: The same files as they are to be.
        report: Of the last check.

    """

    made: tuple[Made, ...]
    left: tuple[Left, ...]
    before: Texts
    after: Texts
    report: Report


class ChangedMeanwhileError(Exception):
    """A file is not what was looked at any more; nothing was written."""

    def __init__(self, file: PurePosixPath) -> None:
        self.file = file
        super().__init__(
            f"{file} was changed while it was looked at; nothing was written, run the"
            " command again"
        )


class MisplacedError(Exception):
    """An edit of a place that the text does not have, or two of the same place."""


def fix(
    report: Report, text_of: Callable[[PurePosixPath], str | None], check: Check
) -> Outcome:
    """Make the fixes of a report, one finding after the other; nothing is written.

    Args:
        report: Of the files as they are.
        text_of: The texts of the files that it looked at; None for what is none.

    """
    fixing = _Fixing(report, text_of, check)
    for _ in range(_MOST_ROUNDS):
        if not fixing.go_on():
            break
    return fixing.outcome()


def write(root: Path, outcome: Outcome) -> None:
    """Write what has changed; each file is replaced as a whole and keeps its rights.

    Raises:
        ChangedMeanwhileError: A file is not what was looked at.
        OSError: A file cannot be written.

    """
    for file, text in outcome.before.items():
        if not _is_still(root / file, text):
            raise ChangedMeanwhileError(file)
    for file, text in outcome.after.items():
        _replace(root / file, text.encode())


def edited(text: str, edits: Iterable[Replacement]) -> str:
    """Return a text with edits made at their places.

    Raises:
        MisplacedError: The text has no such place, or two edits overlap.

    """
    starts = [0, *(at + 1 for at, each in enumerate(text) if each == "\n")]
    made = sorted(
        (_edit(text, starts, each) for each in edits), key=lambda each: each.start
    )
    for one, next_one in pairwise(made):
        if next_one.start < one.end or (one.start, one.end) == (
            next_one.start,
            next_one.end,
        ):
            raise MisplacedError
    return Edit.apply(text, made)


class PatchedTree:
    """A tree as if some of its files had other texts."""

    def __init__(self, tree: Tree, texts: Texts) -> None:
        self._tree = tree
        self._contents = {str(file): text.encode() for file, text in texts.items()}

    @property
    def names(self) -> frozenset[str]:
        return self._tree.names

    def read(self, names: Iterable[str]) -> Mapping[str, bytes]:
        wanted = [*names]
        found = {**self._tree.read(wanted)}
        return {**found, **self._patches(found)}

    def inside(self, folder: str) -> Mapping[str, bytes]:
        found = self._tree.inside(folder)
        return {**found, **self._patches(found)}

    def _patches(self, found: Mapping[str, bytes]) -> Mapping[str, bytes]:
        return {
            name: content for name, content in self._contents.items() if name in found
        }


@dataclass(slots=True)
class _Fixing:
    report: Report
    text_of: Callable[[PurePosixPath], str | None]
    check: Check
    texts: dict[PurePosixPath, str] = field(default_factory=dict)
    before: dict[PurePosixPath, str] = field(default_factory=dict)
    made: list[Made] = field(default_factory=list)
    left: dict[str, Left] = field(default_factory=dict)

    def go_on(self) -> bool:
        """Fix what can be fixed at once; say whether there may be more."""
        pending = [each for each in self._fixable() if _key(each) not in self.left]
        if not pending:
            return False
        together = [*self._apart(pending)]
        if len(together) > 1 and self._try(
            [(each, _fixes(each)[0]) for each in together]
        ):
            return True
        self._fix_one(pending[0])
        return True

    def outcome(self) -> Outcome:
        changed = {
            file: text for file, text in self.texts.items() if text != self.before[file]
        }
        return Outcome(
            tuple(self.made),
            tuple(self.left.values()),
            {file: self.before[file] for file in changed},
            changed,
            self.report,
        )

    def _fixable(self) -> Iterator[Located]:
        for each in self.report.findings:
            if each.waived is None and each.finding.fixes:
                yield each

    def _fix_one(self, located: Located) -> None:
        for each in _fixes(located):
            if self._try([(located, each)]):
                return
        reason = "no fix of it leaves everything else in order"
        self.left[_key(located)] = Left(located, reason)

    def _apart(self, pending: Sequence[Located]) -> Iterator[Located]:
        """Yield findings whose first fixes do not touch each other."""
        taken: dict[PurePosixPath, list[Replacement]] = {}
        for each in pending:
            edits = [*taken.get(each.file, ()), *_fixes(each)[0].edits]
            try:
                edited(self._text(each.file), edits)
            except MisplacedError:
                continue
            taken[each.file] = edits
            yield each

    def _try(self, chosen: Sequence[tuple[Located, Fix]]) -> bool:
        """Make fixes if all of them help and none does harm."""
        edits: dict[PurePosixPath, list[Replacement]] = {}
        for located, each in chosen:
            edits.setdefault(located.file, []).extend(each.edits)
        try:
            changed = {
                file: edited(self._text(file), made) for file, made in edits.items()
            }
        except MisplacedError:
            return False
        if all(self._text(file) == text for file, text in changed.items()):
            return False
        report = self.check({**self.texts, **changed})
        if not _is_better(self.report, report, [located for located, _ in chosen]):
            return False
        self.texts |= changed
        self.report = report
        self.made += [Made(located, each) for located, each in chosen]
        return True

    def _text(self, file: PurePosixPath) -> str:
        if file not in self.texts:
            text = self.text_of(file) or ""
            self.texts[file] = self.before[file] = text
        return self.texts[file]


def _fixes(located: Located) -> tuple[Fix, ...]:
    return located.finding.fixes


def _is_better(before: Report, after: Report, mended: Iterable[Located]) -> bool:
    """Whether what was mended is gone, and nothing has come in its place.

    What is left may have another fingerprint, as it is about a changed schema: it is
    told by its rule and element, and counted.
    """
    wanted = Counter(map(_cause, before.findings))
    wanted.subtract(Counter(map(_cause, mended)))
    return Counter(map(_cause, after.findings)) <= wanted


def _cause(located: Located) -> tuple[str, ...]:
    finding = located.finding
    return (located.kind, str(located.file), finding.rule, finding.path)


def _key(located: Located) -> str:
    """Return what names a finding whatever lines it moves to."""
    return f"{located.kind} {located.file} {located.finding.fingerprint}"


def _edit(text: str, starts: Sequence[int], replacement: Replacement) -> Edit:
    place = replacement.place
    start = _offset(text, starts, place.line, place.column)
    end = _offset(text, starts, place.end_line, place.end_column)
    if start > end:
        raise MisplacedError
    return Edit(start, end, replacement.text)


def _offset(text: str, starts: Sequence[int], line: int, column: int) -> int:
    if not 1 <= line <= len(starts):
        raise MisplacedError
    following = starts[line] if line < len(starts) else len(text) + 1
    offset = starts[line - 1] + column - 1
    if column < 1 or offset >= following:
        raise MisplacedError
    return offset


def _is_still(file: Path, text: str) -> bool:
    try:
        return file.read_bytes() == text.encode()
    except OSError:
        return False


def _replace(file: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        part.chmod(file.stat().st_mode)
        part.replace(file)
    except OSError:
        part.unlink(missing_ok=True)
        raise

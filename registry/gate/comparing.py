"""The two sides of a `diff`: schemas in files, commits, a lock file or a registry."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from registry.application.parsing import Source
from registry.domain.configuration import SERVER_DEFAULT, level_of
from registry.domain.errors import RegistryError
from registry.domain.levels import Level
from registry.domain.model import SchemaType
from registry.gate import baselines, closures
from registry.gate.contracts import Contract
from registry.gate.differences import ChangeClass, Row, change_class, rows
from registry.gate.project import Project
from registry.gate.snapshots import Snapshot, version
from registry.gate.trees import Tree

LANGUAGES: Final = {
    ".avsc": SchemaType.AVRO,
    ".avro": SchemaType.AVRO,
    ".json": SchemaType.JSON,
    ".proto": SchemaType.PROTOBUF,
}


DEFAULT_LEVEL: Final = level_of(SERVER_DEFAULT)


class SideError(Exception):
    """A side of a comparison that is not there; the message is for a person."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A schema on one side.

    Attributes:
        level: Of its contract; the default where it has none.
        version: Of its contract; empty where it has none.

    """

    source: Source
    level: Level = DEFAULT_LEVEL
    version: str = ""


class _Nothing:
    """A tree without files."""

    names: frozenset[str] = frozenset()

    def read(self, names: Iterable[str]) -> Mapping[str, bytes]:
        return dict.fromkeys(self.names.intersection(names), b"")

    def inside(self, folder: str) -> Mapping[str, bytes]:
        return self.read(name for name in self.names if name.startswith(folder))


NOTHING: Final[Tree] = _Nothing()
"""What there is where there are no contracts."""

Side = Mapping[str, Shown]
"""Schemas by their contracts' ids; a schema of no contract under the empty one."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of one contract.

    Attributes:
        rows: Empty if it is only on one side.
        kind: `added`, `removed`, `changed` or `same`.
        change: None where nothing can be compared.

    """

    contract: str
    kind: str
    rows: tuple[Row, ...] = ()
    change: ChangeClass | None = None
    before: str = ""
    after: str = ""


def compare(old: Side, new: Side, now: Snapshot) -> list[Comparison]:
    """Return what is different; two single schemas are compared whatever their names.

    Raises:
        SideError: A schema cannot be parsed, or their languages differ.

    """
    if len(old) == len(new) == 1:
        (one,), (contract,) = old.values(), new
        return [_compared(contract, one, new[contract], now)]
    found: list[Comparison] = []
    for contract in sorted({*old, *new}):
        before, after = old.get(contract), new.get(contract)
        if before is not None and after is not None:
            found.append(_compared(contract, before, after, now))
        else:
            found.append(Comparison(contract, "added" if after else "removed"))
    return found


def _compared(contract: str, old: Shown, new: Shown, now: Snapshot) -> Comparison:
    language = new.source.schema_type
    if old.source.schema_type is not language:
        raise SideError(f"one is {old.source.schema_type}, the other {language}")
    parsing = now.parsing
    try:
        pair = parsing.parse(old.source), parsing.parse(new.source)
    except RegistryError as error:
        raise SideError(
            f"{contract or 'the schema'} cannot be read: {error}"
        ) from error
    found = rows(parsing.format(language), *pair)
    kind = "changed" if found else "same"
    change = change_class(found, new.level)
    return Comparison(contract, kind, found, change, old.version, new.version)


def side_of(stated: str, project: Project | None, now: Snapshot) -> Side:
    """Return what a word stands for: a path, `git:REF[:PATH]` or `lock`.

    Raises:
        SideError: There is nothing of that name.
        BaselineError: There is no such commit or lock file.

    """
    if stated == "lock" or stated.startswith("git:"):
        if project is None:
            raise SideError(f"{stated}: there are no contracts here")
        return _of_baseline(stated, project, now)
    path = Path(stated)
    if path.is_dir():
        inner = Project.of([path])
        tree = inner.working_tree()
        return _of_snapshot(Snapshot(tree, inner.folders, now.parsing, now.reading))
    if not path.is_file():
        raise SideError(f"{stated}: there is no such file or folder")
    if project is not None and path.resolve().is_relative_to(project.root):
        name = path.resolve().relative_to(project.root).as_posix()
        if (found := _with_schema(now, name)) is not None:
            return found
    return {"": Shown(_source(stated, path.read_bytes()))}


def _of_baseline(stated: str, project: Project, now: Snapshot) -> Side:
    kind, _, value = stated.partition(":")
    reference, _, path = value.partition(":")
    against = f"{kind}:{reference}" if reference else kind
    before = baselines.find(against, project, now, {})
    if before.is_lock:
        return _of_lock(before, now)
    assert before.before is not None  # noqa: S101 - a commit was found
    if not path:
        return _of_snapshot(before.before)
    found = _with_schema(before.before, path)
    if found is None:
        raise SideError(f"{stated}: no contract has this schema there")
    return found


def _of_lock(baseline: baselines.Baseline, now: Snapshot) -> Side:
    found: dict[str, Shown] = {}
    for contract in now.every():
        kept = baseline.kept(contract, now)
        if kept is not None and kept.texts:
            level = now.level(contract)
            found[contract.manifest.id] = Shown(kept.texts[-1].source, level)
    return found


def _of_snapshot(snapshot: Snapshot) -> Side:
    return {
        each.manifest.id: Shown(
            _closed(snapshot, each), snapshot.level(each), version(each)
        )
        for each in snapshot.every()
    }


def _with_schema(snapshot: Snapshot, name: str) -> Side | None:
    """Return the contract whose schema is in a file; None if there is none."""
    for each in snapshot.every():
        if each.manifest.schema_file.as_posix() == name:
            shown = Shown(_closed(snapshot, each), snapshot.level(each), version(each))
            return {each.manifest.id: shown}
    return None


def _closed(snapshot: Snapshot, contract: Contract) -> Source:
    try:
        return closures.source_of(snapshot, contract)
    except RegistryError as error:
        raise SideError(f"{contract.manifest.id}: {error}") from error


def _source(stated: str, content: bytes) -> Source:
    language = LANGUAGES.get(Path(stated).suffix.lower())
    if language is None:
        expected = ", ".join(LANGUAGES)
        raise SideError(f"{stated}: expected a name that ends in one of {expected}")
    try:
        return Source(language, content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SideError(f"{stated} is not UTF-8 at byte {error.start}") from error

"""What the words of a `diff` stand for: files, folders, commits, or a lock file.

Who names a part of a project means that part of the other side as well.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from registry.application.parsing import Source
from registry.domain.errors import RegistryError
from registry.domain.model import SchemaType
from registry.gate import baselines, closures, commits
from registry.gate.baselines import Baseline
from registry.gate.commits import BaselineError
from registry.gate.comparing import Shown, Side, SideError
from registry.gate.contracts import Contract
from registry.gate.history import sha256
from registry.gate.manifests import ManifestError
from registry.gate.project import Project
from registry.gate.snapshots import Snapshot, version
from registry.gate.trees import Tree

LANGUAGES: Final = {
    ".avsc": SchemaType.AVRO,
    ".avro": SchemaType.AVRO,
    ".json": SchemaType.JSON,
    ".proto": SchemaType.PROTOBUF,
}
_NAMELESS: Final = ""
_MOST_NAMED: Final = 3
_LOCK: Final = "lock"
_GIT: Final = "git:"
_NOT_SIDES: Final[Mapping[str, str]] = {
    "registry": "a version of a registry is written registry:SUBJECT@VERSION",
    "dir": "a folder is written as it is",
    "merge-base": "a commit is written git:REF, such as git:main",
}
"""What other commands take, and how that is said here."""


class _Nothing:
    """A tree without files."""

    names: frozenset[str] = frozenset()

    def read(self, names: Iterable[str]) -> Mapping[str, bytes]:
        return dict.fromkeys(self.names.intersection(names), b"")

    def inside(self, folder: str) -> Mapping[str, bytes]:
        return self.read(name for name in self.names if name.startswith(folder))


NOTHING: Final[Tree] = _Nothing()
"""What there is where there are no contracts."""


@dataclass(frozen=True, slots=True)
class Found:
    """A side, and what was named of a project.

    Attributes:
        part: A file or folder, relative to the project's root; None for all of it, or
            for what is in no project.
        is_schema: Whether a single schema was named, not what there is of contracts.

    """

    schemas: Side
    part: str | None = None
    is_schema: bool = False


def paired(before: Found, after: Found) -> tuple[Side, Side]:
    """Return two sides that speak of the same contracts.

    Two schemas that were named are compared whatever they are called.

    Raises:
        SideError: A schema of no contract stands against several contracts.

    """
    old, new = _narrowed(before, after), _narrowed(after, before)
    are_schemas = before.is_schema and after.is_schema
    if len(old) == len(new) == 1 and (are_schemas or _NAMELESS in {*old, *new}):
        (name,), (shown,) = new, old.values()
        return {name: shown}, new
    for one, other in ((old, new), (new, old)):
        if _NAMELESS in one:
            few = ", ".join(sorted(other)[:_MOST_NAMED])
            told = f"{len(other)} contracts ({few}, ...)" if other else "no contract"
            raise SideError(
                f"one side is a single schema, the other has {told}: name the file of"
                " the schema that is meant"
            )
    return old, new


def _narrowed(one: Found, other: Found) -> Side:
    """Return a side without what the other one does not speak of."""
    part = other.part
    if one.part is not None or part is None:
        return one.schemas
    return {
        contract: shown
        for contract, shown in one.schemas.items()
        if contract in other.schemas or _is_in(shown.file, part)
    }


def find(stated: str, project: Project | None, now: Snapshot) -> Found:
    """Return what a word stands for: a path, `git:REF[:PATH]` or `lock`.

    Raises:
        SideError: There is nothing of that name; the message says what to do.

    """
    if stated == _LOCK or stated.startswith(_GIT):
        if project is None:
            raise SideError(f"{stated}: there are no contracts here")
        try:
            return _of_baseline(stated, project, now)
        except BaselineError as error:
            raise SideError(f"{stated}: {error.reason}") from error
    return _of_path(stated, project, now)


def of_subject(subject: str, shown: Shown, now: Snapshot) -> Found:
    """Return a version of a registry as a side: that of the contract it belongs to."""
    for contract in now.claiming(subject):
        part = contract.manifest.schema_file.as_posix()
        return Found({contract.manifest.id: shown}, part, is_schema=True)
    return Found({_NAMELESS: shown}, is_schema=True)


def _of_path(stated: str, project: Project | None, now: Snapshot) -> Found:
    path = Path(stated)
    if not path.exists():
        hint = _hint(stated, project)
        raise SideError(f"{stated}: there is no such file or folder{hint}")
    if project is not None and path.resolve().is_relative_to(project.root):
        name = path.resolve().relative_to(project.root).as_posix()
        if _is_inside(name, project):
            return _part(stated, name, now, project)
    if path.is_dir():
        return Found(_of_snapshot(stated, _elsewhere(path, now)))
    shown = Shown(_source(stated, path.read_bytes()))
    return Found({_NAMELESS: shown}, is_schema=True)


def _hint(stated: str, project: Project | None) -> str:
    word = stated.partition(":")[0]
    if word in _NOT_SIDES:
        return f"; {_NOT_SIDES[word]}"
    repository = None if project is None else project.repository
    if repository is not None and repository.find_commit(stated) is not None:
        return f"; the commit of that name is written git:{stated}"
    return ""


def _is_inside(name: str, project: Project) -> bool:
    return any(_is_in(name, each) for each in project.folders)


def _is_in(name: str, folder: str) -> bool:
    return folder in {"", ".", name} or name.startswith(f"{folder}/")


def _elsewhere(path: Path, now: Snapshot) -> Snapshot:
    inner = Project.of([path])
    return Snapshot(inner.working_tree(), inner.folders, now.parsing, now.reading)


def _of_baseline(stated: str, project: Project, now: Snapshot) -> Found:
    if stated == _LOCK:
        baseline = baselines.find(_LOCK, project, now, {})
        return Found(dict(_of_lock(baseline, now)))
    reference, _, path = stated.removeprefix(_GIT).partition(":")
    if not reference:
        raise SideError(f"expected git:REF or git:REF:PATH, found {stated}")
    commit = commits.find(f"{_GIT}{reference}", project, {})
    before = baselines.of_commit(commit, project, now).before
    assert before is not None  # noqa: S101 - a commit was found
    if not path:
        return Found(_of_snapshot(stated, before))
    name = PurePosixPath(path).as_posix()
    if not _is_inside(name, project):
        folders = " and ".join(each or "." for each in project.folders)
        raise SideError(f"{stated}: {name} is not in {folders}, from the root on")
    try:
        return _part(stated, name, before, project)
    except _NothingThereError as error:
        reason = f"there is no {name} in {commit.words}{_moved(name, before, now)}"
        raise SideError(f"{stated}: {reason}") from error


class _NothingThereError(SideError):
    """A tree has no such file and no such folder."""


def _moved(name: str, before: Snapshot, now: Snapshot) -> str:
    """Return where a contract was that has this file now; empty if it is new."""
    for contract in _with_files(now, lambda each: _is_in(each, name)):
        for same in before.with_id(contract.manifest.id):
            file = same.manifest.schema_file.as_posix()
            return f"; {contract.manifest.id} has {file} there"
    return ""


def _part(stated: str, name: str, snapshot: Snapshot, project: Project) -> Found:
    """Return what a file or a folder of a project stands for."""
    if name in {each or "." for each in project.folders}:
        return Found(_of_snapshot(stated, snapshot))
    exact = {
        each.manifest.id: _shown(snapshot, each)
        for each in _with_files(snapshot, lambda file: file == name)
    }
    if exact:
        return Found(exact, name, is_schema=True)
    content = snapshot.tree.read((name,)).get(name)
    if content is not None:
        shown = Shown(_source(stated, content))
        return Found({_NAMELESS: shown}, name, is_schema=True)
    inside = _of_snapshot(stated, snapshot, name)
    if not inside:
        raise _NothingThereError(f"{stated}: there are no contracts in it")
    return Found(inside, name)


def _with_files(
    snapshot: Snapshot, is_meant: Callable[[str], bool]
) -> Iterator[Contract]:
    """Yield the contracts whose manifest or schema is meant."""
    for each in snapshot.every():
        files = (each.manifest.file, each.manifest.schema_file)
        if any(is_meant(file.as_posix()) for file in files):
            yield each


def _of_lock(baseline: Baseline, now: Snapshot) -> Iterator[tuple[str, Shown]]:
    """Yield the latest versions that a lock file knows, and what has gone since."""
    textless: list[str] = []
    for contract in now.every():
        kept = baseline.kept(contract, now)
        if kept is None or (kept.locked is None and not kept.texts):
            continue
        own = _shown(now, contract)
        if kept.texts:
            latest = kept.texts[-1].source
            yield contract.manifest.id, Shown(latest, kept.level, "", own.file)
        elif kept.locked and _is_stored_so(own, kept.locked.sha256, now):
            yield contract.manifest.id, own
        else:
            textless.append(contract.manifest.id)
    if textless:
        raise SideError(
            f"lock: {' and '.join(textless)} changed, and no text of an earlier version"
            " is kept: write them with `wirepact lock --history`"
        )
    for lost in baseline.lost(now):
        yield lost.contract or lost.subject, Shown(None)


def _is_stored_so(shown: Shown, digest: str, now: Snapshot) -> bool:
    try:
        return sha256(now.parsing.parse(_known(shown)).canonical) == digest
    except RegistryError:
        return False


def _known(shown: Shown) -> Source:
    assert shown.source is not None  # noqa: S101 - of a contract that is there
    return shown.source


def _of_snapshot(stated: str, snapshot: Snapshot, folder: str = "") -> Side:
    """Return the contracts of a folder.

    Raises:
        SideError: One of them cannot be read: it would look as if it were gone.

    """
    found: dict[str, Shown] = {}
    for name in snapshot.manifests:
        if not _is_in(name, folder):
            continue
        try:
            contract = snapshot.contract(name)
        except ManifestError as error:
            raise SideError(f"{stated}: {error}") from error
        found[contract.manifest.id] = _shown(snapshot, contract)
    return found


def _shown(snapshot: Snapshot, contract: Contract) -> Shown:
    try:
        source = closures.source_of(snapshot, contract)
    except RegistryError as error:
        raise SideError(f"{contract.manifest.id}: {error}") from error
    file = contract.manifest.file.as_posix()
    return Shown(source, snapshot.level(contract), version(contract), file)


def _source(stated: str, content: bytes) -> Source:
    language = LANGUAGES.get(Path(stated).suffix.lower())
    if language is None:
        expected = ", ".join(LANGUAGES)
        raise SideError(f"{stated}: expected a name that ends in one of {expected}")
    try:
        return Source(language, content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SideError(f"{stated} is not UTF-8 at byte {error.start}") from error

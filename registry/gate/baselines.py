"""What a project is compared with: a commit, a folder, or what a lock file says.

There is always one, or it is said what to do: a gate that compares with nothing would
let everything pass.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from registry.application.parsing import Source
from registry.gate import commits, file_names, history, lock
from registry.gate.commits import BaselineError, Commit
from registry.gate.contracts import Contract
from registry.gate.git import LINK_TO_REPOSITORY, Repository
from registry.gate.history import Archive, Kept, Past
from registry.gate.lost import Lost
from registry.gate.manifests import ManifestError
from registry.gate.project import Project
from registry.gate.snapshots import Snapshot
from registry.gate.trees import FolderTree, GitTree, Tree, changed, is_same_inside
from registry.gate.trouble import GateError

_LOCK: Final = "lock"
_FOLDER: Final = "dir"


class UnknownBaselineError(GateError):
    """No baseline is called so; to allow a missing one does not make it one."""

    def __init__(self, stated: str) -> None:
        known = "merge-base, git:REF, dir:PATH, lock or registry"
        super().__init__(f"expected {known}, found '{stated}'")


@dataclass
class Baseline:
    """The contracts as they were.

    Attributes:
        words: For people: `the merge base 3f2a1bc of origin/main`.
        before: None where there is nothing to compare with, which was allowed.
        label: Put behind the names of files: `@3f2a1bc`.
        is_lock: Whether only what is kept in `versions/` came before.
        commit: The hash, where it is one.

    """

    words: str
    before: Snapshot | None = None
    label: str = ""
    is_lock: bool = False
    commit: str | None = None
    repository: Repository | None = None
    _arriving: tuple[Snapshot, Archive] | None = field(
        default=None, init=False, repr=False
    )
    _known: tuple[Snapshot, frozenset[str]] | None = field(
        default=None, init=False, repr=False
    )

    @cached_property
    def archive(self) -> Archive | None:
        return None if self.before is None else Archive(self.before, self.label)

    def affected(self, now: Snapshot) -> frozenset[str]:
        """Return the manifests of contracts that are not as they were.

        Those that only use such a one are not among them.
        """
        if self.before is None or self.is_lock:
            return frozenset(now.manifests)
        different = self._different(now)
        roots = {each for each in now.folders if self._settings(now, each) & different}
        return frozenset(
            place.manifest
            for place in now.places.values()
            if place.schema is None
            or place.schema in different
            or place.manifest in different
            or (roots and now.root_of(place.manifest) in roots)
        )

    def defined(self, now: Snapshot) -> Iterator[Contract]:
        """Yield contracts as they were that do not define any more what they did.

        Their files are gone, or have another name now, and no other defines it: whoever
        uses it has lost it.
        """
        if self.before is None or self.is_lock:
            return
        gone = self.before.manifests.keys() - now.manifests.keys()
        for name in sorted(gone | self.affected(now)):
            before, after = self.before.find(name), now.find(name)
            if before is None or before.name is None:
                continue
            language = before.manifest.schema_type
            is_kept = after is not None and after.name == before.name
            if not is_kept and not now.named(language, before.name):
                yield before

    def has_changed_inside(self, now: Snapshot, folder: str) -> bool:
        """Whether a folder's files are not as they were; a lock tells of no files."""
        if self.before is None or self.is_lock:
            return True
        return not is_same_inside(self.before.tree, now.tree, folder)

    def _different(self, now: Snapshot) -> frozenset[str]:
        if self._known is None or self._known[0] is not now:
            self._known = (now, self._compared(now))
        return self._known[1]

    def _compared(self, now: Snapshot) -> frozenset[str]:
        assert self.before is not None  # noqa: S101 - asked for above
        tree = self.before.tree
        settings = (self._settings(now, each) for each in now.folders)
        asked = {*now.files, *self.before.manifests}.union(*settings)
        different = changed(tree, now.tree, asked)
        # In one go: each later question would be a process of its own.
        folders = {name.rpartition("/")[0] for name in different}
        versions = {f"{folder}/versions" for folder in folders}
        tree.read(
            name
            for name in tree.names
            if name in different or name.rpartition("/")[0] in versions
        )
        return different

    def _settings(self, now: Snapshot, root: str) -> frozenset[str]:
        """Return the files that say what holds for all contracts of a folder."""
        found = {now.defaults_of(root), *now.files_in(root, file_names.POLICIES)}
        if self.before is not None:
            found.update(self.before.files_in(root, file_names.POLICIES))
        return frozenset(found)

    def kept(self, contract: Contract, now: Snapshot) -> Kept | None:
        """Return the texts of a contract's past, found by its id; None if it is new.

        What the contract's own tree keeps of it counts as well.
        """
        if self.before is None or self.archive is None:
            return None
        # Hardly any has moved; to search for the others takes much longer.
        same = self.before.find(contract.manifest.file.as_posix())
        if same is None or same.manifest.id != contract.manifest.id:
            same = next(iter(self.before.with_id(contract.manifest.id)), None)
        if same is None:
            return None
        kept = self.archive.kept(same, with_text=not self.is_lock)
        if self.is_lock:
            return kept
        known = {each.number for each in kept.texts}
        return replace(kept, arrived=self._arrived(now).arrived(contract, known))

    def find_fault(self, contract: Contract) -> str | None:
        """Return why it is not known what a contract was; None if it is, or is new."""
        name = contract.manifest.file.as_posix()
        if self.before is None or self.is_lock or name not in self.before.manifests:
            return None
        try:
            self.before.contract(name)
        except ManifestError as error:
            return f"{error.file}{self.label} cannot be read: {error.reason}"
        return None

    def _arrived(self, now: Snapshot) -> Archive:
        if self._arriving is None or self._arriving[0] is not now:
            self._arriving = (now, Archive(now, ""))
        return self._arriving[1]

    def past(self, kept: Kept | None, now: Snapshot, candidate: Source) -> Past:
        return Past() if kept is None else history.past(kept, now.parsing, candidate)

    def revised(self, names: Sequence[str]) -> frozenset[str]:
        """Return the files that are known to have had other texts before.

        Where the history is cut off, any may have had.
        """
        if self.commit is None or self.repository is None or not names:
            return frozenset()
        if self.repository.is_shallow:
            return frozenset(names)
        return self.repository.revised(self.commit, names)

    def lost(self, now: Snapshot) -> list[Lost]:
        """Return what there is no contract for any more."""
        if self.is_lock:
            return [*self._lost_from_lock(now)]
        return [Lost.of(each) for each in self._removed(now)]

    def _lost_from_lock(self, now: Snapshot) -> Iterator[Lost]:
        assert self.archive is not None  # noqa: S101 - a lock file was found
        every = [*now.every()]
        ids = {each.manifest.id for each in every}
        subjects = {str(each.subject) for each in every}
        for root in now.folders:
            text = self.archive.lock_text(root) or ""
            for subject, locked in self.archive.locked_in(root).items():
                is_there = subject in subjects or locked.contract in ids
                # One that cannot be read is told as such.
                if is_there or now.is_hidden(subject.rpartition(":")[2]):
                    continue
                file, place = Path(file_names.lock_of(root)), lock.place(text, subject)
                yield Lost(subject, locked.contract, file, place=place)

    def _removed(self, now: Snapshot) -> list[Contract]:
        """Return the contracts whose id is not there any more."""
        if self.before is None:
            return []
        before, after = self.before.manifests.keys(), now.manifests.keys()
        gone = [name for name in before if name not in after]
        # Its file may now have another contract; one that cannot be read is told so.
        kept = self._different(now) & before & after
        other = (each for each in kept if now.find(each) is not None)
        found = (self.before.find(name) for name in (*gone, *other))
        return [
            each
            for each in found
            if each is not None and not now.with_id(each.manifest.id)
        ]


def find(
    stated: str, project: Project, now: Snapshot, env: Mapping[str, str]
) -> Baseline:
    """Return what `--against` means.

    Args:
        stated: `merge-base`, `git:REF`, `dir:PATH` or `lock`.
        env: Where a CI service tells the target branch.

    Raises:
        UnknownBaselineError: It means nothing.
        BaselineError: There is nothing to compare with.
        GitError: Git refuses.

    """
    if commits.is_one(stated):
        return of_commit(commits.find(stated, project, env), project, now)
    if stated == _LOCK:
        return _of_lock(project, now)
    kind, _, folder = stated.partition(":")
    if kind == _FOLDER and folder:
        return _of_folder(project, folder, now)
    raise UnknownBaselineError(stated)


def of_commit(commit: Commit, project: Project, now: Snapshot) -> Baseline:
    """Return the contracts as a commit has them.

    Raises:
        BaselineError: They are not in this repository.

    """
    assert project.repository is not None  # noqa: S101 - the commit is out of it
    entries = project.repository.tree(commit.id, project.folders)
    links = [name for name, each in entries.items() if each.mode == LINK_TO_REPOSITORY]
    if links:
        raise BaselineError(
            f"{links[0]} is a submodule, whose contracts this repository's history"
            " does not have; check them in their own repository"
        )
    before = _as_before(now, project, GitTree(project.repository, entries))
    return Baseline(
        commit.words,
        before,
        f"@{commit.short}",
        commit=commit.id,
        repository=project.repository,
    )


def _as_before(now: Snapshot, project: Project, tree: Tree) -> Snapshot:
    return Snapshot(tree, project.folders, now.parsing, now.reading, is_past=True)


def _of_folder(project: Project, value: str, now: Snapshot) -> Baseline:
    folder = Path(value)
    if not folder.is_dir():
        raise BaselineError(f"there is no folder {value}")
    tree = _mounted(project, folder)
    before = _as_before(now, project, tree)
    return Baseline(f"the folder {value}", before, f"@{value}")


def _mounted(project: Project, folder: Path) -> Tree:
    if all((folder / each).is_dir() for each in project.folders):
        return FolderTree(folder, project.folders)
    if len(project.folders) > 1:
        folders = " and ".join(project.folders)
        raise BaselineError(f"{folder} does not have {folders}")
    (only,) = project.folders
    return FolderTree(folder, ("",), f"{only}/" if only else "")


def _of_lock(project: Project, now: Snapshot) -> Baseline:
    names = {file_names.lock_of(each) for each in project.folders}
    if now.tree.names.isdisjoint(names):
        listed = " or ".join(sorted(names))
        raise BaselineError(f"there is no {listed}: write it with `wirepact lock`")
    before = _as_before(now, project, now.tree)
    return Baseline("the lock file", before, is_lock=True)

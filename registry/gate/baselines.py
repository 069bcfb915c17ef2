"""What a project is compared with: a commit, a folder, or what a lock file says.

There is always one, or it is said what to do: a gate that compares with nothing would
let everything pass.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from registry.gate.contracts import Contract
from registry.gate.git import LINK_TO_REPOSITORY, Repository
from registry.gate.history import Archive, Kept, Past
from registry.gate.project import Project, Snapshot
from registry.gate.trees import FolderTree, GitTree, Tree, changed, is_same_inside

MERGE_BASE: Final = "merge-base"
LOCK: Final = "lock"
REGISTRY: Final = "registry"

_SHORT: Final = 7
_OTHERWISE: Final = (
    "; or name another baseline with --against, or pass --allow-missing-baseline"
)
_WHOLE: Final = (
    'check out with the whole history (`fetch-depth: 0` on GitHub, `GIT_DEPTH: "0"`'
    " on GitLab, `git fetch --unshallow` by hand)"
)
_TARGETS: Final = (
    "GITHUB_BASE_REF",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
    "SYSTEM_PULLREQUEST_TARGETBRANCH",
    "BITBUCKET_PR_DESTINATION_BRANCH",
    "CHANGE_TARGET",
)
"""Where CI services tell the branch that a change is to be merged into."""

_USUAL: Final = ("origin/HEAD", "origin/main", "origin/master", "main", "master")


class BaselineError(Exception):
    """There is nothing to compare with; the message says what to do about it."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"no baseline: {reason}{_OTHERWISE}")


@dataclass
class Baseline:
    """The contracts as they were.

    Attributes:
        words: For people: `the merge base 3f2a1bc of origin/main`.
        before: None where there is nothing to compare with, which was allowed.
        label: Put behind the names of files: `@3f2a1bc`.
        is_lock: Whether only what is kept in `versions/` came before.

    """

    words: str
    before: Snapshot | None = None
    label: str = ""
    is_lock: bool = False
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
            return frozenset(now.places)
        different = self._different(now)
        return frozenset(
            place.manifest
            for place in now.places.values()
            if place.schema is None
            or not different.isdisjoint(
                (place.manifest, place.schema, now.defaults_file(place.manifest))
            )
        )

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
        roots = {now.defaults_file(each) for each in now.places}
        manifests = {name for name in tree.names if name.endswith("/contract.yaml")}
        different = changed(tree, now.tree, {*now.files, *roots, *manifests})
        # In one go: each later question would be a process of its own.
        folders = {name.rpartition("/")[0] for name in different}
        versions = {f"{folder}/versions" for folder in folders}
        tree.read(
            name
            for name in tree.names
            if name in different or name.rpartition("/")[0] in versions
        )
        return different

    def kept(self, contract: Contract) -> Kept | None:
        """Return the texts of a contract's past, found by its id; None if it is new."""
        if self.before is None or self.archive is None:
            return None
        found = self.before.with_id(contract.manifest.id)
        if not found:
            return None
        return self.archive.kept(found[0], with_text=not self.is_lock)

    def past(self, kept: Kept | None) -> Past:
        if kept is None or self.archive is None:
            return Past()
        return self.archive.past(kept)

    def removed(self, now: Snapshot) -> list[Contract]:
        """Return the contracts whose id is not there any more."""
        if self.before is None or self.is_lock:
            return []
        gone = [name for name in self.before.places if name not in now.places]
        # Its file may now have another contract.
        kept = [
            name
            for name in self._different(now)
            if name in self.before.places and name in now.places
        ]
        found = (self.before.find(name) for name in (*gone, *kept))
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
        BaselineError: There is nothing to compare with.
        GitError: Git refuses.

    """
    kind, _, value = stated.partition(":")
    make = _MAKERS.get(kind)
    if make is None or (kind in _VALUED) != bool(value):
        raise BaselineError(
            f"expected merge-base, git:REF, dir:PATH, lock or registry, found"
            f" '{stated}'"
        )
    tree, words, label = make(project, value, now.tree, env)
    before = _as_before(now, project, tree)
    return Baseline(words, before, label, is_lock=kind == LOCK)


def staged(project: Project, now: Snapshot) -> Baseline:
    """Return what the next commit is compared with: the present one."""
    repository = _repository(project)
    commit = _head(repository)
    tree = _tree(repository, commit, project)
    before = _as_before(now, project, tree)
    return Baseline(f"HEAD {commit[:_SHORT]}", before, f"@{commit[:_SHORT]}")


def _as_before(now: Snapshot, project: Project, tree: Tree) -> Snapshot:
    return Snapshot(tree, project.folders, now.parsing, now.reading)


_Made = tuple[Tree, str, str]


def _of_merge_base(
    project: Project, _value: str, _now: Tree, env: Mapping[str, str]
) -> _Made:
    repository = _repository(project)
    head = _head(repository)
    target, tip = _target(repository, env)
    base = repository.find_merge_base(tip, head)
    if base is None:
        why = (
            f"the history is cut off before HEAD and {target} meet; {_WHOLE}"
            if repository.is_shallow
            else f"HEAD and {target} have no commit in common"
        )
        raise BaselineError(why)
    if base == head and env.get("CI"):
        return _before_head(repository, project, target)
    words = f"the merge base {base[:_SHORT]} of {target}"
    return _tree(repository, base, project), words, f"@{base[:_SHORT]}"


def _before_head(repository: Repository, project: Project, target: str) -> _Made:
    """Return the commit before one that is merged already: what its merge changed."""
    base = repository.find_commit("HEAD^1")
    if base is None:
        why = f"HEAD is on {target} already, and the commit before it is not here"
        raise BaselineError(f"{why}; {_WHOLE}" if repository.is_shallow else why)
    words = f"{base[:_SHORT]}, the commit before HEAD, which is on {target} already"
    return _tree(repository, base, project), words, f"@{base[:_SHORT]}"


def _of_git(project: Project, value: str, _now: Tree, _env: Mapping[str, str]) -> _Made:
    repository = _repository(project)
    commit = repository.find_commit(value)
    if commit is None:
        more = f"; {_WHOLE}" if repository.is_shallow else "; fetch it first"
        raise BaselineError(f"there is no commit '{value}' here{more}")
    words = f"{value} ({commit[:_SHORT]})"
    return _tree(repository, commit, project), words, f"@{commit[:_SHORT]}"


def _of_folder(
    project: Project, value: str, _now: Tree, _env: Mapping[str, str]
) -> _Made:
    folder = Path(value)
    if not folder.is_dir():
        raise BaselineError(f"there is no folder {value}")
    if all((folder / each).is_dir() for each in project.folders):
        return FolderTree(folder, project.folders), f"the folder {value}", f"@{value}"
    if len(project.folders) > 1:
        folders = " and ".join(project.folders)
        raise BaselineError(f"{value} does not have {folders}")
    (only,) = project.folders
    mounted = f"{only}/" if only else ""
    return FolderTree(folder, ("",), mounted), f"the folder {value}", f"@{value}"


def _of_lock(
    project: Project, _value: str, now: Tree, _env: Mapping[str, str]
) -> _Made:
    names = {f"{each}/.lock.yaml".removeprefix("/") for each in project.folders}
    if now.names.isdisjoint(names):
        listed = " or ".join(sorted(names))
        raise BaselineError(f"there is no {listed}: write it with `wirepact lock`")
    return now, "the lock file", ""


_MAKERS: Final[
    Mapping[str, Callable[[Project, str, Tree, Mapping[str, str]], _Made]]
] = {MERGE_BASE: _of_merge_base, "git": _of_git, "dir": _of_folder, LOCK: _of_lock}
_VALUED: Final = frozenset({"git", "dir"})


def _repository(project: Project) -> Repository:
    if project.repository is None:
        raise BaselineError(f"{project.root} is in no git repository")
    return project.repository


def _head(repository: Repository) -> str:
    head = repository.find_commit("HEAD")
    if head is None:
        raise BaselineError(f"{repository.root} has no commit yet")
    return head


def _target(repository: Repository, env: Mapping[str, str]) -> tuple[str, str]:
    """Return the branch that the work is to be merged into, and its tip."""
    stated = next((env[name] for name in _TARGETS if env.get(name)), None)
    names: tuple[str, ...] = _USUAL
    if stated is not None:
        branch = stated.removeprefix("refs/heads/")
        names = (f"origin/{branch}", branch)
    for name in names:
        if (tip := repository.find_commit(name)) is not None:
            return name, tip
    raise BaselineError(f"there is no {' or '.join(names)} here; {_WHOLE}")


def _tree(repository: Repository, commit: str, project: Project) -> Tree:
    entries = repository.tree(commit, project.folders)
    links = [name for name, each in entries.items() if each.mode == LINK_TO_REPOSITORY]
    if links:
        raise BaselineError(
            f"{links[0]} is a submodule, whose contracts this repository's history"
            " does not have; check them in their own repository"
        )
    return GitTree(repository, entries)

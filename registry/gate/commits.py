"""Which commit a project is compared with, when it is one."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from registry.gate.git import Repository
from registry.gate.project import Project
from registry.gate.trouble import GateError

MERGE_BASE: Final = "merge-base"

_GIT: Final = "git:"
_HEAD: Final = "HEAD"
_SHORT: Final = 7
_HASH: Final = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
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

_SIGNS: Final = ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "JENKINS_URL")
"""What CI services set, of which some do not set the first."""

_EVENT: Final = "GITHUB_EVENT_PATH"
_PUSHED_ONTO: Final = ("CI_COMMIT_BEFORE_SHA", "GIT_PREVIOUS_SUCCESSFUL_COMMIT")
"""Where others than GitHub tell what a push came after; of a new branch, zeros."""

_MOST_BYTES: Final = 16 * 1024 * 1024
_USUAL: Final = ("origin/HEAD", "origin/main", "origin/master", "main", "master")


class BaselineError(GateError):
    """There is nothing to compare with; the message says what to do about it."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"no baseline: {reason}{_OTHERWISE}")


class NoCommitsError(BaselineError):
    """The first commit of a repository is still to come."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit, by its hash.

    Attributes:
        words: For people: `the merge base 3f2a1bc of origin/main`.

    """

    id: str
    words: str

    @property
    def short(self) -> str:
        return self.id[:_SHORT]


def is_one(stated: str) -> bool:
    """Whether a baseline is a commit, rather than a folder, a lock or a registry."""
    return stated == MERGE_BASE or (stated.startswith(_GIT) and stated != _GIT)


def find(stated: str, project: Project, env: Mapping[str, str]) -> Commit:
    """Return the commit that `merge-base` or `git:REF` means.

    Args:
        env: Where a CI service tells the target branch.

    Raises:
        BaselineError: There is none.
        GitError: Git refuses.

    """
    repository = _repository(project)
    if stated == MERGE_BASE:
        return _merge_base(repository, env)
    return _named(repository, stated.removeprefix(_GIT))


def head(project: Project) -> Commit:
    """Return what the next commit is compared with: the present one.

    Raises:
        NoCommitsError: There is none yet.
        BaselineError: There is no repository.

    """
    repository = _repository(project)
    commit = repository.find_commit(_HEAD)
    if commit is None:
        raise _without_commits(repository)
    return Commit(commit, f"{_HEAD} {commit[:_SHORT]}")


def _merge_base(repository: Repository, env: Mapping[str, str]) -> Commit:
    targets = _targets(env)
    commits = repository.commits((_HEAD, *targets))
    head = commits.get(_HEAD)
    if head is None:
        raise _without_commits(repository)
    target = next((each for each in targets if each in commits), None)
    if target is None:
        raise BaselineError(f"there is no {' or '.join(targets)} here; {_WHOLE}")
    tip = commits[target]
    base = head if tip == head else repository.find_merge_base(tip, head)
    if base is None:
        why = (
            f"the history is cut off before HEAD and {target} meet; {_WHOLE}"
            if repository.is_shallow
            else f"HEAD and {target} have no commit in common"
        )
        raise BaselineError(why)
    if base != head:
        return Commit(base, f"the merge base {base[:_SHORT]} of {target}")
    if any(env.get(each) for each in _SIGNS):
        return _before_push(repository, target, env)
    return Commit(base, f"the merge base {base[:_SHORT]} of {target}, which is HEAD")


def _before_push(repository: Repository, target: str, env: Mapping[str, str]) -> Commit:
    """Return what a push came after whose commits are merged already."""
    before = _pushed_onto(env)
    if before is None:
        return _before_head(repository, target)
    found = repository.find_commit(before)
    if found is None:
        why = f"{before[:_SHORT]}, which {target} was at before this push, is not here"
        raise BaselineError(f"{why}; {_WHOLE}" if repository.is_shallow else why)
    return Commit(found, f"{found[:_SHORT]}, which {target} was at before this push")


def _pushed_onto(env: Mapping[str, str]) -> str | None:
    stated = [_github_before(env), *(env.get(each) for each in _PUSHED_ONTO)]
    return next((each for each in stated if each and each.strip("0")), None)


def _github_before(env: Mapping[str, str]) -> str | None:
    """Return what the description of an event says; None where it says nothing."""
    try:
        with Path(env.get(_EVENT, "")).open("rb") as stream:
            before = json.loads(stream.read(_MOST_BYTES))["before"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    is_hash = isinstance(before, str) and _HASH.fullmatch(before)
    return before if is_hash else None


def _before_head(repository: Repository, target: str) -> Commit:
    """Return the commit before one that is merged already: what its merge changed."""
    base = repository.find_commit(f"{_HEAD}^1")
    if base is None:
        why = f"HEAD is on {target} already, and the commit before it is not here"
        raise BaselineError(f"{why}; {_WHOLE}" if repository.is_shallow else why)
    before = f"{base[:_SHORT]}, the commit before HEAD"
    return Commit(base, f"{before}, which is on {target} already")


def _named(repository: Repository, name: str) -> Commit:
    commit = repository.find_commit(name)
    if commit is None:
        more = f"; {_WHOLE}" if repository.is_shallow else "; fetch it first"
        raise BaselineError(f"there is no commit '{name}' here{more}")
    return Commit(commit, f"{name} ({commit[:_SHORT]})")


def _targets(env: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names that the branch may have which the work is to be merged into."""
    stated = next((env[name] for name in _TARGETS if env.get(name)), None)
    if stated is None:
        return _USUAL
    branch = stated.removeprefix("refs/heads/")
    return (f"origin/{branch}", branch)


def _repository(project: Project) -> Repository:
    if project.repository is None:
        raise BaselineError(f"{project.root} is in no git repository")
    return project.repository


def _without_commits(repository: Repository) -> NoCommitsError:
    return NoCommitsError(f"{repository.root} has no commit yet")

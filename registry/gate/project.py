"""The folders with contracts of one repository."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from registry.gate.git import GitError, Repository
from registry.gate.trees import FolderTree, GitTree
from registry.gate.trouble import GateError

DEFAULT_FOLDER: Final = "contracts"


class ProjectError(GateError):
    """There is no project where one was expected; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Project:
    """The folders with contracts of one repository.

    Attributes:
        root: Absolute; the repository's, or the working folder where there is none.
        folders: Relative to the root, with forward slashes; "" for the root itself.
        repository: None where the folders are in none.

    """

    root: Path
    folders: tuple[str, ...]
    repository: Repository | None = None

    @classmethod
    def of(cls, paths: Sequence[Path]) -> "Project":
        """Find the repository of some folders; none means `contracts`.

        Raises:
            ProjectError: A folder is not there, or they are of several repositories.
            GitError: Git does not trust the repository.

        """
        given = [*paths] or [Path(DEFAULT_FOLDER)]
        for each in given:
            if not each.is_dir():
                raise ProjectError(f"expected a folder with contracts: {each}")
        repository = _repository(given[0])
        for each in given[1:]:
            _hold_inside(each, repository)
        # A name given through a link is taken as what it leads to, as git does it.
        root = (Path.cwd() if repository is None else repository.root).resolve()
        folders = [_relative(each, root) for each in given]
        return cls(root, tuple(dict.fromkeys(folders)), repository)

    def working_tree(self) -> FolderTree:
        return FolderTree(self.root, self.folders)

    def staged_tree(self) -> GitTree:
        """Return what the next commit would have.

        Raises:
            ProjectError: There is no repository.

        """
        if self.repository is None:
            raise ProjectError(f"{self.root} is no git repository: nothing is staged")
        return GitTree(self.repository, self.repository.index(self.folders))


def _hold_inside(folder: Path, repository: Repository | None) -> None:
    # A submodule lies in a repository, and is one of its own.
    if _repository(folder) != repository:
        raise ProjectError(f"expected folders of one repository: {folder} is outside")


def _repository(folder: Path) -> Repository | None:
    try:
        return Repository.find(folder)
    except GitError as error:
        if "not installed" in str(error):
            return None
        raise


def _relative(folder: Path, root: Path) -> str:
    path = folder.resolve()
    if not path.is_relative_to(root):
        raise ProjectError(f"expected folders of one repository: {folder} is outside")
    relative = path.relative_to(root).as_posix()
    return "" if relative == "." else relative

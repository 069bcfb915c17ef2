"""Files by name, whether they lie in a folder, in a commit or in git's index."""

import hashlib
import os
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import islice, takewhile
from pathlib import Path
from typing import Final, Protocol

from registry.gate import manifests
from registry.gate.git import Entry, Repository

MAX_BYTES: Final = 16 * 1024 * 1024
"""No file of a contract is read beyond it, whatever it is."""

_EXAMPLES: Final = "examples"
_ALGORITHMS: Final = {40: "sha1", 64: "sha256"}


class Tree(Protocol):
    """Files of some folders. All names are relative, with forward slashes."""

    @property
    def names(self) -> frozenset[str]:
        """All files; links and what no file is are left out."""
        ...

    def read(self, names: Iterable[str]) -> Mapping[str, bytes]:
        """Return what files hold; those that are too large are left out.

        Raises:
            GitError: The repository does not have them any more.
            OSError: A file cannot be read.

        """
        ...

    def inside(self, folder: str) -> Mapping[str, bytes]:
        """Return the files of a folder and of those in it, examples as well.

        Raises:
            GitError: The repository does not have them any more.
            OSError: A file cannot be read.

        """
        ...


class FolderTree:
    """The files of a folder as they are now; each is read once.

    Args:
        root: What all names are relative to.
        folders: Which parts of it; "" for all.
        mounted: What all names begin with, as if the root were a folder of that name.

    """

    def __init__(self, root: Path, folders: Iterable[str], mounted: str = "") -> None:
        self._root = root
        self._prefix = len(mounted)
        self._read: dict[str, bytes] = {}
        self._names = frozenset(
            f"{mounted}{name}" for folder in folders for name in _walked(root, folder)
        )

    @property
    def names(self) -> frozenset[str]:
        return self._names

    def read(self, names: Iterable[str]) -> Mapping[str, bytes]:
        wanted = [each for each in names if each in self._names]
        for name in wanted:
            if name not in self._read:
                content = _content(self._root / name[self._prefix :])
                if content is not None:
                    self._read[name] = content
        return {each: self._read[each] for each in wanted if each in self._read}

    def inside(self, folder: str) -> Mapping[str, bytes]:
        mounted = folder[: self._prefix]
        found = {
            f"{mounted}{name}": _content(self._root / name)
            for name in _walked(self._root, folder[self._prefix :])
        }
        return {name: each for name, each in found.items() if each is not None}


class GitTree:
    """What git has stored, of a commit or its index; read by few processes.

    Args:
        entries: By name.

    """

    def __init__(self, repository: Repository, entries: Mapping[str, Entry]) -> None:
        self._repository = repository
        self._files = {name: each for name, each in entries.items() if each.is_file}
        self._read: dict[str, bytes | None] = {}
        self._names = frozenset(self._files)

    @property
    def names(self) -> frozenset[str]:
        return self._names

    def read(self, names: Iterable[str]) -> Mapping[str, bytes]:
        ids = {
            name: self._files[name].object_id for name in names if name in self._files
        }
        missing = [each for each in ids.values() if each not in self._read]
        self._read.update(self._repository.contents(missing, MAX_BYTES))
        found = ((name, self._read[each]) for name, each in ids.items())
        return {name: content for name, content in found if content is not None}

    def inside(self, folder: str) -> Mapping[str, bytes]:
        return self.read(self._by_folder(folder))

    def holds(self, folder: str, contents: Mapping[str, bytes]) -> bool:
        """Whether a folder has these files, and no others; none of its own is read."""
        ids = {name: self._files[name].object_id for name in self._by_folder(folder)}
        return ids.keys() == contents.keys() and all(
            each == object_id(contents[name], len(each)) for name, each in ids.items()
        )

    def _by_folder(self, folder: str) -> Sequence[str]:
        prefix = f"{folder}/"
        first = bisect_left(self._sorted, prefix)
        rest = islice(self._sorted, first, None)
        return [*takewhile(lambda name: name.startswith(prefix), rest)]

    @cached_property
    def _sorted(self) -> Sequence[str]:
        return sorted(self._names)

    def changed(self, other: Tree, names: Iterable[str]) -> frozenset[str]:
        """Return which files are not the same in another tree, or only in one.

        What is the same is known from then on without asking git.
        """
        different: set[str] = set()
        theirs = other.read(names)
        for name in names:
            entry, content = self._files.get(name), theirs.get(name)
            if entry is None or content is None:
                if entry is not None or content is not None:
                    different.add(name)
            elif entry.object_id == object_id(content, len(entry.object_id)):
                self._read[entry.object_id] = content
            else:
                different.add(name)
        return frozenset(different)


def changed(before: Tree, now: Tree, names: Iterable[str]) -> frozenset[str]:
    """Return which files are not the same in two trees, or only in one of them."""
    wanted = tuple(names)
    if isinstance(before, GitTree):
        return before.changed(now, wanted)
    old, new = before.read(wanted), now.read(wanted)
    return frozenset(each for each in wanted if old.get(each) != new.get(each))


def is_same_inside(before: Tree, now: Tree, folder: str) -> bool:
    """Whether a folder has the same files in two trees, and those in it as well."""
    contents = now.inside(folder)
    if isinstance(before, GitTree):
        return before.holds(folder, contents)
    return before.inside(folder) == contents


def object_id(content: bytes, digits: int) -> str:
    """Return the name that git gives a file's content.

    Source: git, "Git Internals - Git Objects".
    """
    digest = hashlib.new(_ALGORITHMS[digits], usedforsecurity=False)
    digest.update(b"blob %d\0" % len(content))
    digest.update(content)
    return digest.hexdigest()


def _content(file: Path) -> bytes | None:
    with file.open("rb", buffering=0) as stream:
        content = stream.read(MAX_BYTES + 1)
        # A raw stream may give less than there is.
        while content and (more := stream.read(MAX_BYTES + 1 - len(content))):
            content += more
    return None if len(content) > MAX_BYTES else content


def _walked(root: Path, folder: str) -> Iterable[str]:
    prefix = len(os.path.join(root, ""))  # noqa: PTH118 - to cut off as text
    for where, folders, files in os.walk(root / folder):
        if manifests.FILE_NAME in files and _EXAMPLES in folders:
            folders.remove(_EXAMPLES)
        folders[:] = [each for each in folders if each != ".git"]
        at = where[prefix:].replace(os.sep, "/")
        for each in files:
            # A link may lead anywhere, and git has it as a link.
            if not os.path.islink(f"{where}/{each}"):  # noqa: PTH114 - of thousands
                yield f"{at}/{each}" if at else each

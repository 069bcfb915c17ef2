"""Files by name, whether they lie in a folder, in a commit or in git's index."""

import hashlib
import os
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Final, Protocol

from registry.gate import file_names
from registry.gate.git import Entry, Repository

MAX_BYTES: Final = 16 * 1024 * 1024
"""No file of a contract is read beyond it, whatever it is."""

_MOST: Final = 1 << 14
"""Bytes that most files have less of; room for many more takes as long as reading."""

_CHUNK: Final = 1 << 18
_ALGORITHMS: Final = {40: hashlib.sha1, 64: hashlib.sha256}
"""Of git, by how many digits their digests have."""


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
        self._root = os.fspath(root)
        self._prefix = len(mounted)
        self._read: dict[str, bytes | None] = {}
        found = {
            f"{mounted}{name}": is_example
            for folder in folders
            for name, is_example in _walked(self._root, folder)
        }
        self._sorted = sorted(found)
        self._names = frozenset(name for name in found if not found[name])

    @property
    def names(self) -> frozenset[str]:
        return self._names

    def read(self, names: Iterable[str]) -> Mapping[str, bytes]:
        return self._contents(each for each in names if each in self._names)

    def inside(self, folder: str) -> Mapping[str, bytes]:
        return self._contents(_inside(self._sorted, folder))

    def digest(self) -> str:
        """Return a digest of all names and contents, examples as well.

        Raises:
            OSError: A file cannot be read.

        """
        contents = self._contents(self._sorted)
        found = hashlib.sha256()
        for name in self._sorted:
            content = contents.get(name)
            size = -1 if content is None else len(content)
            found.update(b"%s\0%d\0" % (os.fsencode(name), size))
            found.update(content or b"")
        return found.hexdigest()

    def _contents(self, names: Iterable[str]) -> Mapping[str, bytes]:
        found: dict[str, bytes] = {}
        for name in names:
            if name not in self._read:
                self._read[name] = _content(f"{self._root}/{name[self._prefix :]}")
            content = self._read[name]
            if content is not None:
                found[name] = content
        return found


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

    def digest(self) -> str:
        """Return a digest of all names and contents, none of which is read."""
        found = hashlib.sha256()
        for name in self._sorted:
            object_id = self._files[name].object_id
            found.update(f"{name}\0{object_id}\0".encode(errors="surrogateescape"))
        return found.hexdigest()

    def holds(self, folder: str, contents: Mapping[str, bytes]) -> bool:
        """Whether a folder has these files, and no others; none of its own is read."""
        ids = {name: self._files[name].object_id for name in self._by_folder(folder)}
        return ids.keys() == contents.keys() and all(
            each == object_id(contents[name], len(each)) for name, each in ids.items()
        )

    def _by_folder(self, folder: str) -> Sequence[str]:
        return _inside(self._sorted, folder)

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
    stored = b"blob %d\0%b" % (len(content), content)
    return _ALGORITHMS[digits](stored, usedforsecurity=False).hexdigest()


def _content(file: str) -> bytes | None:
    # Without a stream around it: of thousands of files.
    descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        content = os.read(descriptor, _MOST)
        while len(content) <= MAX_BYTES and (more := os.read(descriptor, _CHUNK)):
            content += more
    finally:
        os.close(descriptor)
    return None if len(content) > MAX_BYTES else content


def _inside(names: Sequence[str], folder: str) -> Sequence[str]:
    """Return the names in a folder, of names that are sorted."""
    first = bisect_left(names, f"{folder}/")
    # The character after the slash.
    return names[first : bisect_left(names, f"{folder}0", first)]


def _walked(root: str, folder: str) -> Iterator[tuple[str, bool]]:
    """Yield the files of a folder, and whether they are examples of a contract."""
    ahead = [(folder, False)]
    while ahead:
        at, are_examples = ahead.pop()
        files, folders = _listed(f"{root}/{at}")
        prefix = f"{at}/" if at else ""
        for name in files:
            yield f"{prefix}{name}", are_examples
        is_contract = file_names.CONTRACT in files
        ahead += (
            (
                f"{prefix}{name}",
                are_examples or (is_contract and name == file_names.EXAMPLES),
            )
            for name in folders
            if name != ".git"
        )


def _listed(folder: str) -> tuple[list[str], list[str]]:
    """Return a folder's files and folders; a link may lead anywhere, and is neither."""
    files: list[str] = []
    folders: list[str] = []
    with suppress(OSError), os.scandir(folder) as entries:
        for each in entries:
            if each.is_file(follow_symlinks=False):
                files.append(each.name)
            elif each.is_dir(follow_symlinks=False):
                folders.append(each.name)
    return files, folders

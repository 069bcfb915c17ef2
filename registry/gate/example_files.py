"""The examples of a contract, as files; what is in them is not understood here."""

import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Final

from registry.gate.contract_model import Example
from registry.gate.contracts import Contract
from registry.gate.trees import Tree

MOST_FILES: Final = 200
MOST_BYTES: Final = 256 * 1024

_FOLDER: Final = "examples"
_KINDS: Final = (("valid", True), ("invalid", False))


class ExampleFiles:
    """The examples of a project.

    Args:
        root: What the names of the tree are relative to.

    """

    def __init__(self, tree: Tree, root: Path) -> None:
        self._tree = tree
        self._root = root

    def of(self, contract: Contract) -> tuple[Example, ...]:
        """Return a contract's examples: those of the tree, else those of the disk.

        A tree of files leaves them out, as most runs have no use for them.
        """
        folder = contract.manifest.file.parent.as_posix()
        own = [*self._of_tree(folder)]
        return tuple(own or _of_disk(self._root / folder))

    def _of_tree(self, folder: str) -> Iterator[Example]:
        for kind, is_valid in _KINDS:
            names = self._names.get(f"{folder}/{_FOLDER}/{kind}", [])
            for name, content in self._tree.read(names[:MOST_FILES]).items():
                short = name.removeprefix(f"{folder}/")
                yield _example(short, content, is_valid=is_valid)

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        """The files by their folders; looked up once for all contracts."""
        found: dict[str, list[str]] = {}
        for name in sorted(self._tree.names):
            if f"/{_FOLDER}/" in name:
                found.setdefault(name.rpartition("/")[0], []).append(name)
        return found


def _of_disk(folder: Path) -> Iterator[Example]:
    for kind, is_valid in _KINDS:
        files = sorted((folder / _FOLDER / kind).glob("*"))
        for file in files[:MOST_FILES]:
            # A link may lead anywhere.
            if file.is_file() and not file.is_symlink():
                with file.open("rb") as stream:
                    content = stream.read(MOST_BYTES)
                name = file.relative_to(folder).as_posix().replace(os.sep, "/")
                yield _example(name, content, is_valid=is_valid)


def _example(name: str, content: bytes, *, is_valid: bool) -> Example:
    return Example(name, content[:MOST_BYTES].decode("utf-8", "replace"), is_valid)

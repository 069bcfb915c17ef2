"""The examples of a contract, as files; what is in them is not understood here."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from registry.gate.contract_model import Example
from registry.gate.contracts import Contract
from registry.gate.trees import Tree

MOST_FILES: Final = 200
MOST_BYTES: Final = 256 * 1024

_FOLDER: Final = "examples"
_KINDS: Final = (("valid", True), ("invalid", False))


def read(tree: Tree, root: Path, contract: Contract) -> tuple[Example, ...]:
    """Return the examples of a contract: those of the tree, else those of the disk.

    A tree of files leaves them out, as most runs have no use for them.

    Args:
        root: What the names of the tree are relative to.

    """
    folder = contract.manifest.file.parent.as_posix()
    own = [*_of_tree(tree, folder)]
    return tuple(own or _of_disk(root / folder))


def _of_tree(tree: Tree, folder: str) -> Iterator[Example]:
    for kind, is_valid in _KINDS:
        prefix = f"{folder}/{_FOLDER}/{kind}/"
        names = sorted(each for each in tree.names if each.startswith(prefix))
        for name, content in tree.read(names[:MOST_FILES]).items():
            yield _example(name.removeprefix(f"{folder}/"), content, is_valid=is_valid)


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

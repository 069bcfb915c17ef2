"""The examples of a contract, as files; what is in them is not understood here."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from registry.gate.contracts import Contract
from registry.gate.example_folders import folder_of
from registry.gate.example_values import Example
from registry.gate.trees import Tree

MOST_FILES: Final = 200
MOST_BYTES: Final = 256 * 1024

_KINDS: Final = (("valid", True), ("invalid", False))


def of(tree: Tree, contract: Contract) -> tuple[Example, ...]:
    """Return a contract's examples, by name; of each kind no more than `MOST_FILES`."""
    return tuple(_found(tree, contract))


def _found(tree: Tree, contract: Contract) -> Iterator[Example]:
    folder = folder_of(contract)
    above = f"{contract.manifest.file.parent.as_posix()}/"
    files = sorted(tree.inside(folder).items())
    for kind, is_valid in _KINDS:
        prefix = f"{folder}/{kind}/"
        inside = (each for each in files if _is_in(prefix, each[0]))
        for name, content in islice(inside, MOST_FILES):
            text = content[:MOST_BYTES].decode("utf-8", "replace")
            yield Example(name.removeprefix(above), text, is_valid)


def _is_in(prefix: str, name: str) -> bool:
    return name.startswith(prefix) and "/" not in name.removeprefix(prefix)

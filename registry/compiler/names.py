"""Which import names are allowed: they become files in a private folder."""

import re
from collections.abc import Iterable
from typing import Final

from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.protobuf.compiling import ROOT

LONGEST: Final = 512
"""Characters of an import name."""

_LONGEST_PART_BYTES: Final = 255
"""What file systems take for one part of a path."""

_FORBIDDEN: Final = re.compile(r"[\x00-\x1f\x7f\\]")


def check(names: Iterable[str]) -> None:
    """Refuse names that are no relative path to a file of its own.

    Raises:
        InvalidSchemaError: It names the first that is not.

    """
    known = sorted(names)
    for name in known:
        if (why := _fault_of(name)) is not None:
            raise InvalidSchemaError(f"cannot import {name[:LONGEST]!r}: {why}")
    folders = {folder: name for name in known for folder in _folders_of(name)}
    for name in known:
        if name in folders:
            raise InvalidSchemaError(
                f"cannot import {name!r}: it is a folder of {folders[name]!r}"
            )


def _fault_of(name: str) -> str | None:
    if len(name) > LONGEST:
        return f"the name has more than {LONGEST} characters"
    if name == ROOT:
        return "the name is reserved"
    if _FORBIDDEN.search(name):
        return "the name has a backslash or a control character"
    parts = name.split("/")
    if any(part in {"", ".", ".."} for part in parts):
        return "the name is not a plain path like 'common/money.proto'"
    if any(len(part.encode()) > _LONGEST_PART_BYTES for part in parts):
        return f"a part of the name has more than {_LONGEST_PART_BYTES} bytes"
    return None


def _folders_of(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]

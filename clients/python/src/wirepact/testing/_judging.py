"""The compatibility that the registry in memory knows."""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from wirepact.schemas import AVRO, Schema

Judge = Callable[[Schema, Schema], bool]
"""Says whether the first schema reads what was written with the second."""

_FORWARD_ONLY: Final = frozenset({"FORWARD", "FORWARD_TRANSITIVE"})
_BACKWARD_ONLY: Final = frozenset({"BACKWARD", "BACKWARD_TRANSITIVE"})
LEVELS: Final = _FORWARD_ONLY | _BACKWARD_ONLY | {"NONE", "FULL", "FULL_TRANSITIVE"}


def reads(reader: Schema, writer: Schema) -> bool:
    """Say whether an Avro record has a default for every field that it has more."""
    if reader.schema_type != AVRO:
        return True
    needed = {each["name"] for each in _fields(reader.text) if "default" not in each}
    return needed <= {each["name"] for each in _fields(writer.text)}


def _fields(text: str) -> list[dict[str, Any]]:
    parsed = json.loads(text)
    fields = parsed.get("fields", []) if isinstance(parsed, dict) else []
    return list(fields)


def pairs(level: str, new: Schema, earlier: Schema) -> Iterator[tuple[Schema, Schema]]:
    """Yield who has to read whom."""
    if level not in _FORWARD_ONLY:
        yield new, earlier
    if level not in _BACKWARD_ONLY:
        yield earlier, new

"""Names of Avro: which are valid, what they stand for, and what was meant instead.

Source: Avro 1.12 specification, section "Names".
"""

import difflib
import re
from collections.abc import Iterable
from itertools import islice
from typing import Final

from registry.domain.formats.avro.faults import FaultError, shown
from registry.domain.formats.avro.nodes import Enum, Fixed, Named, Record
from registry.domain.limits import Limits
from registry.domain.schema import Strictness

PRIMITIVES: Final = frozenset(
    ("null", "boolean", "int", "long", "float", "double", "bytes", "string")
)
NamedNode = Record | Enum | Fixed

COMPLEX: Final = ("record", "enum", "array", "map", "fixed")

_UNICODE_NAME: Final = re.compile(r"[^\W\d]\w*")
_COMPARED: Final = 500
"""Names that an unknown one is compared with: a bound on the work of a message."""

_COMPARED_LENGTH: Final = 64


def is_name(text: str, strictness: Strictness) -> bool:
    """Whether a text is a simple name: letters, digits, `_`, no digit first."""
    if strictness is Strictness.STRICT:
        return text.isidentifier() and text.isascii()
    return _UNICODE_NAME.fullmatch(text) is not None


def is_namespace(text: str, strictness: Strictness) -> bool:
    """Whether a text is a namespace: names with dots between, or nothing."""
    if strictness is Strictness.LENIENT or not text:
        return True
    return all(is_name(part, strictness) for part in text.split("."))


def joined(namespace: str, name: str) -> str:
    return f"{namespace}.{name}" if namespace else name


class Names:
    """The named types known so far, by full name.

    Attributes:
        limits: Of the registry.
        types: In the order of their definitions.
        is_recursive: Whether a record was used before all its fields were read.

    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.types: dict[str, NamedNode] = {}
        self.is_recursive = False
        self._open: set[str] = set()

    def add(self, node: NamedNode) -> None:
        """Define a type.

        Raises:
            FaultError: The full name is defined already, or is one too many.

        """
        full_name = node.full_name
        if (earlier := self.types.get(full_name)) is not None:
            raise FaultError(_redefined(full_name, earlier, node), node.spot)
        if len(self.types) >= self.limits.max_named_types:
            reason = f"expected at most {self.limits.max_named_types} named types"
            raise FaultError(reason, node.spot)
        self.types[full_name] = node

    def open(self, record: Record) -> None:
        """Define a record whose fields are still to be read."""
        self.add(record)
        self._open.add(record.full_name)

    def close(self, record: Record) -> None:
        self._open.discard(record.full_name)

    def find(self, name: str, namespace: str) -> NamedNode | None:
        """Return what a name stands for; None if nothing known.

        A simple name is looked for in the namespace around it, then in none: there is
        no other way to write a type without a namespace inside of one.
        """
        found = None
        if namespace and "." not in name:
            found = self.types.get(f"{namespace}.{name}")
        if found is None:
            found = self.types.get(name)
        if found is not None and self._open and found.full_name in self._open:
            self.is_recursive = True
        return found


def unknown_type(name: str, known: Iterable[str], later: Iterable[str]) -> str:
    """Return the message for a name that stands for nothing.

    Args:
        known: The full names that could have been written.
        later: The names that the text defines further on.

    """
    if name in COMPLEX:
        return (
            f"expected an object that describes the {name}, found the word alone; write"
            f' {{"type": "{name}", ...}} where the type belongs'
        )
    simple = name.rpartition(".")[2]
    if simple in later:
        return (
            f"unknown type {shown(name)}: it is defined further on, and Avro has no"
            " forward references; define it where it is first used"
        )
    if (near := _nearest(name, known)) is not None:
        meant = f"; did you mean '{near}'?"
    else:
        meant = "."
    return (
        f"unknown type {shown(name)}: expected a primitive, one of"
        f" {', '.join(COMPLEX)}, or a type defined before{meant} If it is defined in"
        " another schema, a reference to that schema is missing"
    )


def _nearest(name: str, known: Iterable[str]) -> str | None:
    """The same name in another namespace, else the most similar one."""
    simple = name.rpartition(".")[2].lower()
    candidates = [*sorted(PRIMITIVES), *COMPLEX, *known]
    for candidate in candidates:
        if candidate.rpartition(".")[2].lower() == simple:
            return candidate
    if len(name) > _COMPARED_LENGTH:
        return None
    short = (each for each in candidates if len(each) <= _COMPARED_LENGTH)
    compared = list(islice(short, _COMPARED))
    return next(iter(difflib.get_close_matches(name, compared, 1, 0.7)), None)


def _redefined(full_name: str, earlier: Named, node: Named) -> str:
    reason = f"expected each type to be defined once, found {shown(full_name)} again"
    if earlier.spot.source == node.spot.source:
        return f"{reason}; use it by its name"
    if node.spot.source:
        first, second = earlier.spot.source, node.spot.source
        return f"{reason}: references '{first}' and '{second}' both define it"
    return f"{reason}: reference '{earlier.spot.source}' defines it; use it by its name"

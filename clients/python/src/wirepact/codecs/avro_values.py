"""Values that do not fit: where and why?

What does not fit is noticed while it is written, where nobody has an eye for the place;
so it is looked for afterwards, when time does not matter any more.
"""

import datetime
import decimal
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from fastavro.read import LOGICAL_READERS
from fastavro.write import LOGICAL_WRITERS

from wirepact.codecs.avro_model import (
    Model,
    Node,
    branch_name,
    definition,
    is_record,
    kind_of,
)

Reasons = Iterator[str]
_Known = dict[tuple[int, int], bool]
"""Whether a value fits a type, by their identities; kept while both are held."""

_INT: Final = 2**31
_LONG: Final = 2**63
_SHOWN: Final = 60

PYTHON_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "int-date": (datetime.date,),
    "int-time-millis": (datetime.time,),
    "long-time-micros": (datetime.time,),
    "long-timestamp-millis": (datetime.datetime,),
    "long-timestamp-micros": (datetime.datetime,),
    "long-local-timestamp-millis": (datetime.datetime,),
    "long-local-timestamp-micros": (datetime.datetime,),
    "bytes-decimal": (decimal.Decimal,),
    "fixed-decimal": (decimal.Decimal,),
    "string-uuid": (uuid.UUID,),
}

INSTANTS: Final = frozenset({"long-timestamp-millis", "long-timestamp-micros"})
"""Logical types for which a time without a zone could be any of many."""


def logical_name(node: Node) -> str:
    """Return how fastavro calls a logical type: `int-date`; empty for others."""
    if not isinstance(node, dict) or "logicalType" not in node:
        return ""
    return f"{node['type']}-{node['logicalType']}"


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(
        value, str | bytes | bytearray | memoryview
    )


def _is_number(value: Any) -> bool:
    return type(value) is float or (
        isinstance(value, float | int) and not isinstance(value, bool)
    )


_SCALARS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: value is True or value is False,
    "int": lambda value: _is_int(value) and -_INT <= value < _INT,
    "long": lambda value: _is_int(value) and -_LONG <= value < _LONG,
    "float": _is_number,
    "double": _is_number,
}


def is_deeper(value: Any, most: int) -> bool:
    """Say whether lists and dicts are in each other more than so many times.

    A value that is in itself is deeper than any limit.
    """
    level = _containers([value])
    for _ in range(most):
        if not level:
            return False
        level = _containers(inner for each in level for inner in _contents(each))
    return bool(level)


def _containers(values: Iterable[Any]) -> list[Any]:
    """Return each container once, however often it is in there."""
    bare = (_unpaired(value) for value in values)
    return list({id(each): each for each in bare if _is_container(each)}.values())


def _unpaired(value: Any) -> Any:
    return value[1] if _is_pair(value) else value


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str)


def _is_container(value: Any) -> bool:
    return isinstance(value, Mapping) or _is_list(value)


def _contents(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, Mapping) else value


class UnfitError(Exception):
    """A value is not of the type; an explanation is made afterwards."""


class Explainer:
    """Finds out why a value does not fit. Slow, and asked when it is known not to.

    It also chooses among the branches of a union that values of one type may fit.
    """

    def __init__(self, model: Model) -> None:
        self._root = model.root
        self._types = model.types

    def reason(self, value: Any) -> str:
        """Return the first reason and its place; empty if there is none."""
        return next(self._reasons(self._root, value, "", {}), "")

    def chooser(self, union: list[Node]) -> Callable[[Any], tuple[int, Any]]:
        """Return what finds the branch of a value, and the value without its name."""
        return lambda value: self._chosen(union, value)

    def _chosen(self, union: list[Node], value: Any) -> tuple[int, Any]:
        """Choose as fastavro does: of several records that with most of its fields.

        But a number is no time where it can be a number, so that it is read as one.

        Raises:
            UnfitError: There is no branch for it.

        """
        if isinstance(value, tuple):
            for at, branch in enumerate(union):
                if _is_pair(value) and branch_name(branch) == value[0]:
                    return at, value[1]
            raise UnfitError
        known: _Known = {}
        best, most, beneath = -1, -1, -1
        for at, branch in enumerate(union):
            if not self._fits(branch, value, known):
                continue
            node = definition(branch, self._types)
            if _is_beneath(node, value):
                beneath = at if beneath < 0 else beneath
                continue
            if not is_record(node):
                return _precise(union, at), value
            number = sum(field["name"] in value for field in node["fields"])
            if number > most:
                best, most = at, number
        if max(best, beneath) < 0:
            raise UnfitError
        return (best if best >= 0 else beneath), value

    def _reasons(self, node: Node, value: Any, path: str, known: _Known) -> Reasons:
        node = definition(node, self._types)
        if isinstance(node, list):
            yield from self._union(node, value, path, known)
        elif is_record(node):
            yield from self._record(node, value, path, known)
        elif kind_of(node) == "array":
            yield from self._array(node, value, path, known)
        elif kind_of(node) == "map":
            yield from self._map(node, value, path, known)
        elif reason := _unfit(node, value):
            yield f"{_place(path)}{reason}"

    def _record(self, node: Node, value: Any, path: str, known: _Known) -> Reasons:
        if not isinstance(value, Mapping):
            yield f"{_place(path)}{_shown(value)} is no {_named(node)}"
            return
        names = {field["name"] for field in node["fields"]}
        for name in value:
            if name not in names:
                yield f"{_place(path)}{_named(node)} has no field {name!r}"
        for field in node["fields"]:
            name = field["name"]
            if name in value:
                inner = f"{path}.{name}"
                yield from self._reasons(field["type"], value[name], inner, known)
            elif "default" not in field:
                yield f"{_place(path)}field {name!r} is missing"

    def _array(self, node: Node, value: Any, path: str, known: _Known) -> Reasons:
        if not _is_list(value):
            yield f"{_place(path)}{_shown(value)} is no array"
            return
        for at, each in enumerate(value):
            yield from self._reasons(node["items"], each, f"{path}[{at}]", known)

    def _map(self, node: Node, value: Any, path: str, known: _Known) -> Reasons:
        if not isinstance(value, Mapping):
            yield f"{_place(path)}{_shown(value)} is no map"
            return
        for key, each in value.items():
            inner = f"{path}[{_shown(key)}]"
            if not _is_text(key):
                yield f"{_place(inner)}the key is no string"
            yield from self._reasons(node["values"], each, inner, known)

    def _union(self, node: list[Node], value: Any, path: str, known: _Known) -> Reasons:
        if isinstance(value, tuple):
            yield from self._pair(node, value, path, known)
            return
        if any(self._fits(branch, value, known) for branch in node):
            return
        # With one branch of that shape there is something better to say.
        alike = [branch for branch in node if self._is_alike(branch, value)]
        if len(alike) == 1:
            yield from self._reasons(alike[0], value, path, known)
        else:
            options = ", ".join(map(branch_name, node))
            yield f"{_place(path)}{_shown(value)} is none of {options}"

    def _pair(self, node: list[Node], value: Any, path: str, known: _Known) -> Reasons:
        for branch in node:
            if _is_pair(value) and branch_name(branch) == value[0]:
                yield from self._reasons(branch, value[1], path, known)
                return
        options = ", ".join(map(branch_name, node))
        yield f"{_place(path)}{_shown(value)} names none of {options}"

    def _is_alike(self, branch: Node, value: Any) -> bool:
        branch = definition(branch, self._types)
        if is_record(branch) or kind_of(branch) == "map":
            return isinstance(value, Mapping)
        return kind_of(branch) == "array" and _is_list(value)

    def _fits(self, node: Node, value: Any, known: _Known) -> bool:
        key = (id(definition(node, self._types)), id(value))
        if not _is_container(value):
            return not any(self._reasons(node, value, "", known))
        if key not in known:
            known[key] = not any(self._reasons(node, value, "", known))
        return known[key]


def _is_beneath(node: Node, value: Any) -> bool:
    """Say whether a value is of the type beneath a logical one, and not of that."""
    meant = PYTHON_TYPES.get(logical_name(node))
    return meant is not None and not isinstance(value, meant)


def _precise(union: list[Node], at: int) -> int:
    """Prefer a later `double` to `float`: all numbers of Python are such."""
    if kind_of(union[at]) != "float":
        return at
    doubles = (n for n in range(at + 1, len(union)) if kind_of(union[n]) == "double")
    return next(doubles, at)


def _unfit(node: Node, value: Any) -> str:
    """Say why a value is not of a type without parts; empty if it is."""
    if isinstance(value, PYTHON_TYPES.get(logical_name(node), ())):
        return _unprepared(node, value)
    if _is_scalar(node, value) and is_readable(node, value):
        return ""
    return f"{_shown(value)} is no {_named(node)}"


def is_readable(node: Node, value: Any) -> bool:
    """Say whether the type beneath a logical one has a value that can be read as it.

    Not every text is a UUID, and not every number a time.
    """
    read = LOGICAL_READERS.get(logical_name(node))
    if read is None:
        return True
    try:
        read(value, node, None)
    except Exception:  # noqa: BLE001 - whatever it is, readers would meet it
        return False
    return True


def _unprepared(node: Node, value: Any) -> str:
    """Say why fastavro cannot write a value of a logical type; empty if it can."""
    name = logical_name(node)
    if name in INSTANTS and value.tzinfo is None:
        return f"{_shown(value)} has no time zone; write datetime.now(UTC)"
    try:
        LOGICAL_WRITERS[name](value, node)
    except Exception as error:  # noqa: BLE001 - whatever it is, the value does not fit
        if node["logicalType"] == "decimal":
            digits = (
                f"{node['precision']} digits, {node.get('scale', 0)} after the point"
            )
            return f"{_shown(value)} is no decimal of {digits}"
        return f"{_shown(value)} is no {_named(node)}: {error}"
    return ""


def _is_scalar(node: Node, value: Any) -> bool:
    kind = kind_of(node)
    if kind == "enum":
        return isinstance(value, str) and value in node["symbols"]
    if kind == "fixed":
        return isinstance(value, bytes | bytearray) and len(value) == node["size"]
    if kind == "bytes":
        return isinstance(value, bytes | bytearray)
    if kind == "string":
        return _is_text(value)
    return _SCALARS[kind](value)


def _is_text(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _named(node: Node) -> str:
    if isinstance(node, dict) and "logicalType" in node and "name" not in node:
        return f"{node['type']} ({node['logicalType']})"
    return branch_name(node)


def _place(path: str) -> str:
    return f"{path.lstrip('.')}: " if path else ""


def _shown(value: Any) -> str:
    """Show a value, but little of it: what is in messages should not be in logs."""
    if _is_container(value) or isinstance(value, bytes | bytearray):
        return f"a {type(value).__name__} of {len(value)}"
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."

"""Values before they are written: do they fit, and if not, where and why?

fastavro writes much that does not fit: the integer of a fraction, any object as a
boolean, a text as an array of letters. What it lets pass is checked before, by
functions compiled for a schema; what it refuses is explained afterwards, as its own
messages seldom say where.
"""

import datetime
import decimal
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from wirepact.codecs.avro_model import (
    Model,
    Node,
    Types,
    all_nodes,
    branch_name,
    definition,
    is_record,
    kind_of,
    record_branches,
)

Check = Callable[[Any], bool]
"""Says whether fastavro would write what the value says, or refuse it."""

Reasons = Iterator[str]
_Known = dict[tuple[int, int], bool]
"""Whether a value fits a type, by their identities; kept while both are held."""

_INT: Final = 2**31
_LONG: Final = 2**63
_MOST: Final[Mapping[str, int]] = {"int": _INT, "long": _LONG}
_SHOWN: Final = 60

_PYTHON_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
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


def check_of(model: Model) -> Check | None:
    """Compile what is checked for each value; None if fastavro checks all of it."""
    return _Checks(model.types).of(model.root)


class _Checks:
    def __init__(self, types: Types) -> None:
        self._types = types
        self._named: dict[str, Check] = {}

    def of(self, node: Node) -> Check | None:
        node = definition(node, self._types)
        if is_record(node):
            return self._lazy(node)
        if isinstance(node, list):
            return self._union(node)
        kind = kind_of(node)
        if kind == "array":
            return self._array(node)
        if kind == "map":
            return self._map(node)
        return _scalar(node)

    def _lazy(self, node: Node) -> Check:
        """Compile a record when one comes: types may be in each other without end."""
        name = node["name"]

        def check(value: Any) -> bool:
            known = self._named.get(name)
            if known is None:
                known = self._named[name] = self._record(node)
            return known(value)

        return check

    def _record(self, node: Node) -> Check:
        ints = []
        others = []
        for field in node["fields"]:
            kind = field["type"]
            if isinstance(kind, str) and kind in _MOST:
                ints.append((field["name"], _MOST[kind]))
            elif (inner := self.of(field["type"])) is not None:
                others.append((field["name"], inner))

        def check(value: Any) -> bool:
            for name, most in ints:
                number = value.get(name, 0)
                if type(number) is not int and not _is_int(number):
                    return False
                if not -most <= number < most:
                    return False
            for name, inner in others:
                if name in value and not inner(value[name]):
                    return False
            return True

        return check

    def _array(self, node: Node) -> Check:
        inner = self.of(node["items"])

        def check(value: Any) -> bool:
            if type(value) is not list and not _is_list(value):
                return False
            return inner is None or all(map(inner, value))

        return check

    def _map(self, node: Node) -> Check | None:
        inner = self.of(node["values"])
        if inner is None:
            return None
        return lambda value: all(map(inner, value.values()))

    def _union(self, node: list[Node]) -> Check | None:
        """Check what is named as a pair: everything else is held against the branches.

        A union of null and one scalar, which most are, is always held against both.
        """
        found = ((branch_name(branch), self.of(branch)) for branch in node)
        inner = {name: check for name, check in found if check is not None}
        if not inner:
            return None

        def check(value: Any) -> bool:
            if type(value) is not tuple or len(value) != 2:
                return True
            named = inner.get(value[0])
            return named is None or named(value[1])

        return check


def _scalar(node: Node) -> Check | None:
    kind = kind_of(node)
    check = _SCALARS.get(kind)
    if check is None or not isinstance(node, dict):
        return check
    types = _PYTHON_TYPES.get(f"{kind}-{node.get('logicalType')}")
    if types is None:
        return check
    return lambda value: isinstance(value, types) or check(value)


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


_SCALARS: Final[Mapping[str, Check]] = {
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


class Explainer:
    """Finds out why a value does not fit. Slow, and asked when it is known not to.

    It also chooses among the records of a union, where fastavro would try each of them
    again at every level.
    """

    def __init__(self, model: Model) -> None:
        self._root = model.root
        self._types = model.types

    def reason(self, value: Any) -> str:
        """Return the first reason and its place; empty if there is none."""
        return next(self._reasons(self._root, value, "", {}), "")

    def chosen(self, value: Any) -> Any:
        """Return a value in which the records of unions go by their names."""
        return self._named(self._root, value, {})

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
        elif not _is_scalar(node, value):
            yield f"{_place(path)}{_shown(value)} is no {_named(node)}"

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

    def _named(self, node: Node, value: Any, known: _Known) -> Any:
        node = definition(node, self._types)
        if isinstance(node, list):
            return self._branch(node, value, known)
        if is_record(node) and isinstance(value, Mapping):
            return {
                **value,
                **{
                    field["name"]: self._named(
                        field["type"], value[field["name"]], known
                    )
                    for field in node["fields"]
                    if field["name"] in value
                },
            }
        if kind_of(node) == "array" and _is_list(value):
            return [self._named(node["items"], each, known) for each in value]
        if kind_of(node) == "map" and isinstance(value, Mapping):
            inner = node["values"]
            return {key: self._named(inner, each, known) for key, each in value.items()}
        return value

    def _branch(self, node: list[Node], value: Any, known: _Known) -> Any:
        """Choose as fastavro does: of the records that fit that with most fields."""
        if isinstance(value, tuple):
            for branch in node:
                if _is_pair(value) and branch_name(branch) == value[0]:
                    return value[0], self._named(branch, value[1], known)
            return value
        best, most = None, -1
        for branch in node:
            if not self._fits(branch, value, known):
                continue
            record = definition(branch, self._types)
            if not is_record(record):
                best = best if best is not None else branch
                break
            number = sum(field["name"] in value for field in record["fields"])
            if number > most:
                best, most = branch, number
        if best is None:
            return value
        made = self._named(best, value, known)
        record = definition(best, self._types)
        return (record["name"], made) if is_record(record) else made


def has_rival_records(model: Model) -> bool:
    """Say whether a union has several records, which a dict could be one of."""
    return any(
        isinstance(node, list) and len(record_branches(node, model.types)) > 1
        for node in all_nodes(model.root, model.types)
    )


def _is_scalar(node: Node, value: Any) -> bool:
    kind = kind_of(node)
    if isinstance(node, dict):
        types = _PYTHON_TYPES.get(f"{kind}-{node.get('logicalType')}")
        if types is not None and isinstance(value, types):
            return True
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

"""Pairs of Avro schemas, the second made from the first by small changes, and data.

Of the changes some keep readers working and some do not; which, the oracles say.
"""

import copy
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import strategies as st

from registry.domain.formats.avro.nodes import (
    Array,
    Enum,
    Fixed,
    Map,
    Named,
    Node,
    Record,
    Union,
)
from tests.strategies.avro import PRIMITIVES, Draw, schemas

Change = Callable[[Draw, dict[str, Any]], None]

_WIDER = {"int": "long", "long": "double", "float": "double", "string": "bytes"}
_NEW_FIELDS = ("added", "later", "extra")
_DEFAULTS = {"int": 7, "string": "x", "boolean": True, "double": 1.5}


@st.composite
def evolutions(draw: Draw, max_changes: int = 3) -> tuple[Any, Any]:
    """A schema and a successor of it, as JSON values."""
    first = draw(schemas())
    second = copy.deepcopy(first)
    for _ in range(draw(st.integers(0, max_changes))):
        second = _changed(draw, second)
    return first, second


def _changed(draw: Draw, value: Any) -> Any:
    """The value with one change somewhere; in place but for the root."""
    box = {"type": value}
    targets = list(_targets(box))
    holder, key = draw(st.sampled_from(targets))
    kind = holder[key]
    if isinstance(holder, dict) and not _is_named(kind):
        # It may not fit what comes.
        holder.pop("default", None)
    if isinstance(kind, list):
        _change_union(draw, kind)
    elif isinstance(kind, dict):
        changes = _CHANGES.get(str(kind.get("type")), (_replace_type,))
        draw(st.sampled_from(changes))(draw, kind)
    else:
        holder[key] = _other_type(draw, kind)
    return box["type"]


def _is_named(kind: Any) -> bool:
    return isinstance(kind, dict) and "name" in kind


def _targets(box: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Where a type is written: a container and its key."""
    ahead: list[tuple[Any, Any]] = [(box, "type")]
    while ahead:
        holder, key = ahead.pop()
        yield holder, key
        kind = holder[key]
        if isinstance(kind, list):
            ahead += [(kind, index) for index in range(len(kind))]
        elif isinstance(kind, dict):
            ahead += [(kind, part) for part in ("items", "values") if part in kind]
            ahead += [(field, "type") for field in kind.get("fields", ())]


def _other_type(draw: Draw, kind: str) -> Any:
    if kind not in PRIMITIVES:
        return kind
    choices = [_WIDER.get(kind, kind), draw(st.sampled_from(PRIMITIVES))]
    choices += [["null", kind]] if kind != "null" else []
    return draw(st.sampled_from(choices))


def _change_union(draw: Draw, branches: list[Any]) -> None:
    if draw(st.booleans()) and len(branches) > 1:
        index = draw(st.integers(0, len(branches) - 1))
        # A branch that defines a type may be needed elsewhere.
        if isinstance(branches[index], str):
            del branches[index]
    else:
        branch = draw(st.sampled_from(PRIMITIVES))
        if branch not in map(_kind, branches):
            branches.insert(draw(st.integers(0, len(branches))), branch)


def _kind(branch: Any) -> Any:
    return branch.get("type") if isinstance(branch, dict) else branch


def _add_field(draw: Draw, record: dict[str, Any]) -> None:
    taken = {each["name"] for each in record["fields"]}
    name = draw(st.sampled_from(_NEW_FIELDS))
    if name in taken:
        return
    kind = draw(st.sampled_from(sorted(_DEFAULTS)))
    made: dict[str, Any] = {"name": name, "type": kind}
    if draw(st.booleans()):
        made["default"] = _DEFAULTS[kind]
    record["fields"].insert(draw(st.integers(0, len(record["fields"]))), made)


def _remove_field(draw: Draw, record: dict[str, Any]) -> None:
    plain = [each for each in record["fields"] if each["type"] in PRIMITIVES]
    if plain:
        record["fields"].remove(draw(st.sampled_from(plain)))


def _rename_field(draw: Draw, record: dict[str, Any]) -> None:
    if record["fields"]:
        each = draw(st.sampled_from(record["fields"]))
        old, each["name"] = each["name"], f"{each['name']}_renamed"
        if draw(st.booleans()):
            each["aliases"] = [old]


def _swap_fields(draw: Draw, record: dict[str, Any]) -> None:
    # Only those that define nothing, as a type is defined before its use.
    plain = [each for each in record["fields"] if each["type"] in PRIMITIVES]
    if len(plain) > 1:
        one, other = plain[0], plain[-1]
        fields = record["fields"]
        at, to = fields.index(one), fields.index(other)
        fields[at], fields[to] = other, one


def _alias_type(draw: Draw, named: dict[str, Any]) -> None:
    named["aliases"] = draw(st.lists(st.sampled_from(["Old", "a.b.Old"]), max_size=1))


def _change_symbols(draw: Draw, enum: dict[str, Any]) -> None:
    symbols = ["NEW", "PAID", "lost", "later"]
    enum["symbols"] = draw(st.lists(st.sampled_from(symbols), unique=True, min_size=1))
    if draw(st.booleans()):
        enum["default"] = draw(st.sampled_from(enum["symbols"]))
    else:
        enum.pop("default", None)


def _change_size(draw: Draw, fixed: dict[str, Any]) -> None:
    fixed["size"] = draw(st.sampled_from([0, 1, 4, 12, 16]))
    for name in ("logicalType", "precision", "scale"):
        fixed.pop(name, None)


def _replace_type(draw: Draw, kind: dict[str, Any]) -> None:
    if kind["type"] in PRIMITIVES:
        new = draw(st.sampled_from(PRIMITIVES))
        kind.clear()
        kind["type"] = new


_CHANGES: dict[str, tuple[Change, ...]] = {
    "record": (_add_field, _remove_field, _rename_field, _swap_fields, _alias_type),
    "enum": (_change_symbols, _alias_type),
    "fixed": (_change_size, _alias_type),
}


@st.composite
def values_of(draw: Draw, node: Node, depth: int = 6) -> Any:
    """A value that a type can write, in the form that fastavro takes.

    Branches of a union are named, so that it is known which one is written.
    """
    match node:
        case Record():
            return {
                each.name: draw(values_of(each.type, depth - 1)) for each in node.fields
            }
        case Array():
            size = draw(st.integers(0, 2)) if depth > 0 else 0
            return [draw(values_of(node.items, depth - 1)) for _ in range(size)]
        case Map():
            keys = (
                draw(st.lists(st.sampled_from("ab"), unique=True)) if depth > 0 else []
            )
            return {key: draw(values_of(node.values, depth - 1)) for key in keys}
        case Union():
            return _value_of_union(draw, node, depth)
        case Enum():
            return draw(st.sampled_from(node.symbols))
        case Fixed():
            return draw(st.binary(min_size=node.size, max_size=node.size))
        case _:
            return draw(_SCALARS[node.kind])


def _value_of_union(draw: Draw, union: Union, depth: int) -> Any:
    shallow = [each for each in union.branches if not isinstance(each, Record)]
    branch = draw(
        st.sampled_from(shallow if depth <= 0 and shallow else union.branches)
    )
    name = branch.full_name if isinstance(branch, Named) else branch.kind
    value = draw(values_of(branch, depth - 1))
    return value if value is None else (name, value)


_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "null": st.none(),
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(width=32, allow_nan=False),
    "double": st.floats(allow_nan=False),
    # What is no UTF-8 cannot be read as a string; a warning says so.
    "bytes": st.text(max_size=4).map(str.encode),
    "string": st.text(max_size=4),
}

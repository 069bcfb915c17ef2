"""The functions behind the rule table: whether a rule holds for a pair of parts.

A check is pure and looks at its pair alone; which parts meet is the walk's business.
What needs more than a look at two parts (a field without a counterpart, a union none of
whose branches will do) is decided by the walk, which finds the words for it here.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from registry.domain.formats.avro import rules
from registry.domain.formats.avro.logical_types import logical_type
from registry.domain.formats.avro.nodes import (
    Enum,
    Field,
    Fixed,
    Named,
    Node,
    Primitive,
    Record,
    Union,
)
from registry.domain.formats.avro.resolution import (
    NamedNode,
    are_names_equal,
    described,
    is_primitive_readable,
    type_word,
)
from registry.domain.rules import Rule

Details = Mapping[str, str]
"""What the templates of a rule are filled with."""

Part_contra = TypeVar("Part_contra", contravariant=True)

LOSS: Final[Mapping[tuple[str, str], int]] = {
    ("double", "long"): 2,
    ("float", "int"): 2,
    ("float", "long"): 3,
    ("string", "bytes"): 2,
}
"""Promotions (reader, writer) that do not keep every value, and how bad they are."""

MOST_NAMED: Final = 8
"""Branches of a union that a message names."""

_LONGEST_DEFAULT: Final = 80
"""Characters of a default that a message quotes."""


@dataclass(frozen=True, slots=True)
class Check(Generic[Part_contra]):
    """A rule that a pair of parts is held against.

    Attributes:
        find: Given the reader's and the writer's part, what fills the rule's
            templates; None if the rule holds.
        below: What the wire adds to the path of the pair.

    """

    rule: Rule
    find: Callable[[Part_contra, Part_contra], Details | None]
    below: str = ""


def _name_mismatch(reader: NamedNode, writer: NamedNode) -> Details | None:
    return None if are_names_equal(reader, writer) else _both_names(reader, writer)


def _both_names(reader: NamedNode, writer: NamedNode) -> Details:
    return {
        "kind": reader.kind,
        "reader_name": reader.full_name,
        "writer_name": writer.full_name,
    }


def _fixed_size_mismatch(reader: Fixed, writer: Fixed) -> Details | None:
    if reader.size == writer.size:
        return None
    return {
        "name": reader.name,
        "size": str(reader.size),
        "written_size": str(writer.size),
    }


def _missing_enum_symbols(reader: Enum, writer: Enum) -> Details | None:
    if reader.symbols == writer.symbols:
        return None
    missing = set(writer.symbols).difference(reader.symbols)
    if not missing or reader.default in reader.symbols:
        return None
    names = ", ".join(sorted(missing))
    return {"name": reader.name, "names": names, "symbols": f"[{names}]"}


RECORD_CHECKS: Final[tuple[Check[Record], ...]] = (
    Check(rules.NAME_MISMATCH, _name_mismatch, "name"),
)
ENUM_CHECKS: Final[tuple[Check[Enum], ...]] = (
    Check(rules.NAME_MISMATCH, _name_mismatch, "name"),
    Check(rules.MISSING_ENUM_SYMBOLS, _missing_enum_symbols, "symbols"),
)
FIXED_CHECKS: Final[tuple[Check[Fixed], ...]] = (
    Check(rules.NAME_MISMATCH, _name_mismatch, "name"),
    Check(rules.FIXED_SIZE_MISMATCH, _fixed_size_mismatch, "size"),
)


def type_mismatch(reader: Node, writer: Node) -> Details:
    """For two types neither of which can be read as the other."""
    return {
        "reader_type": described(reader),
        "writer_type": described(writer),
        "reader_word": type_word(reader),
        "writer_word": type_word(writer),
    }


def missing_union_branch(writer: Node) -> Details:
    """For a type that no branch of the reader's union reads."""
    return {
        "writer_type": described(writer),
        "writer_word": type_word(writer),
        "because": "",
    }


def _namespace_ignored(reader: NamedNode, writer: NamedNode) -> Details | None:
    if reader.full_name == writer.full_name or writer.full_name in reader.aliases:
        return None
    return _both_names(reader, writer) if reader.name == writer.name else None


def _enum_default_changed(reader: Enum, writer: Enum) -> Details | None:
    # A default that only the reader has makes it more tolerant: nothing is lost.
    if writer.default is None or reader.default == writer.default:
        return None
    return {
        "name": reader.name,
        "reader_default": _default_symbol(reader),
        "writer_default": _default_symbol(writer),
    }


def _default_symbol(enum: Enum) -> str:
    return "no default" if enum.default is None else f"default {enum.default}"


def _logical_type_changed(reader: Node, writer: Node) -> Details | None:
    logical, written = logical_type(reader), logical_type(writer)
    if logical == written:
        return None
    return {
        "reader_logical": logical or f"plain {reader.kind}",
        "writer_logical": written or f"plain {writer.kind}",
    }


def _decimal_changed(reader: Node, writer: Node) -> Details | None:
    decimal, written = _decimal(reader), _decimal(writer)
    if decimal is None or written is None or decimal == written:
        return None
    return {"reader_decimal": decimal, "writer_decimal": written}


def _decimal(node: Node) -> str | None:
    if isinstance(node, Union) or logical_type(node) != "decimal":
        return None
    return f"decimal({node.props.get('precision')}, {node.props.get('scale', 0)})"


def _bytes_read_as_string(reader: Primitive, writer: Primitive) -> Details | None:
    return {} if (reader.kind, writer.kind) == ("string", "bytes") else None


def _precision_lost(reader: Primitive, writer: Primitive) -> Details | None:
    if (reader.kind, writer.kind) not in LOSS or reader.kind == "string":
        return None
    return {"reader_type": reader.kind, "writer_type": writer.kind}


def _field_default_changed(reader: Field, writer: Field) -> Details | None:
    if not (reader.has_default and writer.has_default):
        return None
    # Compared as text: to Python, 1 and true are equal.
    default, written = _as_json(reader.default), _as_json(writer.default)
    if default == written:
        return None
    return {"reader_default": _cut(default), "writer_default": _cut(written)}


def _as_json(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_DEFAULT else text[:_LONGEST_DEFAULT] + "…"


def ambiguous_union_branch(writer: Node, candidates: Sequence[Node]) -> Details | None:
    """Whether more than one branch goes by the name of a written type."""
    if len(candidates) < 2:
        return None
    names = [each.full_name for each in candidates if isinstance(each, Named)]
    branches = ", ".join(names[:MOST_NAMED])
    if len(names) > MOST_NAMED:
        branches += ", …"
    return {"writer_type": described(writer), "branches": branches}


def union_first_match(reader: Union, writer: Primitive) -> Details | None:
    """Whether the first branch that reads a primitive is not the closest to it."""
    readers = [
        branch.kind
        for branch in reader.branches
        if isinstance(branch, Primitive) and is_primitive_readable(branch, writer)
    ]
    best = min(readers, key=lambda kind: _distance(kind, writer.kind), default=None)
    if best is None or _distance(best, writer.kind) == _distance(
        readers[0], writer.kind
    ):
        return None
    return {"writer_type": writer.kind, "first": readers[0], "best": best}


def _distance(reader: str, writer: str) -> int:
    """How far a promotion leads: 0 for the same type, 1 for a wider one."""
    return 0 if reader == writer else LOSS.get((reader, writer), 1)


TYPE_GAPS: Final[tuple[Check[Node], ...]] = (
    Check(rules.LOGICAL_TYPE_CHANGED, _logical_type_changed),
    Check(rules.DECIMAL_CHANGED, _decimal_changed),
)
PRIMITIVE_GAPS: Final[tuple[Check[Primitive], ...]] = (
    Check(rules.BYTES_READ_AS_STRING, _bytes_read_as_string),
    Check(rules.PRECISION_LOST, _precision_lost),
)
NAMED_GAPS: Final[tuple[Check[NamedNode], ...]] = (
    Check(rules.NAMESPACE_IGNORED, _namespace_ignored),
)
ENUM_GAPS: Final[tuple[Check[Enum], ...]] = (
    Check(rules.ENUM_DEFAULT_CHANGED, _enum_default_changed),
)
FIELD_GAPS: Final[tuple[Check[Field], ...]] = (
    Check(rules.FIELD_DEFAULT_CHANGED, _field_default_changed),
)

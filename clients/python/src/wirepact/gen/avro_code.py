"""Avro schemas as code."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from wirepact.events import avro_nodes as avro
from wirepact.events.naming import Naming, spelled
from wirepact.gen import avro_values
from wirepact.gen.annotations import around, gathered, one_of
from wirepact.gen.code import (
    EnumCode,
    FieldCode,
    GenError,
    RecordCode,
    Typed,
    Value,
)
from wirepact.gen.identifiers import field_name, member_name
from wirepact.gen.layout import (
    Labelled,
    Piece,
    Text,
    call,
    literal,
    quoted,
    tuple_of,
)

_EVENTS: Final = "wirepact.events"


@dataclass(frozen=True, slots=True)
class AvroCode:
    """Makes code of the types of one schema.

    Attributes:
        class_names: Full names of records and enums to classes; also those of other
            modules.

    """

    types: avro.AvroTypes
    class_names: Mapping[str, str]
    is_as_is: bool

    def classes(self) -> tuple[RecordCode | EnumCode, ...]:
        """Return what the schema itself defines: enums, then records, innermost first.

        Raises:
            GenError: Python cannot hold a default.

        """
        own = [self.types.named[name] for name in self.types.own]
        enums = [self._enum(node) for node in own if isinstance(node, avro.Enum)]
        records = [self._record(node) for node in own if isinstance(node, avro.Record)]
        return (*enums, *records)

    def _enum(self, node: avro.Enum) -> EnumCode:
        members = member_names(node)
        return EnumCode(
            name=self.class_names[node.name],
            full_name=node.name,
            members={member: symbol for symbol, member in members.items()},
            default=None if node.default is None else members[node.default],
            doc=node.doc,
            aliases=node.aliases,
        )

    def _record(self, node: avro.Record) -> RecordCode:
        names = field_names(node)
        fields = tuple(
            self._field(node, each, names[each.name]) for each in node.fields
        )
        name = self.class_names[node.name]
        return RecordCode(name, node.name, fields, node.doc, node.aliases)

    def _field(self, record: avro.Record, node: avro.Field, name: str) -> FieldCode:
        naming = Naming.AS_IS if self.is_as_is else Naming.CAMEL
        kind, default = node.type, None
        if node.has_default:
            try:
                default = self.value(kind, node.default)
            except avro_values.UnfitDefaultError as error:
                raise GenError(
                    f"{record.name}.{node.name}: its default has no form in Python:"
                    f" {error}"
                ) from error
            kind = _default_last(kind, node.default)
        return FieldCode(
            name=name,
            type=self.typed(kind),
            schema_name=None if spelled(name, naming) == node.name else node.name,
            default=default,
            doc=node.doc,
            aliases=node.aliases,
        )

    def typed(self, node: avro.Node) -> Typed:
        """Return the Python type of a node."""
        node = self.types.resolved(node)
        match node:
            case avro.Primitive() | avro.Fixed():
                return _scalar(node)
            case avro.Array():
                return around("list", self.typed(node.items))
            case avro.Map():
                return around("dict", self.typed(node.values), Text("str"))
            case avro.Union():
                return one_of([self.typed(branch) for branch in node.branches])
            case _:
                name = self.class_names[node.name]
                return Typed(Text(name), classes=frozenset({node.name}))

    def value(self, node: avro.Node, default: Any) -> Value:
        """Return a default as code.

        Raises:
            UnfitDefaultError: It is not of its type, or Python's cannot hold it.

        """
        found = self._plain(node, default)
        target = self.types.resolved(node)
        if isinstance(target, avro.Union):
            target = self.types.resolved(self._branch(target, default))
        if isinstance(target, avro.Array | avro.Map) and not default:
            kind = "list" if isinstance(target, avro.Array) else "dict"
            return Value(Text(kind), is_factory=True)
        if isinstance(target, avro.Array | avro.Map | avro.Record):
            made = call("Constant", Labelled("lambda: ", found.piece))
            needs = found.needs | {(_EVENTS, "Constant")}
            return Value(made, needs, is_factory=True)
        return found

    def _plain(self, node: avro.Node, default: Any) -> Value:
        node = self.types.resolved(node)
        match node:
            case avro.Primitive() | avro.Fixed():
                return avro_values.scalar(node, default)
            case avro.Enum():
                members = member_names(node)
                if not isinstance(default, str) or default not in members:
                    raise avro_values.UnfitDefaultError(
                        f"{default!r} is none of its symbols"
                    )
                name = self.class_names[node.name]
                return Value(Text(f"{name}.{members[default]}"))
            case avro.Union():
                return self._plain(self._branch(node, default), default)
            case avro.Array() if isinstance(default, list):
                items = [self._plain(node.items, each) for each in default]
                return gathered("[", items, [""] * len(items), "]")
            case avro.Map() if isinstance(default, dict):
                values = [self._plain(node.values, each) for each in default.values()]
                keys = [f"{_key(key)}: " for key in default]
                return gathered("{", values, keys, "}")
            case avro.Record() if isinstance(default, dict):
                return self._instance(node, default)
            case _:
                raise avro_values.UnfitDefaultError(f"{default!r} is not of its type")

    def _instance(self, node: avro.Record, default: dict[str, Any]) -> Value:
        names, values, keys = field_names(node), [], []
        for each in node.fields:
            if each.name in default:
                values.append(self._plain(each.type, default[each.name]))
                keys.append(f"{names[each.name]}=")
            elif not each.has_default:
                raise avro_values.UnfitDefaultError(f"it has nothing for {each.name!r}")
        return gathered(f"{self.class_names[node.name]}(", values, keys, ")")

    def _branch(self, node: avro.Union, default: Any) -> avro.Node:
        """Return the first branch that a default fits."""
        reasons = []
        for branch in node.branches:
            try:
                self._plain(branch, default)
            except avro_values.UnfitDefaultError as error:
                if avro_values.is_written_as(branch, default):
                    # For a later branch it would be another value.
                    raise
                reasons.append(str(error))
            else:
                return branch
        raise avro_values.UnfitDefaultError(
            "; ".join(reasons) or "a union without branches"
        )


def field_names(record: avro.Record) -> dict[str, str]:
    """Return the Python names of a record's fields; the same ones each time."""
    found: dict[str, str] = {}
    for each in record.fields:
        found[each.name] = field_name(each.name, found.values())
    return found


def member_names(node: avro.Enum) -> dict[str, str]:
    """Return the Python names of an enum's symbols; the same ones each time."""
    found: dict[str, str] = {}
    for symbol in node.symbols:
        found[symbol] = member_name(symbol, found.values())
    return found


def prefers_as_is(types: avro.AvroTypes) -> bool:
    """Tell whether more fields are spelled as in Python than in camelCase."""
    score = 0
    for full_name in types.own:
        node = types.named[full_name]
        if isinstance(node, avro.Record):
            for schema_name, name in field_names(node).items():
                score += spelled(name, Naming.AS_IS) == schema_name
                score -= spelled(name, Naming.CAMEL) == schema_name
    return score > 0


def _default_last(node: avro.Node, default: Any) -> avro.Node:
    """Return a union of null and one more with null last, as Python writes it.

    The branch of the default is first in the schema, whatever the annotation says.
    """
    null = avro.Primitive("null")
    if isinstance(node, avro.Union) and default is None and node.branches[0] == null:
        return avro.Union((*node.branches[1:], null))
    return node


def _scalar(node: avro.Primitive | avro.Fixed) -> Typed:
    module, name, *marks = _SCALARS[node.meaning]
    pieces: list[Piece] = [Text(mark) for mark in marks]
    names = set(marks)
    if node.logical == "decimal":
        names.add("Digits")
        digits = {"precision": literal(node.precision), "scale": literal(node.scale)}
        pieces.append(call("Digits", **digits))
    if isinstance(node, avro.Fixed):
        names.add("Fixed")
        pieces.append(_fixed(node))
    needs = {(_EVENTS, each) for each in names}
    if module:
        needs.add((module, name))
    return Typed(Text(name), tuple(pieces), frozenset(needs))


def _fixed(node: avro.Fixed) -> Piece:
    more: dict[str, Piece] = {}
    if node.aliases:
        more["aliases"] = tuple_of(*(literal(alias) for alias in node.aliases))
    if node.doc is not None:
        more["doc"] = literal(node.doc)
    return call("Fixed", literal(node.name), literal(node.size), **more)


def _key(text: str) -> str:
    return quoted(text)


_SCALARS: Final[Mapping[str, tuple[str, ...]]] = {
    "null": ("", "None"),
    "boolean": ("", "bool"),
    "int": ("", "int", "Int32"),
    "long": ("", "int"),
    "float": ("", "float", "Float32"),
    "double": ("", "float"),
    "string": ("", "str"),
    "bytes": ("", "bytes"),
    "fixed": ("", "bytes"),
    "fixed-decimal": ("decimal", "Decimal"),
    "fixed-uuid": ("uuid", "UUID"),
    "fixed-duration": ("datetime", "timedelta"),
    "decimal": ("decimal", "Decimal"),
    "date": ("datetime", "date"),
    "time-millis": ("datetime", "time", "Millis"),
    "time-micros": ("datetime", "time"),
    "timestamp-millis": ("datetime", "datetime", "Millis"),
    "timestamp-micros": ("datetime", "datetime"),
    "timestamp-nanos": ("", "int", "Nanos"),
    "local-timestamp-millis": ("datetime", "datetime", "Local", "Millis"),
    "local-timestamp-micros": ("datetime", "datetime", "Local"),
    "local-timestamp-nanos": ("", "int", "Local", "Nanos"),
    "uuid": ("uuid", "UUID"),
}
"""What a type means to the module and name of Python's, and the marks."""

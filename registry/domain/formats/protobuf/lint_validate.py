"""What lint says of the rules that fields have by the options of protovalidate.

The options are read as the schema's own import of `buf/validate/validate.proto` defines
them; the library itself, and its expressions, are not needed for that.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from registry.domain.formats.protobuf.graph import Graph
from registry.domain.formats.protobuf.lint_parts import fields_of
from registry.domain.formats.protobuf.nodes import Field
from registry.domain.formats.protobuf.options import resolved
from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.domain.lint import Around, Remark

FILE: Final = "buf/validate/validate.proto"

_OPTION: Final = "buf.validate.field"
_TYPE: Final = "type"
_REPEATED: Final = "repeated"
_MAP: Final = "map"
_LEAST: Final = "min_"
_MOST: Final = "max_"
_WELL_KNOWN: Final[Mapping[str, str]] = {
    "google.protobuf.Any": "any",
    "google.protobuf.Duration": "duration",
    "google.protobuf.FieldMask": "field_mask",
    "google.protobuf.Timestamp": "timestamp",
    "google.protobuf.BoolValue": "bool",
    "google.protobuf.BytesValue": "bytes",
    "google.protobuf.DoubleValue": "double",
    "google.protobuf.FloatValue": "float",
    "google.protobuf.Int32Value": "int32",
    "google.protobuf.Int64Value": "int64",
    "google.protobuf.StringValue": "string",
    "google.protobuf.UInt32Value": "uint32",
    "google.protobuf.UInt64Value": "uint64",
}
"""Messages that have rules of their own; those that wrap a value have that one's."""


def protovalidate(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
    if FILE not in schema.imports:
        return
    read = resolved(schema.file, schema.imports)
    for field, element in fields_of(Graph(read, schema.imports).file):
        for reason in _faults(field, _rules(field)):
            message = f"the rules of '{field.name}' {reason}"
            yield Remark(field.spot, element, message)


def _rules(field: Field) -> Any:
    """Return the rules of a field; None where it has none."""
    options = field.proto.options
    for option, value in options.ListFields():
        if option.full_name == _OPTION:
            return value
    return None


def _faults(field: Field, rules: Any) -> Iterator[str]:
    kind = _REPEATED if field.is_repeated else _kind(field)
    if field.is_map and field.message is not None:
        yield from _held(rules, _MAP, "the field is")
        key, value = field.message.fields[1], field.message.fields[2]
        yield from _held(_inside(rules, _MAP, "keys"), _kind(key), "its keys are")
        yield from _held(_inside(rules, _MAP, "values"), _kind(value), "its values are")
    else:
        yield from _held(rules, kind, "the field is")
        if field.is_repeated:
            items = _inside(rules, _REPEATED, "items")
            yield from _held(items, _kind(field), "its items are")


def _kind(field: Field) -> str:
    """Return which rules go with a value: of most messages there are none."""
    return _WELL_KNOWN.get(field.type_name, "") if field.message else str(field.kind)


def _held(rules: Any, kind: str, what: str) -> Iterator[str]:
    """Yield what is wrong with rules for a value of one kind."""
    said = None if rules is None else _said(rules)
    if said is None:
        return
    name, chosen = said
    if name != kind:
        yield f"are for {name}, but {what} {kind or 'a message'}"
        return
    bounds = {bound.name: value for bound, value in chosen.ListFields()}
    for least, low in bounds.items():
        most = least.replace(_LEAST, _MOST, 1)
        if least.startswith(_LEAST) and most in bounds and bounds[most] < low:
            yield f"let nothing through: {least} is {low}, and {most} {bounds[most]}"


def _said(rules: Any) -> tuple[str, Any] | None:
    """Return which type the rules are for, and what they say; None for any type."""
    if _TYPE not in rules.DESCRIPTOR.oneofs_by_name:
        return None
    name = rules.WhichOneof(_TYPE)
    return None if name is None else (name, getattr(rules, name))


def _inside(rules: Any, name: str, part: str) -> Any:
    """Return the rules for the parts of a value; None where there are none."""
    said = None if rules is None else _said(rules)
    if said is None or said[0] != name:
        return None
    known = said[1].DESCRIPTOR.fields_by_name
    return getattr(said[1], part) if part in known and said[1].HasField(part) else None

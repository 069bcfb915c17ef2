"""Schemas derived from samples, in each language."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from registry.domain.model import SchemaType
from registry.gate.scaffolding.shapes import Kind, SamplesError, Shape
from registry.gate.scaffolding.words import pascal, snake

_AVRO_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_AVRO_SCALARS: Final = {
    Kind.BOOLEAN: "boolean",
    Kind.NUMBER: "double",
    Kind.TEXT: "string",
}
_AVRO_FORMS: Final[Mapping[str, Any]] = {
    # A time in a text stays one: it is written so, and a long would not be.
    "uuid": {"type": "string", "logicalType": "uuid"},
}
_JSON_TYPES: Final = {
    Kind.NULL: "null",
    Kind.BOOLEAN: "boolean",
    Kind.INTEGER: "integer",
    Kind.NUMBER: "number",
    Kind.TEXT: "string",
    Kind.LIST: "array",
    Kind.OBJECT: "object",
}
_JSON_FORMS: Final = {"moment": "date-time", "day": "date", "uuid": "uuid"}
_PROTOBUF_SCALARS: Final = {
    Kind.BOOLEAN: "bool",
    Kind.NUMBER: "double",
    Kind.TEXT: "string",
}
_TIMESTAMP: Final = "google.protobuf.Timestamp"


def derive(schema_type: SchemaType, shape: Shape, name: str, namespace: str) -> str:
    """Return a schema that takes all of the samples.

    Args:
        name: Of the outermost type, in any style.
        namespace: Of Avro, or the package of Protobuf; empty for none.

    Raises:
        SamplesError: The language has no words for what is in the samples.

    """
    return _LANGUAGES[schema_type](shape, name, namespace)


def _avro(shape: Shape, name: str, namespace: str) -> str:
    taken: set[str] = set()
    made = _avro_record(shape, pascal(name), "", taken)
    head = {"type": made.pop("type"), "name": made.pop("name")}
    spaced = {**head, **({"namespace": namespace} if namespace else {}), **made}
    return f"{json.dumps(spaced, indent=2, ensure_ascii=False)}\n"


def _avro_record(shape: Shape, name: str, at: str, taken: set[str]) -> dict[str, Any]:
    name = _untaken(name, taken)
    fields = [
        _avro_field(shape, member, f"{at}/{member}", taken)
        for member in sorted(shape.members)
    ]
    return {"type": "record", "name": name, "fields": fields}


def _avro_field(shape: Shape, name: str, at: str, taken: set[str]) -> dict[str, Any]:
    if not _AVRO_NAME.fullmatch(name):
        raise SamplesError(
            f"{at}: Avro has no field of this name; only letters of ASCII, digits and"
            " '_' are allowed"
        )
    inner = shape.members[name]
    made = _avro_type(inner, name, at, taken)
    if not (inner.is_nullable or shape.is_optional(name)):
        return {"name": name, "type": made}
    branches = made if isinstance(made, list) else [made]
    union = ["null", *(each for each in branches if each != "null")]
    kind = "null" if union == ["null"] else union
    return {"name": name, "type": kind, "default": None}


def _avro_type(shape: Shape, name: str, at: str, taken: set[str]) -> Any:
    kind = shape.kind
    if kind is None:
        return _avro_kinds(shape, name, at, taken)
    return _avro_of(kind, shape, name, at, taken)


def _avro_of(kind: Kind, shape: Shape, name: str, at: str, taken: set[str]) -> Any:
    if kind is Kind.INTEGER:
        return "long" if shape.is_wide else "int"
    if kind is Kind.TEXT:
        return _AVRO_FORMS.get(shape.form, "string")
    if kind is Kind.LIST:
        if shape.each is None:
            raise SamplesError(f"{at}: no sample has an element in this list")
        items = _avro_type(shape.each, name, f"{at}[]", taken)
        if shape.each.is_nullable:
            rest = items if isinstance(items, list) else [items]
            items = ["null", *(each for each in rest if each != "null")]
        return {"type": "array", "items": items}
    if kind is Kind.OBJECT:
        return _avro_record(shape, pascal(name), at, taken)
    return _AVRO_SCALARS[kind]


def _avro_kinds(shape: Shape, name: str, at: str, taken: set[str]) -> Any:
    """Return a union of several kinds; whole numbers and others are one kind."""
    kinds = {each for each in shape.kinds if each is not Kind.NULL}
    if Kind.NUMBER in kinds:
        kinds.discard(Kind.INTEGER)
    if not kinds:
        return "null"
    ordered = sorted(kinds, key=[*Kind].index)
    return [_avro_of(each, shape, name, at, taken) for each in ordered]


def _json(shape: Shape, name: str, _namespace: str) -> str:
    made = {"$schema": _DRAFT, "title": pascal(name), **_json_type(shape)}
    return f"{json.dumps(made, indent=2, ensure_ascii=False)}\n"


def _json_type(shape: Shape) -> dict[str, Any]:
    kinds = {*shape.kinds}
    if Kind.NUMBER in kinds:
        kinds.discard(Kind.INTEGER)
    names = [_JSON_TYPES[each] for each in sorted(kinds, key=[*Kind].index)]
    made: dict[str, Any] = {"type": names[0] if len(names) == 1 else names}
    if Kind.TEXT in kinds and shape.form:
        made["format"] = _JSON_FORMS[shape.form]
    if shape.each is not None:
        made["items"] = _json_type(shape.each)
    if Kind.OBJECT in kinds:
        members = sorted(shape.members)
        made["properties"] = {each: _json_type(shape.members[each]) for each in members}
        needed = [each for each in members if not shape.is_optional(each)]
        if needed:
            made["required"] = needed
        made["additionalProperties"] = False
    return made


def _protobuf(shape: Shape, name: str, namespace: str) -> str:
    lines = [*_protobuf_message(shape, pascal(name), "", 0)]
    head = ['syntax = "proto3";', ""]
    if namespace:
        head += [f"package {namespace};", ""]
    if any(f" {_TIMESTAMP} " in each for each in lines):
        head += ['import "google/protobuf/timestamp.proto";', ""]
    return "\n".join((*head, *lines, ""))


def _protobuf_message(shape: Shape, name: str, at: str, level: int) -> Iterator[str]:
    pad = "  " * level
    yield f"{pad}message {name} {{"
    fields: list[str] = []
    names: dict[str, str] = {}
    types = {name}
    for number, member in enumerate(sorted(shape.members), start=1):
        where = f"{at}/{member}"
        field = snake(member)
        if field in names:
            raise SamplesError(
                f"{where}: '{names[field]}' is the same field, '{field}'"
            )
        names[field] = member
        inner = shape.members[member]
        nested = _untaken(pascal(member), types) if _object_in(inner) else ""
        if nested:
            found = _object_in(inner)
            assert found is not None  # noqa: S101 - asked for above
            yield from _protobuf_message(found, nested, where, level + 1)
            yield ""
        kind = _protobuf_type(inner, nested, where)
        may_lack = inner.is_nullable or shape.is_optional(member)
        is_plain = not nested and not kind.startswith(("repeated ", _TIMESTAMP))
        label = "optional " if may_lack and is_plain else ""
        json_name = (
            "" if _camel(field) == member else f' [json_name = "{_quoted(member)}"]'
        )
        fields.append(f"{pad}  {label}{kind} {field} = {_number(number)}{json_name};")
    yield from fields
    yield f"{pad}}}"


def _object_in(shape: Shape) -> Shape | None:
    if shape.kind is Kind.OBJECT:
        return shape
    each = shape.each if shape.kind is Kind.LIST else None
    return each if each is not None and each.kind is Kind.OBJECT else None


def _protobuf_type(
    shape: Shape, nested: str, at: str, *, is_inner: bool = False
) -> str:
    kind = shape.kind
    if kind is None:
        found = ", ".join(sorted(shape.kinds))
        raise SamplesError(f"{at}: expected values of one kind, found {found}")
    if kind is Kind.LIST:
        if shape.each is None:
            raise SamplesError(f"{at}: no sample has an element in this list")
        if is_inner:
            raise SamplesError(f"{at}: Protobuf has no lists of lists")
        if shape.each.is_nullable:
            raise SamplesError(f"{at}: Protobuf has no null in a list")
        inner = _protobuf_type(shape.each, nested, f"{at}[]", is_inner=True)
        return f"repeated {inner}"
    if kind is Kind.OBJECT:
        return nested
    if kind is Kind.INTEGER:
        return "int64" if shape.is_wide else "int32"
    if kind is Kind.TEXT and shape.form == "moment":
        return _TIMESTAMP
    return _PROTOBUF_SCALARS[kind]


def _number(position: int) -> int:
    """Return the number of a field; some are not to be used."""
    first, last = 19_000, 19_999
    return position if position < first else position + last - first + 1


def _camel(field: str) -> str:
    """Return the JSON name that protoc makes of a field's name."""
    first, *rest = field.split("_")
    return first + "".join(each[:1].upper() + each[1:] for each in rest)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return "".join(
        each
        if each.isprintable()
        else "".join(f"\\{byte:03o}" for byte in each.encode())
        for each in escaped
    )


def _untaken(name: str, taken: set[str]) -> str:
    number, made = 1, name
    while made in taken:
        number += 1
        made = f"{name}{number}"
    taken.add(made)
    return made


_LANGUAGES: Final[Mapping[SchemaType, Callable[[Shape, str, str], str]]] = {
    SchemaType.AVRO: _avro,
    SchemaType.JSON: _json,
    SchemaType.PROTOBUF: _protobuf,
}

"""What lint says of the fields and enums of Protobuf schemas."""

from collections.abc import Iterator
from typing import Any, Final

from registry.domain.formats.protobuf.lint_names import values
from registry.domain.formats.protobuf.lint_parts import (
    enums,
    fields,
    messages,
    name_of,
    own_file,
)
from registry.domain.formats.protobuf.nodes import Kind
from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.domain.lint import Around, Remark
from registry.domain.meanings import is_money, is_time, words

_FLOATING: Final = (Kind.FLOAT, Kind.DOUBLE)
_NUMBERS: Final = frozenset(
    (
        Kind.INT32,
        Kind.INT64,
        Kind.UINT32,
        Kind.UINT64,
        Kind.SINT32,
        Kind.SINT64,
        Kind.FIXED32,
        Kind.FIXED64,
        Kind.SFIXED32,
        Kind.SFIXED64,
        *_FLOATING,
    )
)
_MEANINGLESS: Final = frozenset(
    ("unspecified", "unknown", "undefined", "invalid", "none", "default", "unset")
)


def first_value_zero(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
    for enum in enums(schema):
        first = enum.values[0]
        if first.number != 0:
            message = (
                f"the first value of the enum '{enum.name}' is {first.number}, not 0"
            )
            element = f"{enum.local_name}.{first.name}"
            yield Remark(first.spot, element, message)


def no_alias(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
    for enum in enums(schema):
        if enum.proto.options.allow_alias:
            message = f"the enum '{enum.name}' allows two names for one number"
            yield Remark(enum.spot, enum.local_name, message)


def not_required(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
    for field, element in fields(schema):
        if field.is_required:
            message = f"the field '{field.name}' is required, now and for ever"
            yield Remark(field.spot, element, message)


def zero_meaning(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
    for enum, value, element in values(schema):
        if value.number == 0 and not _MEANINGLESS.intersection(words(value.name)):
            message = (
                f"the zero value '{value.name}' of '{enum.name}' means something; it is"
                " what readers see where nothing was set"
            )
            yield Remark(name_of(value.spot), element, message)


def money(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
    for field, element in fields(schema):
        if field.kind in _FLOATING and is_money(field.name):
            message = f"the amount '{field.name}' is a {field.kind}, which rounds"
            yield Remark(field.spot, element, message)


def timestamps(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
    for field, element in fields(schema):
        is_plain = field.kind in _NUMBERS or field.kind is Kind.STRING
        if is_plain and is_time(field.name):
            message = (
                f"'{field.name}' is a point in time by its name and a plain"
                f" {field.kind} by its type"
            )
            yield Remark(field.spot, element, message)


def reserved_on_delete(schema: ProtobufSchema, around: Around[Any]) -> Iterator[Remark]:
    if around.earlier is None:
        return
    present = {each.full_name: each for each in messages(schema)}
    for earlier in messages(around.earlier):
        if (now := present.get(earlier.full_name)) is None:
            continue
        for number, field in earlier.fields.items():
            if number not in now.fields and not now.reserves(number):
                message = (
                    f"the field '{field.name}' is gone, and its number {number} is not"
                    " reserved"
                )
                yield Remark(now.spot, f"{now.local_name}.{field.name}", message)


def presence(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
    """Numbers and booleans whose zero cannot be told from nothing."""
    file = own_file(schema)
    if file.proto.syntax != "proto3":
        return
    for field, element in fields(schema):
        is_value = field.kind in _NUMBERS or field.kind is Kind.BOOL
        if is_value and not field.is_repeated and not field.has_presence:
            message = (
                f"'{field.name}' is not optional: zero cannot be told from a value that"
                " was never set"
            )
            yield Remark(field.spot, element, message)

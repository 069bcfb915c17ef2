"""Protobuf texts as registries hand them to codecs, and messages drawn for them."""

import base64
from collections.abc import Mapping
from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st

from registry.compiler.in_place import InPlaceCompiler
from registry.domain.formats.protobuf.linking import linked
from registry.domain.formats.protobuf.well_known import WELL_KNOWN
from wirepact.codecs.language import ResolvedSchema
from wirepact.codecs.protobuf_files import messages, opened
from wirepact.schemas import PROTOBUF, Schema

_compile = InPlaceCompiler()

_INTEGERS = {
    FieldDescriptor.CPPTYPE_INT32: st.integers(-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: st.integers(-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: st.integers(0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: st.integers(0, 2**64 - 1),
}
_SCALARS = {
    **_INTEGERS,
    FieldDescriptor.CPPTYPE_BOOL: st.booleans(),
    FieldDescriptor.CPPTYPE_DOUBLE: st.floats(allow_nan=False),
    FieldDescriptor.CPPTYPE_FLOAT: st.floats(allow_nan=False, width=32),
}


@cache
def _linked(text: str, imports: tuple[tuple[str, str], ...]) -> Any:
    return linked(_compile(text, dict(imports)))


def resolved(
    text: str,
    imports: Mapping[str, str] | None = None,
    rule_set: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> ResolvedSchema:
    """Return a compiled text as the SDK resolves it; imports are by import path."""
    made = _linked(text, tuple((imports or {}).items()))
    references = {
        name: Schema(encoded(file), PROTOBUF)
        for name, file in made.imports.items()
        if name not in WELL_KNOWN
    }
    schema = Schema(encoded(made.file), PROTOBUF, metadata=metadata, rule_set=rule_set)
    return ResolvedSchema(schema, references, "serialized")


def encoded(file: Any) -> str:
    return base64.b64encode(file.SerializeToString()).decode()


def classes(schema: ResolvedSchema) -> dict[str, Any]:
    """Return the classes of all messages of a schema that are no map entries."""
    return {
        message.full_name: GetMessageClass(message)
        for message, _ in messages(opened(schema))
        if not message.GetOptions().map_entry
    }


@st.composite
def messages_of(draw: Any, message: Any, depth: int = 3) -> Message:
    """Return a message with any of its fields set, required ones always."""
    made = GetMessageClass(message)()
    for field in message.fields:
        if field.is_required or draw(st.booleans()):
            _fill(draw, made, field, depth)
    return made


def _fill(draw: Any, made: Message, field: FieldDescriptor, depth: int) -> None:
    inner = field.message_type
    if inner is not None and inner.GetOptions().map_entry:
        _fill_map(draw, getattr(made, field.name), inner, depth)
    elif inner is not None:
        _fill_messages(draw, made, field, depth)
    elif field.is_repeated:
        values = draw(st.lists(_scalars(field), max_size=3))
        getattr(made, field.name).extend(values)
    else:
        setattr(made, field.name, draw(_scalars(field)))


def _fill_messages(
    draw: Any, made: Message, field: FieldDescriptor, depth: int
) -> None:
    if not field.is_required and depth == 0:
        return
    inner = messages_of(field.message_type, depth - 1)
    if field.is_repeated:
        getattr(made, field.name).extend(draw(st.lists(inner, max_size=2)))
    else:
        getattr(made, field.name).CopyFrom(draw(inner))


def _fill_map(draw: Any, target: Any, entry: Descriptor, depth: int) -> None:
    keys = draw(st.lists(_scalars(entry.fields_by_name["key"]), max_size=1))
    value = entry.fields_by_name["value"]
    for key in keys:
        if value.message_type is None:
            target[key] = draw(_scalars(value))
        elif depth > 0:
            target[key].CopyFrom(draw(messages_of(value.message_type, depth - 1)))


def _scalars(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    if field.type == FieldDescriptor.TYPE_STRING:
        return st.text(st.characters(codec="utf-8"), max_size=6)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return st.binary(max_size=6)
    if field.enum_type is not None:
        return st.sampled_from([each.number for each in field.enum_type.values])
    return _SCALARS[field.cpp_type]

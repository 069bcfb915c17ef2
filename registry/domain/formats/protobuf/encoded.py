"""Schemas handed in as descriptors: how Confluent's clients send them.

A descriptor may say anything, so what it says is checked before it is printed: a name
that is no name could make the text another one.
"""

import base64
import re
from collections.abc import Iterator
from typing import Any, Final

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.message import DecodeError

from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.protobuf.compiling import ROOT
from registry.domain.formats.protobuf.elements import copied, elements
from registry.domain.formats.protobuf.members import EDITIONS
from registry.domain.formats.protobuf.options import hold_known
from registry.domain.limits import Limits

# A text has at least a semicolon; the dash and the underscore are those of the alphabet
# for addresses, which is named when it is refused.
_ENCODED: Final = re.compile(r"\s*[A-Za-z0-9+/=_-]++\s*")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FULL_NAME: Final = re.compile(rf"\.?{_NAME.pattern}(?:\.{_NAME.pattern})*+")

_FILE: Final = FileDescriptorProto.DESCRIPTOR.full_name
_FULL_NAMES: Final = ("type_name", "extendee", "input_type", "output_type", "package")


def is_encoded(text: str) -> bool:
    """Whether a text is meant as base64: no text of a schema looks like it."""
    return _ENCODED.fullmatch(text) is not None


def decoded(text: str, limits: Limits) -> FileDescriptorProto:
    """Return the descriptor that a text encodes, as that of a schema's own file.

    Raises:
        InvalidSchemaError: It is none, or one that no text could stand for.

    """
    file = _read(text)
    file.ClearField("source_code_info")
    file.name = ROOT
    _check(file, limits)
    return file


def has_custom_options(file: FileDescriptorProto) -> bool:
    """Whether some options have names only by what the file imports or defines."""
    return without_custom_options(file).ByteSize() != file.ByteSize()


def without_custom_options(file: FileDescriptorProto) -> FileDescriptorProto:
    """Return a copy that can be printed by itself."""
    bare = copied(file)
    bare.DiscardUnknownFields()
    for element in elements(bare):
        if element.ListFields() and "options" in element.DESCRIPTOR.fields_by_name:
            # Those that this process happens to know are no unknown fields.
            _clear_extensions(element.options)
            _clear_extensions(element.options.features)
    return bare


def _clear_extensions(options: Any) -> None:
    for field, _ in options.ListFields():
        if field.is_extension:
            options.ClearExtension(field)


def _read(text: str) -> FileDescriptorProto:
    try:
        return FileDescriptorProto.FromString(base64.b64decode(text, validate=True))
    except (ValueError, DecodeError) as error:
        reason = (
            "expected a Protobuf schema, as text or as a FileDescriptorProto in base64"
            " (the standard alphabet, padded)"
        )
        raise InvalidSchemaError(reason) from error


def _check(file: FileDescriptorProto, limits: Limits) -> None:
    _check_depth(file, limits.max_depth)
    for element in elements(file):
        hold_known(element)
        _check_encoding(element)
        for name, pattern in _strings(element, is_edition=file.syntax == EDITIONS):
            if not pattern.fullmatch(name):
                reason = f"expected a name in the descriptor, found '{name[:80]}'"
                raise InvalidSchemaError(reason)
            if len(name) > limits.max_name_length:
                reason = (
                    f"expected names of at most {limits.max_name_length} characters"
                )
                raise InvalidSchemaError(f"{reason}, found {len(name)}")
    _check_oneofs(file)


def _check_encoding(element: Any) -> None:
    for field, value in element.ListFields():
        if field.type == FieldDescriptor.TYPE_STRING:
            given = value if field.is_repeated else [value]
            # What is not UTF-8, the runtime hands out as bytes.
            if not all(isinstance(each, str) for each in given):
                reason = f"expected UTF-8 in '{field.name}' of the descriptor"
                raise InvalidSchemaError(reason)


def _check_depth(file: FileDescriptorProto, most: int) -> None:
    level = list(file.message_type)
    for _ in range(most):
        level = [nested for message in level for nested in message.nested_type]
        if not level:
            return
    reason = f"expected at most {most} levels of nesting in the descriptor"
    raise InvalidSchemaError(reason)


def _strings(
    element: Any, *, is_edition: bool
) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield what a text has as a bare name, and what such names are like."""
    known = element.DESCRIPTOR.fields_by_name
    if "name" in known and element.DESCRIPTOR.full_name != _FILE:
        yield element.name, _NAME
    for part in _FULL_NAMES:
        if part in known and element.HasField(part):
            yield getattr(element, part), _FULL_NAME
    if is_edition and "reserved_name" in known:
        yield from ((name, _NAME) for name in element.reserved_name)


def _check_oneofs(file: FileDescriptorProto) -> None:
    for element in elements(file):
        if element.DESCRIPTOR.name != "DescriptorProto":
            continue
        for field in element.field:
            has_none = not 0 <= field.oneof_index < len(element.oneof_decl)
            if field.HasField("oneof_index") and has_none:
                reason = f"expected the oneof of field '{field.name}', found none"
                raise InvalidSchemaError(reason)

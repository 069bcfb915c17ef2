"""What values look like to rules, the same for every language, and as types of CEL.

CEL knows types with fields as Protobuf messages alone. So each record becomes a message
that nobody ever writes, for the names and types of its fields to be held to.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from google.protobuf import struct_pb2, timestamp_pb2
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)
from google.protobuf.descriptor_pool import DescriptorPool

PACKAGE: Final = "wirepact.values"

_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""What stands after a dot in CEL; members of other names are asked for by index."""
_MOST_FIELDS: Final = 10_000
"""Numbers of fields are not endless, and some of them are reserved."""


class Scalar(StrEnum):
    """A value without parts; `ANY` stands for all that is not one type alone."""

    BOOL = "bool"
    INT = "int"
    DOUBLE = "double"
    STRING = "string"
    BYTES = "bytes"
    TIMESTAMP = "timestamp"
    MAP = "map"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Listed:
    each: "Shape"


@dataclass(slots=True, eq=False)
class Struct:
    """A record or object; its fields are set once they are known, as it may recur.

    Attributes:
        name: For people.
        is_open: Whether there may be fields beside these.

    """

    name: str
    is_open: bool = False
    fields: dict[str, "Shape"] = field(default_factory=dict)


Shape = Scalar | Listed | Struct


@dataclass(frozen=True, eq=False)
class Declared:
    """The type of what rules call `message`, for CEL. Equal only to itself.

    Attributes:
        pool: None for a value of any type.
        type_name: Of the message in the pool; empty for a value of any type.
        container: The package that names of messages are relative to.
        structs: By the names of their messages.
        are_mappings: Whether values are mappings when rules are executed, and messages
            only for types' sake.
        mixes_numbers: Whether a number may be whole or not, whatever its type says.

    """

    pool: Any = None
    type_name: str = ""
    container: str = ""
    structs: Mapping[str, Struct] = field(default_factory=dict)
    are_mappings: bool = True
    mixes_numbers: bool = False


def declared(root: Shape, *, mixes_numbers: bool = False) -> Declared:
    """Return the types of a schema's values."""
    if not isinstance(root, Struct):
        return Declared()
    structs = _reachable(root)
    names = {id(each): f"T{at}" for at, each in enumerate(structs)}
    file = FileDescriptorProto(name="values.proto", package=PACKAGE)
    pool = DescriptorPool()
    for known in (struct_pb2, timestamp_pb2):
        imported = FileDescriptorProto.FromString(known.DESCRIPTOR.serialized_pb)
        pool.Add(imported)
        file.dependency.append(imported.name)
    for each in structs:
        message = file.message_type.add(name=names[id(each)])
        for name, shape in [*each.fields.items()][:_MOST_FIELDS]:
            if _IDENTIFIER.fullmatch(name):
                _add(message, name, shape, names)
    pool.Add(file)
    by_name = {f"{PACKAGE}.{names[id(each)]}": each for each in structs}
    return Declared(pool, next(iter(by_name)), "", by_name, mixes_numbers=mixes_numbers)


def _reachable(root: Struct) -> list[Struct]:
    found = {id(root): root}
    ahead = [root]
    while ahead:
        for shape in ahead.pop().fields.values():
            inner = shape
            while isinstance(inner, Listed):
                inner = inner.each
            if isinstance(inner, Struct) and id(inner) not in found:
                found[id(inner)] = inner
                ahead.append(inner)
    return [*found.values()]


def _add(
    message: DescriptorProto, name: str, shape: Shape, names: Mapping[int, str]
) -> None:
    number = len(message.field) + 1
    # By themselves, the names that JSON would have for `a_b` and `aB` are the same.
    made = message.field.add(name=name, number=number, json_name=f"f{number}")
    made.label = FieldDescriptorProto.LABEL_OPTIONAL
    if isinstance(shape, Listed):
        if isinstance(shape.each, Listed):
            shape = Scalar.ANY
        else:
            made.label = FieldDescriptorProto.LABEL_REPEATED
            shape = shape.each
    if isinstance(shape, Struct):
        made.type = FieldDescriptorProto.TYPE_MESSAGE
        made.type_name = f".{PACKAGE}.{names[id(shape)]}"
    elif isinstance(shape, Scalar):
        made.type, name = _TYPES[shape]
        if name:
            made.type_name = name


_Field = FieldDescriptorProto
_TYPES: Final[Mapping[Scalar, tuple["FieldDescriptorProto.Type.ValueType", str]]] = {
    Scalar.BOOL: (_Field.TYPE_BOOL, ""),
    Scalar.INT: (_Field.TYPE_INT64, ""),
    Scalar.DOUBLE: (_Field.TYPE_DOUBLE, ""),
    Scalar.STRING: (_Field.TYPE_STRING, ""),
    Scalar.BYTES: (_Field.TYPE_BYTES, ""),
    Scalar.TIMESTAMP: (_Field.TYPE_MESSAGE, ".google.protobuf.Timestamp"),
    Scalar.MAP: (_Field.TYPE_MESSAGE, ".google.protobuf.Struct"),
    Scalar.ANY: (_Field.TYPE_MESSAGE, ".google.protobuf.Value"),
}

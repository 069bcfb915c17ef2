"""The fields of Protobuf messages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    SourceCodeInfo,
)

from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.gate.rendering.elements import MOST_LEVELS, Budget, Element

_Proto = FieldDescriptorProto
_KINDS: Final = {
    _Proto.TYPE_BOOL: ("boolean", "bool"),
    _Proto.TYPE_BYTES: ("string", "bytes"),
    _Proto.TYPE_DOUBLE: ("number", "double"),
    _Proto.TYPE_ENUM: ("string", "enum"),
    _Proto.TYPE_FIXED32: ("integer", "fixed32"),
    _Proto.TYPE_FIXED64: ("integer", "fixed64"),
    _Proto.TYPE_FLOAT: ("number", "float"),
    _Proto.TYPE_GROUP: ("object", "group"),
    _Proto.TYPE_INT32: ("integer", "int32"),
    _Proto.TYPE_INT64: ("integer", "int64"),
    _Proto.TYPE_MESSAGE: ("object", "message"),
    _Proto.TYPE_SFIXED32: ("integer", "sfixed32"),
    _Proto.TYPE_SFIXED64: ("integer", "sfixed64"),
    _Proto.TYPE_SINT32: ("integer", "sint32"),
    _Proto.TYPE_SINT64: ("integer", "sint64"),
    _Proto.TYPE_STRING: ("string", "string"),
    _Proto.TYPE_UINT32: ("integer", "uint32"),
    _Proto.TYPE_UINT64: ("integer", "uint64"),
}
_KNOWN: Final = {
    ".google.protobuf.Timestamp": "timestamp",
    ".google.type.Date": "date",
    ".google.type.TimeOfDay": "time",
    ".google.protobuf.StringValue": "string",
    ".google.protobuf.BoolValue": "boolean",
    ".google.protobuf.Int32Value": "integer",
    ".google.protobuf.Int64Value": "integer",
    ".google.protobuf.DoubleValue": "number",
}
_MESSAGE: Final = 4
_NESTED: Final = 3
_FIELD: Final = 2

_Path = tuple[int, ...]
_Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    proto: DescriptorProto
    path: _Path | None


def elements(schema: ProtobufSchema, message: str | None) -> tuple[Element, ...]:
    """See `elements.elements`."""
    own = [*_messages(schema.file, with_paths=True)]
    names = [
        name for name, each in own if each.path is not None and len(each.path) == 2
    ]
    if not names:
        return ()
    package = f".{schema.file.package}" if schema.file.package else ""
    wanted = f"{package}.{(message or '').removeprefix(f'{schema.file.package}.')}"
    first = wanted if message and wanted in names else names[0]
    known = {
        name: each
        for file in schema.imports.values()
        for name, each in _messages(file, with_paths=False)
    }
    types = {**known, **dict(own)}
    comments = _comments(schema.locations)
    return _Walk(types, comments, Budget()).fields(first, ())


def _messages(
    file: FileDescriptorProto, *, with_paths: bool
) -> Iterator[tuple[str, _Found]]:
    package = f".{file.package}" if file.package else ""
    left: list[tuple[str, DescriptorProto, _Path]] = [
        (f"{package}.{each.name}", each, (_MESSAGE, at))
        for at, each in reversed([*enumerate(file.message_type)])
    ]
    while left:
        name, proto, path = left.pop()
        yield name, _Found(proto, path if with_paths else None)
        left += [
            (f"{name}.{each.name}", each, (*path, _NESTED, at))
            for at, each in enumerate(proto.nested_type)
        ]


def _comments(locations: bytes) -> Mapping[_Path, str]:
    info = SourceCodeInfo.FromString(locations)
    return {
        tuple(each.path): " ".join(
            (each.leading_comments or each.trailing_comments).split()
        )
        for each in info.location
        if each.leading_comments or each.trailing_comments
    }


@dataclass(frozen=True, slots=True)
class _Walk:
    types: Mapping[str, _Found]
    comments: Mapping[_Path, str]
    budget: Budget

    def fields(self, name: str, around: _Names) -> tuple[Element, ...]:
        found = self.types.get(name)
        if found is None or name in around or len(around) >= MOST_LEVELS:
            return ()
        return tuple(
            self._field(each, found.path, at, (*around, name))
            for at, each in enumerate(found.proto.field)
            if self.budget.take()
        )

    def _field(
        self, field: FieldDescriptorProto, path: _Path | None, at: int, around: _Names
    ) -> Element:
        said = "" if path is None else self.comments.get((*path, _FIELD, at), "")
        is_required = field.label == _Proto.LABEL_REQUIRED or None
        if self._is_map(field):
            return Element(field.name, "object", "map", said, is_required)
        logical, physical = self._kind(field)
        inside = (
            self.fields(field.type_name, around)
            if logical == "object" and field.type_name
            else ()
        )
        if field.label == _Proto.LABEL_REPEATED:
            each = Element("", logical, physical, inside=inside)
            return Element(field.name, "array", f"repeated {physical}", said, each=each)
        return Element(field.name, logical, physical, said, is_required, inside)

    def _kind(self, field: FieldDescriptorProto) -> tuple[str, str]:
        logical, physical = _KINDS[field.type]
        if field.type_name:
            named = field.type_name.removeprefix(".")
            return _KNOWN.get(field.type_name, logical), f"{physical} {named}"
        return logical, physical

    def _is_map(self, field: FieldDescriptorProto) -> bool:
        found = self.types.get(field.type_name)
        return found is not None and found.proto.options.map_entry

"""From descriptors to the type graph."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Final

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FeatureSet,
    FieldDescriptorProto,
    FileDescriptorProto,
    ServiceDescriptorProto,
)

from registry.domain.formats.protobuf.features import Features, file_features
from registry.domain.formats.protobuf.nodes import (
    Enum,
    EnumValue,
    Field,
    File,
    Kind,
    Label,
    Message,
    Method,
    Oneof,
    Service,
    Types,
)
from registry.domain.formats.protobuf.spots import Elements
from registry.domain.rules import Spot

_KINDS: Final = {
    value.number: Kind(value.name.removeprefix("TYPE_").lower())
    for value in FieldDescriptorProto.Type.DESCRIPTOR.values
}
_REPEATED: Final = FieldDescriptorProto.LABEL_REPEATED
_REQUIRED: Final = FieldDescriptorProto.LABEL_REQUIRED

_NONE: Final[Mapping[str, Message]] = MappingProxyType({})


class Graph:
    """A schema's file as nodes, and the types of what it imports.

    Imported files become nodes when a type of theirs is first asked for. Safe to share
    by threads: two that ask at once may do the same work, and get the same answer.

    Attributes:
        file: The schema's own.

    """

    def __init__(
        self, file: FileDescriptorProto, imports: Mapping[str, FileDescriptorProto]
    ) -> None:
        self._imports: Final = imports
        self._files: Final[dict[str, File]] = {}
        self._messages: Final[dict[str, Message]] = {}
        self._enums: Final[dict[str, Enum]] = {}
        self.file: Final = self._load("", file)

    @cached_property
    def elements(self) -> Elements:
        """What stands where in the schema's own file."""
        return Elements.of(self.file)

    def files(self) -> Iterator[File]:
        """Yield the schema's own file, then all that it imports."""
        yield self.file
        for source, proto in self._imports.items():
            yield self._files.get(source) or self._load(source, proto)

    def message(self, full_name: str) -> Message | None:
        if full_name not in self._messages:
            self._find(full_name)
        return self._messages.get(full_name)

    def enum(self, full_name: str) -> Enum | None:
        if full_name not in self._enums:
            self._find(full_name)
        return self._enums.get(full_name)

    def _find(self, full_name: str) -> None:
        """Load the files that may have a type, until one does."""
        for source, proto in self._imports.items():
            if full_name in self._messages or full_name in self._enums:
                return
            if source not in self._files and _may_have(proto, full_name):
                self._load(source, proto)

    def _load(self, source: str, proto: FileDescriptorProto) -> File:
        built = _Builder(proto, source, self).file()
        file = self._files.setdefault(source, built)
        for message in file.all_messages():
            self._messages.setdefault(message.full_name, message)
        for enum in file.all_enums():
            self._enums.setdefault(enum.full_name, enum)
        return file


def _may_have(file: FileDescriptorProto, full_name: str) -> bool:
    return not file.package or full_name.startswith(f"{file.package}.")


def _by_number(values: Sequence[EnumValue]) -> Mapping[int, EnumValue]:
    numbers: dict[int, EnumValue] = {}
    for value in values:
        numbers.setdefault(value.number, value)
    return numbers


class _Builder:
    """Makes the nodes of one file; recursion goes as deep as protoc lets types nest."""

    def __init__(self, proto: FileDescriptorProto, source: str, types: Types) -> None:
        self._proto = proto
        self._source = source
        self._types = types
        self._features = file_features(proto)
        self._writes_optional = proto.syntax in ("", "proto2")

    def file(self) -> File:
        proto, features = self._proto, self._features
        return File(
            source=self._source,
            package=proto.package,
            messages=self._messages(proto.message_type, "/4", "", features, ()),
            enums=self._enums(proto.enum_type, "/5", "", features),
            extensions=self._extensions(proto.extension, "/7", features),
            services=self._services(proto.service),
            features=features,
            proto=proto,
        )

    def _messages(
        self,
        protos: Sequence[DescriptorProto],
        pointer: str,
        scope: str,
        features: Features,
        siblings: Sequence[FieldDescriptorProto],
    ) -> Mapping[str, Message]:
        if not protos:
            return _NONE
        bodies = {
            each.type_name.rpartition(".")[2]
            for each in siblings
            if each.type == FieldDescriptorProto.TYPE_GROUP
        }
        return {
            proto.name: self._message(
                proto,
                f"{pointer}/{index}",
                scope,
                features,
                is_group_body=proto.name in bodies,
            )
            for index, proto in enumerate(protos)
        }

    def _message(
        self,
        proto: DescriptorProto,
        pointer: str,
        scope: str,
        outer: Features,
        *,
        is_group_body: bool,
    ) -> Message:
        features, scope = outer.within(proto.options), scope + proto.name + "."
        fields = self._fields(proto, pointer, features)
        inner = (*proto.field, *proto.extension)
        return Message(
            name=proto.name,
            full_name=self._full_name(scope[:-1]),
            local_name=scope[:-1],
            fields={field.number: field for field in fields},
            oneofs=self._oneofs(proto, pointer, fields),
            messages=self._messages(
                proto.nested_type, f"{pointer}/3", scope, features, inner
            ),
            enums=self._enums(proto.enum_type, f"{pointer}/4", scope, features),
            extensions=self._extensions(proto.extension, f"{pointer}/6", features),
            is_map_entry=proto.options.map_entry,
            is_group_body=is_group_body,
            features=features,
            spot=Spot(pointer, self._source),
            proto=proto,
        )

    def _fields(
        self, proto: DescriptorProto, pointer: str, features: Features
    ) -> list[Field]:
        entries = {each.name for each in proto.nested_type if each.options.map_entry}
        is_entry = proto.options.map_entry
        oneofs = [
            (each.name, features.within(each.options)) for each in proto.oneof_decl
        ]
        return [
            self._field(
                each,
                f"{pointer}/2/{index}",
                oneofs[each.oneof_index] if each.HasField("oneof_index") else None,
                features,
                is_map=bool(entries) and each.type_name.rpartition(".")[2] in entries,
                is_in_entry=is_entry,
            )
            for index, each in enumerate(proto.field)
        ]

    def _field(
        self,
        proto: FieldDescriptorProto,
        pointer: str,
        oneof: tuple[str, Features] | None,
        outer: Features,
        *,
        is_map: bool,
        is_in_entry: bool,
    ) -> Field:
        is_member = oneof is not None and not proto.proto3_optional
        features = (oneof[1] if oneof is not None else outer).within(proto.options)
        kind = _KINDS[proto.type]
        is_delimited = features.message_encoding == FeatureSet.DELIMITED
        # Maps and their values are length-prefixed whatever the features say.
        if kind is Kind.MESSAGE and is_delimited and not (is_map or is_in_entry):
            kind = Kind.GROUP
        return Field(
            name=proto.name,
            number=proto.number,
            kind=kind,
            type_name=proto.type_name.removeprefix("."),
            label=Label.NONE if is_member or is_map else self._label(proto, features),
            oneof=oneof[0] if oneof is not None and is_member else "",
            is_map=is_map,
            is_repeated=proto.label == _REPEATED,
            features=features,
            spot=Spot(pointer, self._source),
            proto=proto,
            types=self._types,
        )

    def _label(self, proto: FieldDescriptorProto, features: Features) -> Label:
        if proto.label == _REPEATED:
            return Label.REPEATED
        if proto.label == _REQUIRED:
            return Label.REQUIRED
        if features.field_presence == FeatureSet.LEGACY_REQUIRED:
            return Label.REQUIRED
        is_written = self._writes_optional or proto.proto3_optional
        return Label.OPTIONAL if is_written else Label.NONE

    def _oneofs(
        self, proto: DescriptorProto, pointer: str, fields: Sequence[Field]
    ) -> Mapping[str, Oneof]:
        if not proto.oneof_decl:
            return {}
        members: dict[str, list[Field]] = {}
        for field in fields:
            if field.oneof:
                members.setdefault(field.oneof, []).append(field)
        return {
            each.name: Oneof(
                each.name,
                tuple(members[each.name]),
                Spot(f"{pointer}/8/{index}", self._source),
            )
            for index, each in enumerate(proto.oneof_decl)
            if each.name in members
        }

    def _enums(
        self,
        protos: Sequence[EnumDescriptorProto],
        pointer: str,
        scope: str,
        features: Features,
    ) -> Mapping[str, Enum]:
        return {
            proto.name: self._enum(proto, f"{pointer}/{index}", scope, features)
            for index, proto in enumerate(protos)
        }

    def _enum(
        self, proto: EnumDescriptorProto, pointer: str, scope: str, outer: Features
    ) -> Enum:
        values = tuple(
            EnumValue(
                each.name,
                each.number,
                Spot(f"{pointer}/2/{index}", self._source),
                each,
            )
            for index, each in enumerate(proto.value)
        )
        return Enum(
            name=proto.name,
            full_name=self._full_name(scope + proto.name),
            local_name=scope + proto.name,
            values=values,
            numbers=_by_number(values),
            features=outer.within(proto.options),
            spot=Spot(pointer, self._source),
            proto=proto,
        )

    def _extensions(
        self, protos: Sequence[FieldDescriptorProto], pointer: str, features: Features
    ) -> tuple[Field, ...]:
        return tuple(
            self._field(
                each,
                f"{pointer}/{index}",
                None,
                features,
                is_map=False,
                is_in_entry=False,
            )
            for index, each in enumerate(protos)
        )

    def _services(
        self, protos: Sequence[ServiceDescriptorProto]
    ) -> Mapping[str, Service]:
        return {
            proto.name: self._service(proto, f"/6/{index}")
            for index, proto in enumerate(protos)
        }

    def _service(self, proto: ServiceDescriptorProto, pointer: str) -> Service:
        methods = {
            each.name: Method(
                each.name, Spot(f"{pointer}/2/{index}", self._source), each
            )
            for index, each in enumerate(proto.method)
        }
        return Service(proto.name, methods, Spot(pointer, self._source))

    def _full_name(self, local_name: str) -> str:
        package = self._proto.package
        return f"{package}.{local_name}" if package else local_name

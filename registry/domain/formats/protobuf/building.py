"""From a descriptor to the nodes of one file."""

from collections.abc import Iterable, Mapping, Sequence
from sys import intern
from typing import Any, Final, NamedTuple

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
    Row,
    Service,
    Types,
)
from registry.domain.rules import Spot

_KINDS: Final = {
    value.number: Kind(value.name.removeprefix("TYPE_").lower())
    for value in FieldDescriptorProto.Type.DESCRIPTOR.values
}
_REPEATED: Final = FieldDescriptorProto.LABEL_REPEATED
_REQUIRED: Final = FieldDescriptorProto.LABEL_REQUIRED


class _Scope(NamedTuple):
    """What elements stand in: the file, or a message.

    Attributes:
        name: The message's, without the package, and a dot; empty for the file.
        features: Those that hold for what has none of its own.

    """

    pointer: str
    name: str
    features: Features


class _Setting(NamedTuple):
    """What a field stands in.

    Attributes:
        oneof: Empty for none that was written.
        is_map: Whether the type is an entry that protoc made.
        may_be_delimited: Whether the field, if it is of a message, may be a group.

    """

    features: Features
    oneof: str = ""
    is_map: bool = False
    may_be_delimited: bool = True


class Builder:
    """Makes the nodes of one file; recursion goes as deep as protoc lets types nest."""

    def __init__(self, proto: FileDescriptorProto, source: str, types: Types) -> None:
        self._proto = proto
        self._source = source
        self._types = types
        self._writes_optional = proto.syntax in ("", "proto2")

    def file(self) -> File:
        proto, features = self._proto, file_features(self._proto)
        scope = _Scope("", "", features)
        return File(
            source=self._source,
            package=proto.package,
            messages=self._messages(proto.message_type, "/4", scope, proto.extension),
            enums=self._enums(proto.enum_type, "/5", scope),
            extensions=self._extensions(proto.extension, "/7", scope),
            services=self._services(proto.service),
            features=features,
            proto=proto,
        )

    def _messages(
        self,
        protos: Sequence[DescriptorProto],
        below: str,
        scope: _Scope,
        fields: Iterable[FieldDescriptorProto],
    ) -> Mapping[str, Message]:
        """Make messages; `fields` stand in the same scope and may be groups."""
        if not protos:
            return {}
        bodies = {
            _simple(each.type_name)
            for each in fields
            if each.type == FieldDescriptorProto.TYPE_GROUP
        }
        return {
            proto.name: self._message(
                proto, f"{below}/{index}", scope, is_group_body=proto.name in bodies
            )
            for index, proto in enumerate(protos)
        }

    def _message(
        self,
        proto: DescriptorProto,
        below: str,
        outer: _Scope,
        *,
        is_group_body: bool,
    ) -> Message:
        scope = _Scope(
            outer.pointer + below,
            f"{outer.name}{proto.name}.",
            outer.features.within(proto.options),
        )
        fields = self._fields(proto, scope)
        declared = (*proto.field, *proto.extension)
        return Message(
            name=proto.name,
            full_name=self._full_name(scope.name[:-1]),
            local_name=scope.name[:-1],
            fields={field.number: field for field in fields},
            oneofs=self._oneofs(proto, scope, fields),
            messages=self._messages(proto.nested_type, "/3", scope, declared),
            enums=self._enums(proto.enum_type, "/4", scope),
            extensions=self._extensions(proto.extension, "/6", scope),
            is_map_entry=proto.options.map_entry,
            is_group_body=is_group_body,
            features=scope.features,
            spot=self._spot(scope, ""),
            proto=proto,
        )

    def _fields(self, proto: DescriptorProto, scope: _Scope) -> list[Field]:
        entries = {
            f".{self._full_name(scope.name)}{each.name}"
            for each in proto.nested_type
            if each.options.map_entry
        }
        plain = _Setting(scope.features, may_be_delimited=not proto.options.map_entry)
        oneofs = [
            _Setting(scope.features.within(each.options), each.name)
            for each in proto.oneof_decl
        ]
        row = self._row(proto.field, scope, "/2")
        fields = []
        for index, each in enumerate(proto.field):
            setting = plain
            if each.HasField("oneof_index"):
                setting = oneofs[each.oneof_index]
                if each.proto3_optional:
                    setting = setting._replace(oneof="")
            elif each.type_name in entries:
                setting = plain._replace(is_map=True, may_be_delimited=False)
            fields.append(self._field(each, row, index, setting))
        return fields

    def _field(
        self, proto: FieldDescriptorProto, row: Row, index: int, setting: _Setting
    ) -> Field:
        features = setting.features.within(proto.options)
        kind = _KINDS[proto.type]
        is_delimited = features.message_encoding == FeatureSet.DELIMITED
        # Maps and their values are length-prefixed whatever the features say.
        if kind is Kind.MESSAGE and is_delimited and setting.may_be_delimited:
            kind = Kind.GROUP
        has_label = not (setting.oneof or setting.is_map)
        return Field(
            name=proto.name,
            number=proto.number,
            kind=kind,
            type_name=intern(proto.type_name.removeprefix(".")),
            label=self._label(proto, features) if has_label else Label.NONE,
            oneof=setting.oneof,
            is_map=setting.is_map,
            is_repeated=proto.label == _REPEATED,
            features=features,
            row=row,
            index=index,
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
        self, proto: DescriptorProto, scope: _Scope, fields: Sequence[Field]
    ) -> Mapping[str, Oneof]:
        if not proto.oneof_decl:
            return {}
        members: dict[str, list[Field]] = {}
        for field in fields:
            members.setdefault(field.oneof, []).append(field)
        return {
            each.name: Oneof(
                each.name, tuple(members[each.name]), self._spot(scope, f"/8/{index}")
            )
            for index, each in enumerate(proto.oneof_decl)
            if each.name in members
        }

    def _enums(
        self, protos: Sequence[EnumDescriptorProto], below: str, scope: _Scope
    ) -> Mapping[str, Enum]:
        return {
            proto.name: self._enum(proto, f"{below}/{index}", scope)
            for index, proto in enumerate(protos)
        }

    def _enum(self, proto: EnumDescriptorProto, below: str, scope: _Scope) -> Enum:
        local_name = scope.name + proto.name
        row = self._row(proto.value, scope, f"{below}/2")
        values = tuple(
            EnumValue(each.name, each.number, row, index)
            for index, each in enumerate(proto.value)
        )
        return Enum(
            name=proto.name,
            full_name=self._full_name(local_name),
            local_name=local_name,
            values=values,
            numbers=_by_number(values),
            features=scope.features.within(proto.options),
            spot=self._spot(scope, below),
            proto=proto,
        )

    def _extensions(
        self, protos: Sequence[FieldDescriptorProto], below: str, scope: _Scope
    ) -> tuple[Field, ...]:
        setting, row = _Setting(scope.features), self._row(protos, scope, below)
        return tuple(
            self._field(each, row, index, setting) for index, each in enumerate(protos)
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

    def _row(self, protos: Sequence[Any], scope: _Scope, below: str) -> Row:
        return Row(protos, scope.pointer + below, self._source, self._types)

    def _spot(self, scope: _Scope, below: str) -> Spot:
        return Spot(scope.pointer + below, self._source)


def _simple(name: str) -> str:
    return name.rpartition(".")[2]


def _by_number(values: Iterable[EnumValue]) -> Mapping[int, EnumValue]:
    numbers: dict[int, EnumValue] = {}
    for value in values:
        numbers.setdefault(value.number, value)
    return numbers

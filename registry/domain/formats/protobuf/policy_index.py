"""From descriptors to the parts that the policies compare."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    ServiceDescriptorProto,
)

from registry.domain.formats.protobuf.policy_features import Features
from registry.domain.formats.protobuf.policy_parts import (
    EXPLICIT,
    GROUP,
    IMPLICIT,
    MAP,
    MESSAGE,
    REPEATED,
    REQUIRED,
    Enum,
    EnumNumber,
    Field,
    File,
    Message,
    Method,
    Oneof,
    Parts,
    Service,
    Stand,
)
from registry.domain.formats.protobuf.policy_ranges import Numbers

Steps = tuple[int, ...]

# The numbers of fields in descriptor.proto that lead from a part to one inside it.
_FILE_MESSAGE, _FILE_ENUM, _FILE_SERVICE, _FILE_EXTENSION = 4, 5, 6, 7
_FIELD, _NESTED, _NESTED_ENUM, _NESTED_EXTENSION, _ONEOF = 2, 3, 4, 6, 8
_VALUE, _METHOD = 2, 2

_KINDS: Final[Mapping[int, str]] = {
    value.number: value.name.removeprefix("TYPE_").lower()
    for value in FieldDescriptorProto.Type.DESCRIPTOR.values
}


def indexed(own: FileDescriptorProto, imports: Iterable[FileDescriptorProto]) -> Parts:
    """Return the parts of a schema: of its own file, and of all that it imports."""
    files = (own, *imports)
    indexing = _Indexing(files)
    for file in files:
        indexing.add(file, "" if file is own else file.name)
    return indexing.parts


class _Indexing:
    """The parts found so far."""

    def __init__(self, files: Sequence[FileDescriptorProto]) -> None:
        self._files: dict[str, File] = {}
        self._messages: dict[str, Message] = {}
        self._enums: dict[str, Enum] = {}
        self._services: dict[str, Service] = {}
        self._extensions: dict[tuple[str, int], Field] = {}
        self._map_entries = frozenset(_map_entries(files))

    @property
    def parts(self) -> Parts:
        return Parts(
            self._files,
            self._messages,
            self._enums,
            self._services,
            self._extensions,
        )

    def add(self, proto: FileDescriptorProto, source: str) -> None:
        file = File(Stand(source, (), "", Features.of_file(proto)), proto)
        self._files[proto.name] = file
        for at, message in enumerate(proto.message_type):
            self._add_message(file, message, (_FILE_MESSAGE, at))
        for at, enum in enumerate(proto.enum_type):
            self._add_enum(file, file.stand, enum, (_FILE_ENUM, at))
        for at, extension in enumerate(proto.extension):
            self._add_extension(file, file.stand, extension, (_FILE_EXTENSION, at))
        for at, service in enumerate(proto.service):
            self._add_service(file, service, (_FILE_SERVICE, at))

    def _add_message(self, file: File, proto: DescriptorProto, steps: Steps) -> None:
        """Add a message and all that is inside of it, outermost first."""
        stack: list[tuple[Stand, DescriptorProto, Steps]] = [(file.stand, proto, steps)]
        while stack:
            around, each, at = stack.pop()
            place = _inside(around, each, at)
            message = self._message(file, place, each)
            file.messages[place.name] = message
            self._messages[message.full_name] = message
            for index, enum in enumerate(each.enum_type):
                self._add_enum(file, place, enum, (*at, _NESTED_ENUM, index))
            for index, extension in enumerate(each.extension):
                where = (*at, _NESTED_EXTENSION, index)
                self._add_extension(file, place, extension, where)
            inner = enumerate(each.nested_type)
            stack += reversed([(place, it, (*at, _NESTED, i)) for i, it in inner])

    def _message(self, file: File, place: Stand, proto: DescriptorProto) -> Message:
        synthetic = {f.oneof_index for f in proto.field if f.proto3_optional}
        fields = (
            self._field(
                file, _inside(place, field, (*place.steps, _FIELD, at)), field, proto
            )
            for at, field in enumerate(proto.field)
        )
        oneofs = (
            Oneof(_inside(place, oneof, (*place.steps, _ONEOF, at)))
            for at, oneof in enumerate(proto.oneof_decl)
            if at not in synthetic
        )
        return Message(
            place,
            proto,
            file.full_name(place.name),
            {field.number: field for field in fields},
            {oneof.simple_name: oneof for oneof in oneofs},
            Numbers(range(each.start, each.end) for each in proto.reserved_range),
            frozenset(proto.reserved_name),
            Numbers(range(each.start, each.end) for each in proto.extension_range),
        )

    def _add_enum(
        self, file: File, around: Stand, proto: EnumDescriptorProto, steps: Steps
    ) -> None:
        place = _inside(around, proto, steps)
        full_name = file.full_name(place.name)
        # In enums alone, the end of a range belongs to it.
        reserved = (range(each.start, each.end + 1) for each in proto.reserved_range)
        enum = Enum(
            place,
            proto,
            full_name,
            _numbers(place, proto),
            {value.name: value.number for value in proto.value},
            Numbers(reserved),
            frozenset(proto.reserved_name),
        )
        file.enums[place.name] = enum
        self._enums[full_name] = enum

    def _add_extension(
        self, file: File, around: Stand, proto: FieldDescriptorProto, steps: Steps
    ) -> None:
        extension = self._field(file, _inside(around, proto, steps), proto, None)
        file.extensions[extension.name] = extension
        self._extensions[extension.extendee, extension.number] = extension

    def _add_service(
        self, file: File, proto: ServiceDescriptorProto, steps: Steps
    ) -> None:
        place = _inside(file.stand, proto, steps)
        methods = (
            Method(_inside(place, method, (*steps, _METHOD, at)), method)
            for at, method in enumerate(proto.method)
        )
        service = Service(
            place,
            file.full_name(place.name),
            {method.simple_name: method for method in methods},
        )
        file.services[place.name] = service
        self._services[service.full_name] = service

    def _field(
        self,
        file: File,
        place: Stand,
        proto: FieldDescriptorProto,
        message: DescriptorProto | None,
    ) -> Field:
        type_name = proto.type_name.removeprefix(".")
        is_map = type_name in self._map_entries
        is_in_map_entry = message is not None and message.options.map_entry
        oneof = None
        if message is not None and proto.HasField("oneof_index"):
            oneof = message.oneof_decl[proto.oneof_index].name
        return Field(
            place,
            proto,
            file.full_name(place.name),
            _kind(proto, place.features, is_plain=is_map or is_in_map_entry),
            type_name,
            MAP if is_map else _cardinality(proto, place.features),
            None if proto.proto3_optional else oneof,
            proto.extendee.removeprefix("."),
            is_in_map_entry,
            self._enums,
        )


class _Named(Protocol):
    """What any descriptor of a part has."""

    @property
    def name(self) -> str: ...

    @property
    def options(self) -> Any: ...


def _inside(around: Stand, proto: _Named, steps: Steps) -> Stand:
    name = f"{around.name}.{proto.name}" if around.name else proto.name
    features = around.features.overridden(proto.options)
    return Stand(around.source, steps, name, features)


def _numbers(place: Stand, proto: EnumDescriptorProto) -> Mapping[int, EnumNumber]:
    names: dict[int, list[str]] = {}
    first: dict[int, int] = {}
    for at, value in enumerate(proto.value):
        names.setdefault(value.number, []).append(value.name)
        first.setdefault(value.number, at)
    return {
        number: EnumNumber(
            _inside(place, proto.value[at], (*place.steps, _VALUE, at)),
            number,
            tuple(names[number]),
        )
        for number, at in first.items()
    }


def _kind(proto: FieldDescriptorProto, features: Features, *, is_plain: bool) -> str:
    kind = _KINDS[proto.type]
    is_delimited = features.encoding == "DELIMITED" and not is_plain
    return GROUP if kind == MESSAGE and is_delimited else kind


def _cardinality(proto: FieldDescriptorProto, features: Features) -> str:
    if proto.label == FieldDescriptorProto.LABEL_REPEATED:
        return REPEATED
    if proto.label == FieldDescriptorProto.LABEL_REQUIRED:
        return REQUIRED
    if features.presence == "LEGACY_REQUIRED":
        return REQUIRED
    has_presence = (
        _KINDS[proto.type] in (MESSAGE, GROUP)
        or proto.HasField("oneof_index")
        or bool(proto.extendee)
        or features.presence == "EXPLICIT"
    )
    return EXPLICIT if has_presence else IMPLICIT


def _map_entries(files: Sequence[FileDescriptorProto]) -> Iterator[str]:
    """Yield the full names of the messages that stand for the entries of maps."""
    stack = [(file.package, message) for file in files for message in file.message_type]
    while stack:
        around, message = stack.pop()
        name = f"{around}.{message.name}" if around else message.name
        if message.options.map_entry:
            yield name
        stack += [(name, nested) for nested in message.nested_type]

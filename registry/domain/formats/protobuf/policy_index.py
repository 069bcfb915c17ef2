"""From the type graph to the parts that the policies compare."""

from collections.abc import Iterable, Iterator, Mapping

from registry.domain.formats.protobuf import nodes
from registry.domain.formats.protobuf.graph import Graph
from registry.domain.formats.protobuf.policy_parts import (
    Enum,
    EnumNumber,
    Field,
    File,
    Member,
    Message,
    Method,
    Parts,
    Service,
)
from registry.domain.formats.protobuf.policy_ranges import Numbers


def indexed(graph: Graph) -> Parts:
    """Return the parts of a schema: of its own file, and of all that it imports."""
    enums: dict[str, Enum] = {}
    files = {node.source: _file(node, enums) for node in graph.files()}
    every = tuple(files.values())
    return Parts(
        files,
        {m.node.full_name: m for file in every for m in file.messages.values()},
        enums,
        {s.full_name: s for file in every for s in file.services.values()},
        {(e.extendee, e.number): e for f in every for e in f.extensions.values()},
    )


def _file(node: nodes.File, enums: dict[str, Enum]) -> File:
    own = {enum.local_name: _enum(enum) for enum in node.all_enums()}
    # All fields share this: what they name may be in a file that is still to come.
    enums |= {enum.node.full_name: enum for enum in own.values()}
    fields = _Fields(node, enums)
    messages = {each.local_name: _message(each, fields) for each in node.all_messages()}
    return File(
        "",
        node.spot,
        node,
        messages,
        own,
        {each.name: each for each in fields.extensions()},
        {each.name: _service(each, node) for each in node.services.values()},
    )


def _message(node: nodes.Message, fields: "_Fields") -> Message:
    proto = node.proto
    oneofs = (
        Member(f"{node.local_name}.{each.name}", each.spot)
        for each in node.oneofs.values()
    )
    return Message(
        node.local_name,
        node.spot,
        node,
        {each.number: each for each in fields.of(node)},
        {each.simple_name: each for each in oneofs},
        Numbers(range(each.start, each.end) for each in proto.reserved_range),
        frozenset(proto.reserved_name),
        Numbers(range(each.start, each.end) for each in proto.extension_range),
    )


class _Fields:
    """Makes the fields and the extensions of one file."""

    def __init__(self, file: nodes.File, enums: Mapping[str, Enum]) -> None:
        self._file = file
        self._enums = enums

    def of(self, message: nodes.Message) -> Iterator[Field]:
        for node in message.fields.values():
            yield self._field(
                node, message.local_name, is_in_map_entry=message.is_map_entry
            )

    def extensions(self) -> Iterator[Field]:
        yield from self._extensions(self._file.extensions, "")
        for message in self._file.all_messages():
            yield from self._extensions(message.extensions, message.local_name)

    def _extensions(
        self, extensions: Iterable[nodes.Field], scope: str
    ) -> Iterator[Field]:
        for node in extensions:
            yield self._field(node, scope)

    def _field(
        self, node: nodes.Field, scope: str, *, is_in_map_entry: bool = False
    ) -> Field:
        name = _within(scope, node.name)
        return Field(
            name,
            node.spot,
            node,
            self._file,
            _within(self._file.package, name),
            node.proto.extendee.removeprefix("."),
            is_in_map_entry,
            self._enums,
        )


def _enum(node: nodes.Enum) -> Enum:
    proto = node.proto
    names: dict[int, list[str]] = {}
    for value in node.values:
        names.setdefault(value.number, []).append(value.name)
    numbers = (
        EnumNumber(
            f"{node.local_name}.{names[number][0]}",
            node.numbers[number].spot,
            number,
            tuple(names[number]),
        )
        for number in names
    )
    # In enums alone, the end of a range belongs to it.
    reserved = (range(each.start, each.end + 1) for each in proto.reserved_range)
    return Enum(
        node.local_name,
        node.spot,
        node,
        {each.number: each for each in numbers},
        {value.name: value.number for value in node.values},
        Numbers(reserved),
        frozenset(proto.reserved_name),
    )


def _service(node: nodes.Service, file: nodes.File) -> Service:
    methods = {
        name: Method(f"{node.name}.{name}", method.spot, method)
        for name, method in node.methods.items()
    }
    return Service(node.name, node.spot, _within(file.package, node.name), methods)


def _within(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name

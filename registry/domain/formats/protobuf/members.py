"""What a file or a message has in it, in an order that a text can have.

The type of a map's entries and that of a group have no text of their own, but a place
among the nested messages. To keep it, a nested message that comes before such a type is
handed out before the field that implies it.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, Final, Self

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    OneofDescriptorProto,
)

EDITIONS: Final = "editions"
_ENTRY: Final = [("key", 1), ("value", 2)]


@dataclass(frozen=True, slots=True)
class Field:
    """A field that is in no oneof."""

    field: FieldDescriptorProto

    @property
    def fields(self) -> Sequence[FieldDescriptorProto]:
        return (self.field,)


@dataclass(frozen=True, slots=True)
class Oneof:
    """A oneof with its members."""

    declared: OneofDescriptorProto
    fields: Sequence[FieldDescriptorProto]


@dataclass(frozen=True, slots=True)
class Extension:
    """A field of another message."""

    field: FieldDescriptorProto


@dataclass(frozen=True, slots=True)
class Nested:
    """A message that has a text of its own."""

    message: DescriptorProto


Member = Field | Oneof | Extension | Nested


@dataclass(frozen=True)
class Owner:
    """A file, or a message: what has members.

    Attributes:
        name: Full: of the message, or of the package; empty for none.
        syntax: Of the file, as in its descriptor.

    """

    name: str
    syntax: str
    fields: Sequence[FieldDescriptorProto]
    extensions: Sequence[FieldDescriptorProto]
    nested: Sequence[DescriptorProto]
    oneofs: Sequence[OneofDescriptorProto]

    @classmethod
    def of_file(cls, file: FileDescriptorProto) -> Self:
        extensions, nested = file.extension, file.message_type
        return cls(file.package, file.syntax, (), extensions, nested, ())

    @classmethod
    def of_message(cls, message: DescriptorProto, scope: str, syntax: str) -> Self:
        """Return the message as an owner; `scope` is the full name around it."""
        return cls(
            within(scope, message.name),
            syntax,
            message.field,
            message.extension,
            message.nested_type,
            message.oneof_decl,
        )

    @property
    def members(self) -> Iterator[Field | Oneof]:
        """The fields and oneofs by where the first field of each is."""
        seen: set[int] = set()
        for field in self.fields:
            if not is_in_oneof(field):
                yield Field(field)
            elif field.oneof_index not in seen:
                seen.add(field.oneof_index)
                yield self.oneof(field.oneof_index)

    def oneof(self, index: int) -> Oneof:
        """Return a oneof with its members, by its place among the oneofs."""
        return Oneof(self.oneofs[index], self._chosen.get(index, []))

    def implied(self, field: FieldDescriptorProto) -> DescriptorProto | None:
        """Return the type that a field brings along: of a map's entries, or a group."""
        if not self._by_name:
            return None
        around, _, name = field.type_name.rpartition(".")
        found = self._by_name.get(name)
        if found is None or around not in {"", f".{self.name}".rstrip(".")}:
            return None
        if field.type == FieldDescriptorProto.TYPE_GROUP:
            # Since editions, a group is a message with another encoding.
            return None if self.syntax == EDITIONS else found
        return found if name in self._entries and _is_repeated(field) else None

    @cached_property
    def _entries(self) -> frozenset[str]:
        """The names of the nested messages that are the entries of maps."""
        return frozenset(
            each.name
            for each in self.nested
            if each.options.map_entry
            and [(field.name, field.number) for field in each.field] == _ENTRY
        )

    @cached_property
    def _chosen(self) -> dict[int, list[FieldDescriptorProto]]:
        """The members of each oneof."""
        found: dict[int, list[FieldDescriptorProto]] = {}
        for field in filter(is_in_oneof, self.fields):
            found.setdefault(field.oneof_index, []).append(field)
        return found

    @cached_property
    def _by_name(self) -> dict[str, DescriptorProto]:
        return {each.name: each for each in self.nested}


def owners(file: FileDescriptorProto) -> Iterator[tuple[Any, Owner]]:
    """Yield the file and all messages in it with their owners, outermost first.

    What is nested in one is looked at only after it has been dealt with.
    """
    left: list[tuple[Any, Owner]] = [(file, Owner.of_file(file))]
    while left:
        element, owner = left.pop()
        yield element, owner
        left += (
            (each, Owner.of_message(each, owner.name, file.syntax))
            for each in owner.nested
        )


def nested_order(owner: Owner) -> list[DescriptorProto]:
    """Return the nested messages as they are in what a text with the members means."""
    members = Members(owner)
    every = chain(members.fields(), members.extensions(), members.messages())
    return [message for member in every for message in _brought(member, owner)]


def _brought(member: Member, owner: Owner) -> Iterator[DescriptorProto]:
    if isinstance(member, Nested):
        yield member.message
        return
    fields = (member.field,) if isinstance(member, Extension) else member.fields
    yield from filter(None, map(owner.implied, fields))


class Members:
    """Hands out the members of an owner, each once."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._nested = owner.nested
        self._at = 0
        self._places = {each.name: at for at, each in enumerate(owner.nested)}
        self._extensions = deque((each, self._place(each)) for each in owner.extensions)
        self._awaited = {place for _, place in self._extensions if place is not None}
        self._implied = {self._place(each) for each in owner.fields} | self._awaited

    def fields(self) -> Iterator[Member]:
        """Yield fields and oneofs, and what must come before them."""
        for member in self._owner.members:
            # Those of a oneof follow each other: nothing can stand between them.
            yield from self._before(*map(self._place, member.fields))
            yield member

    def extensions(self) -> Iterator[Member]:
        """Yield the extensions that are left, and what must come before them."""
        while self._extensions:
            yield from self._before(self._extensions[0][1])
            if self._extensions:
                yield self._extension()

    def messages(self) -> Iterator[Member]:
        """Yield the messages that are left, and what must come before them."""
        yield from self._before(len(self._nested))

    def _before(self, *places: int | None) -> Iterator[Member]:
        end = min((place for place in places if place is not None), default=0)
        while self._at < end:
            at = self._at
            self._at += 1
            while at in self._awaited:
                yield self._extension()
            if at not in self._implied:
                yield Nested(self._nested[at])

    def _extension(self) -> Extension:
        field, place = self._extensions.popleft()
        self._awaited.discard(-1 if place is None else place)
        return Extension(field)

    def _place(self, field: FieldDescriptorProto) -> int | None:
        """Return the place of the type that a field implies."""
        found = self._owner.implied(field)
        return None if found is None else self._places[found.name]


def within(scope: str, name: str) -> str:
    """Return the full name of what is called so within a package or message."""
    return f"{scope}.{name}" if scope else name


def is_in_oneof(field: FieldDescriptorProto) -> bool:
    """Whether a text has the field in a oneof: one for `optional` is in none."""
    return field.HasField("oneof_index") and not field.proto3_optional


def _is_repeated(field: FieldDescriptorProto) -> bool:
    return field.label == FieldDescriptorProto.LABEL_REPEATED

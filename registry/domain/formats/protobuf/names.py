"""How a text may call a type: as shortly as the language understands it.

Source: protobuf, descriptor.cc: a name is looked up from the innermost scope outwards;
what its first part finds first decides, if that can hold the rest.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final, Protocol

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FileDescriptorProto,
)

from registry.domain.formats.protobuf.members import owners

_TYPES: Final = (
    "double float int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32"
    " sfixed64 bool string bytes group map"
)
_STATEMENTS: Final = (
    "message enum extend extensions oneof option reserved export local"
    " optional required repeated stream"
)
_TAKEN: Final = frozenset((*_TYPES.split(), *_STATEMENTS.split()))
"""The words that mean something else where a type is named: the types that the language
has of its own, and what begins another statement or stands before a type."""


class Names(Protocol):
    """Chooses how types and options are called."""

    def of_type(self, name: str, scope: str) -> str:
        """Return what to call the type of a field.

        Args:
            name: As in descriptors: with a leading dot if it is absolute.
            scope: The full name of the package or type around the place of use.

        """
        ...

    def of_message(self, name: str, scope: str) -> str:
        """Return what to call a message that is sent or extended.

        Anything that is called like it stands in the way, be it no type.
        """
        ...

    def of_option(self, name: str, scope: str) -> str:
        """Return what to call a custom option, of which the full name is given."""
        ...


class AbsoluteNames:
    """Names that mean the same everywhere, for a file whose imports are not known."""

    def of_type(self, name: str, scope: str) -> str:
        return name

    def of_message(self, name: str, scope: str) -> str:
        return name

    def of_option(self, name: str, scope: str) -> str:
        return f".{name}"


class NormalNames:
    """Names that mean the same everywhere, in the form of a normalised text."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def of_type(self, name: str, scope: str) -> str:
        return name

    def of_message(self, name: str, scope: str) -> str:
        return name

    def of_option(self, name: str, scope: str) -> str:
        return self._names.of_option(name, scope)


class ShortNames:
    """The shortest names that are understood; those of other packages in full."""

    def __init__(
        self, file: FileDescriptorProto, imports: Iterable[FileDescriptorProto]
    ) -> None:
        self._package = file.package
        self._files = (*imports, file)
        self._known: dict[tuple[str, str], str] = {}
        self._types: set[str] = set()
        self._holders: set[str] = set()
        for each in self._files:
            self._add(each)

    def of_type(self, name: str, scope: str) -> str:
        known = self._known.get((name, scope))
        if known is None:
            known = self._shortest(name.removeprefix("."), scope)
            self._known[name, scope] = known
        return known

    def of_message(self, name: str, scope: str) -> str:
        short = self.of_type(name, scope)
        first = short.partition(".")[0]
        inside = [
            each for each in _outwards(scope) if f"{each}.{first}" in self._others
        ]
        return f".{name.removeprefix('.')}" if "." not in short and inside else short

    def of_option(self, name: str, scope: str) -> str:
        # One without a package may hide behind anything that is called like it.
        is_plain = "." in name and self._found(name, scope) in {name, None}
        return name if is_plain or not scope else f".{name}"

    def _add(self, file: FileDescriptorProto) -> None:
        self._holders.update(_outwards(file.package))
        prefix = f"{file.package}." if file.package else ""
        self._types.update(prefix + each.name for each in file.enum_type)
        self._holders.update(prefix + each.name for each in file.service)
        left = [(prefix, each) for each in file.message_type]
        while left:
            prefix, message = left.pop()
            left += self._add_message(message, prefix + message.name)

    def _add_message(
        self, message: DescriptorProto, name: str
    ) -> Iterator[tuple[str, DescriptorProto]]:
        self._types.add(name)
        self._types.update(f"{name}.{each.name}" for each in message.enum_type)
        for each in message.nested_type:
            yield f"{name}.", each

    @cached_property
    def _others(self) -> set[str]:
        """The full names of what is no type, where it can be in the way."""
        found: set[str] = set()
        for file in self._files:
            prefix = f"{file.package}." if file.package else ""
            found.update(prefix + each.name for each in file.extension)
            found.update(prefix + each.name for each in file.service)
            found.update(_constants(prefix, file.enum_type))
        # Of what is within messages and services, only this file's can be.
        for service in file.service:
            found.update(
                f"{prefix}{service.name}.{each.name}" for each in service.method
            )
        for element, owner in owners(file):
            if element is not file:
                found.update(_within_message(element, f"{owner.name}."))
        return found

    def _shortest(self, full: str, scope: str) -> str:
        for short in self._candidates(full, scope):
            is_name = short.partition(".")[0] not in _TAKEN
            if is_name and self._found(short, scope) == full:
                return short
        return f".{full}"

    def _candidates(self, full: str, scope: str) -> Iterator[str]:
        """Yield names from the shortest on; of another package, the full one alone."""
        for around in _outwards(scope):
            if len(around) < len(self._package):
                break
            if full.startswith(f"{around}."):
                yield full[len(around) + 1 :]
        yield full

    def _found(self, name: str, scope: str) -> str | None:
        """Return the full name of the type that a name would be taken for."""
        first, _, rest = name.partition(".")
        for around in (*(f"{each}." for each in _outwards(scope)), ""):
            start = around + first
            if not rest and start in self._types:
                return start
            if rest and (start in self._types or start in self._holders):
                return around + name
        return None


def _within_message(message: DescriptorProto, prefix: str) -> Iterator[str]:
    for part in (message.field, message.extension, message.oneof_decl):
        yield from (prefix + each.name for each in part)
    yield from _constants(prefix, message.enum_type)


def _constants(prefix: str, enums: Iterable[EnumDescriptorProto]) -> Iterator[str]:
    """Yield constants: they are named beside their enum, not within it."""
    yield from (prefix + each.name for enum in enums for each in enum.value)


def _outwards(scope: str) -> Iterator[str]:
    while scope:
        yield scope
        scope = scope.rpartition(".")[0]

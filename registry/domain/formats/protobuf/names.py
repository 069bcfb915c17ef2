"""How a text may call a type: as shortly as the language understands it.

Source: protobuf, descriptor.cc: a name is looked up from the innermost scope outwards;
what its first part finds first decides, if that can hold the rest.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto


class Names(Protocol):
    """Chooses how types and options are called."""

    def of_type(self, name: str, scope: str) -> str:
        """Return what to call a type.

        Args:
            name: As in descriptors: with a leading dot if it is absolute.
            scope: The full name of the package or type around the place of use.

        """
        ...

    def of_option(self, name: str, scope: str) -> str:
        """Return what to call a custom option, of which the full name is given."""
        ...


class AbsoluteNames:
    """Names that mean the same everywhere, for a file whose imports are not known."""

    def of_type(self, name: str, scope: str) -> str:
        return name

    def of_option(self, name: str, scope: str) -> str:
        return f".{name}"


class NormalNames:
    """Names that mean the same everywhere, in the form of a normalised text."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def of_type(self, name: str, scope: str) -> str:
        return name

    def of_option(self, name: str, scope: str) -> str:
        return self._names.of_option(name, scope)


class ShortNames:
    """The shortest names that are understood; those of other packages in full."""

    def __init__(
        self, file: FileDescriptorProto, imports: Iterable[FileDescriptorProto]
    ) -> None:
        self._package = file.package
        self._types: set[str] = set()
        self._holders: set[str] = set()
        for each in (*imports, file):
            self._add(each)

    def of_type(self, name: str, scope: str) -> str:
        full = name.removeprefix(".")
        for short in self._candidates(full, scope):
            if self._found(short, scope) == full:
                return short
        return f".{full}"

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


def _outwards(scope: str) -> Iterator[str]:
    while scope:
        yield scope
        scope = scope.rpartition(".")[0]

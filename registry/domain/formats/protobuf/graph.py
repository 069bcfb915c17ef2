"""The type graph of a schema: its own file, and what it uses of its imports."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Final

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from registry.domain.formats.protobuf.building import Builder
from registry.domain.formats.protobuf.nodes import Enum, File, Message


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
        """Load the imported file that has a type, if there is one."""
        source = self._sources.get(full_name)
        if source is not None:
            self._load(source, self._imports[source])

    @cached_property
    def _sources(self) -> Mapping[str, str]:
        """The import name of each imported type by its full name."""
        return {
            name: source
            for source, file in self._imports.items()
            for name in _full_names(file)
        }

    def _load(self, source: str, proto: FileDescriptorProto) -> File:
        file = self._files.setdefault(source, Builder(proto, source, self).file())
        # Also where another thread was first: it need not have come as far as this.
        for message in file.all_messages():
            self._messages[message.full_name] = message
        for enum in file.all_enums():
            self._enums[enum.full_name] = enum
        return file


def _full_names(file: FileDescriptorProto) -> Iterator[str]:
    """Yield the names of all messages and enums in a file."""
    package = f"{file.package}." if file.package else ""
    yield from (package + enum.name for enum in file.enum_type)
    left = [(package, message) for message in file.message_type]
    while left:
        scope, message = left.pop()
        name = scope + message.name
        yield name
        yield from (f"{name}.{enum.name}" for enum in message.enum_type)
        left += ((f"{name}.", inner) for inner in message.nested_type)

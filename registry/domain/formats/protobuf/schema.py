"""A Protobuf schema that has been understood: its descriptor, and where it is from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from registry.domain.formats.protobuf.fragments import Fragments
from registry.domain.formats.protobuf.graph import Graph
from registry.domain.formats.protobuf.locations import Locations
from registry.domain.formats.protobuf.well_known import WELL_KNOWN
from registry.domain.places import Place
from registry.domain.rules import Spot

_BYTES_PER_DESCRIPTOR_BYTE: Final = 13
"""What a descriptor, and its nodes, occupy for each byte that it serialises to,
measured."""


@dataclass(frozen=True, eq=False)
class ProtobufSchema:
    """A Protobuf schema that has been understood.

    Attributes:
        text: As handed in, be it a text or a descriptor in base64.
        file: The schema's own descriptor, linked, without source info. Never changed.
        imports: All files that it needs, by import name, dependencies first.
        locations: protoc's serialised source info of `text`; empty for a descriptor.

    """

    text: str
    file: FileDescriptorProto
    imports: Mapping[str, FileDescriptorProto]
    canonical: str
    locations: bytes = b""

    @cached_property
    def size_bytes(self) -> int:
        own = sum(
            file.ByteSize()
            for file in (self.file, *self.imports.values())
            # What every schema may import is shared by all that do.
            if file.name not in WELL_KNOWN
        )
        texts = len(self.text) + len(self.canonical) + len(self.locations)
        return texts + _BYTES_PER_DESCRIPTOR_BYTE * own

    @cached_property
    def graph(self) -> Graph:
        """What comparisons walk over: the file that is meant, as if it were its own."""
        return Graph(self.meant[1], self.imports)

    @cached_property
    def meant(self) -> tuple[str, FileDescriptorProto]:
        """The file whose types payloads hold, and its import name (empty: its own).

        A schema without types that has just one public import stands for that file.

        Source: Confluent, public imports of Protobuf schemas.
        """
        name, file = "", self.file
        # Each step leads to a file that was compiled before, so it ends.
        while (target := _stands_for(file)) is not None and target in self.imports:
            name, file = target, self.imports[target]
        return name, file

    def place(self, spot: Spot) -> Place | None:
        """See `ParsedSchema.place`. What a text only implies is where its owner is.

        A schema that stands for an import has no places: what is meant is not in it.
        """
        is_elsewhere = spot.source or self.meant[0]
        return None if is_elsewhere else self._places.find(spot.pointer)

    def fragment(self, spot: Spot) -> str | None:
        """See `ParsedSchema.fragment`."""
        file = self.imports.get(spot.source) if spot.source else self.meant[1]
        if file is None:
            return None
        printed = self._fragments.get(spot.source)
        if printed is None:
            # Two threads may both make it; either is good.
            printed = Fragments(file, self.imports)
            self._fragments[spot.source] = printed
        return printed.find(spot.pointer)

    @cached_property
    def _fragments(self) -> dict[str, Fragments]:
        return {}

    @cached_property
    def _places(self) -> Locations:
        return Locations(self.text, self.locations)


def _stands_for(file: FileDescriptorProto) -> str | None:
    if file.message_type or file.enum_type or len(file.public_dependency) != 1:
        return None
    return file.dependency[file.public_dependency[0]]

"""From what protoc returns to descriptors, each file read once.

Files that every schema may import come again and again, and always the same: they are
kept, and shared by all schemas.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from registry.domain.formats.protobuf.compiling import ROOT
from registry.domain.formats.protobuf.well_known import WELL_KNOWN

_CONTINUED: Final = 0x80
"""The bit of a byte of a varint that says that another one follows."""

_shared: Final[dict[bytes, FileDescriptorProto]] = {}
"""The files that every schema may import, by what they serialise to."""

_MOST_SHARED: Final = 4 * len(WELL_KNOWN)


@dataclass(frozen=True, slots=True)
class Linked:
    """A compiled schema.

    Attributes:
        file: Its own descriptor, without source info.
        imports: All files that it needs, by import name, dependencies first.
        locations: A serialised `SourceCodeInfo`; empty if there is none.

    """

    file: FileDescriptorProto
    imports: Mapping[str, FileDescriptorProto]
    locations: bytes


def linked(compiled: bytes) -> Linked:
    """Read a serialised `FileDescriptorSet` whose last file is the schema's own."""
    *needed, own = _files(compiled)
    imports = [_import(each) for each in needed]
    file = FileDescriptorProto.FromString(own)
    locations = file.source_code_info.SerializeToString()
    file.ClearField("source_code_info")
    return Linked(
        # Read anew: a cleared field goes on to occupy its memory.
        FileDescriptorProto.FromString(file.SerializeToString()),
        {each.name: each for each in imports if each.name != ROOT},
        locations,
    )


def _import(serialized: bytes) -> FileDescriptorProto:
    found = _shared.get(serialized)
    if found is None:
        found = FileDescriptorProto.FromString(serialized)
        if found.HasField("source_code_info"):
            found.ClearField("source_code_info")
            found = FileDescriptorProto.FromString(found.SerializeToString())
        if found.name in WELL_KNOWN and len(_shared) < _MOST_SHARED:
            _shared[serialized] = found
    return found


def _files(compiled: bytes) -> Iterator[bytes]:
    """Yield the files of a set as they are: all that a set has is field 1."""
    at = 0
    while at < len(compiled):
        length, start = _varint(compiled, at + 1)
        at = start + length
        yield compiled[start:at]


def _varint(serialized: bytes, at: int) -> tuple[int, int]:
    """Return a number, and where what follows it begins."""
    number = shift = 0
    while serialized[at] & _CONTINUED:
        number |= (serialized[at] & ~_CONTINUED) << shift
        shift += 7
        at += 1
    return number | serialized[at] << shift, at + 1

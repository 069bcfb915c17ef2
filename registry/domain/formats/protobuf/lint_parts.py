"""The parts of a Protobuf schema that lint looks at, and how names are written."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

from google.protobuf.descriptor_pb2 import FileDescriptorProto, SourceCodeInfo

from registry.domain.formats.protobuf.graph import Graph
from registry.domain.formats.protobuf.nodes import Enum, Field, File, Message
from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.domain.rules import Spot

PASCAL: Final = re.compile(r"[A-Z][A-Za-z0-9]*")
LOWER_SNAKE: Final = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
UPPER_SNAKE: Final = re.compile(r"[A-Z0-9]+(_[A-Z0-9]+)*")
VERSION: Final = re.compile(
    r"v[1-9][0-9]*(test.*|(p[1-9][0-9]*)?(alpha|beta)([1-9][0-9]*)?)?"
)
STABLE: Final = re.compile(r"v[1-9][0-9]*")
_NEW_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

_MOST_KEPT: Final = 4
Path = tuple[int, ...]


@lru_cache(maxsize=_MOST_KEPT)
def own_file(schema: ProtobufSchema) -> File:
    """Return the schema's own file, also where it stands for an imported one."""
    return Graph(schema.file, schema.imports).file


@lru_cache(maxsize=_MOST_KEPT)
def comments(schema: ProtobufSchema) -> dict[Path, str]:
    """Return the comments that stand before elements, by descriptor path."""
    info = SourceCodeInfo.FromString(schema.locations)
    return {tuple(each.path): each.leading_comments for each in info.location}


def written(schema: ProtobufSchema) -> frozenset[Path]:
    """Return the descriptor paths that the text has something at."""
    return frozenset(comments(schema))


def path(spot: Spot) -> Path:
    return tuple(int(part) for part in spot.pointer.split("/") if part)


def below(spot: Spot, *numbers: int) -> Spot:
    """Return the spot of what a descriptor holds, by numbers and indexes."""
    return Spot(spot.pointer + "".join(f"/{each}" for each in numbers), spot.source)


def name_of(spot: Spot) -> Spot:
    """Return the spot of an element's name."""
    # In every descriptor that has a name, it is the first field.
    return below(spot, 1)


def messages(schema: ProtobufSchema) -> Iterator[Message]:
    """Yield the messages that somebody wrote as such."""
    found = own_file(schema).all_messages()
    return (each for each in found if not each.is_map_entry)


def enums(schema: ProtobufSchema) -> Iterator[Enum]:
    return own_file(schema).all_enums()


def fields(schema: ProtobufSchema) -> Iterator[tuple[Field, str]]:
    """Yield fields and extensions with their names, that of what is around in front."""
    return fields_of(own_file(schema))


def fields_of(file: File) -> Iterator[tuple[Field, str]]:
    """Yield what `fields` does."""
    for extension in file.extensions:
        yield extension, extension.name
    for message in file.all_messages():
        if message.is_map_entry:
            continue
        for field in (*message.fields.values(), *message.extensions):
            yield field, f"{message.local_name}.{field.name}"


def upper_snake(name: str) -> str:
    """Return a name of any case in UPPER_SNAKE_CASE."""
    return _NEW_WORD.sub("_", name).upper()


def package_of(schema: ProtobufSchema) -> str:
    return schema.file.package


def imported(schema: ProtobufSchema) -> Iterator[tuple[int, FileDescriptorProto]]:
    """Yield what the text imports itself, with the index of the import."""
    for index, name in enumerate(schema.file.dependency):
        if (file := schema.imports.get(name)) is not None:
            yield index, file


def import_spot(index: int) -> Spot:
    return Spot(f"/{FileDescriptorProto.DEPENDENCY_FIELD_NUMBER}/{index}")


def is_stable(package: str) -> bool:
    return bool(STABLE.fullmatch(package.rpartition(".")[2]))


def is_versioned(package: str) -> bool:
    return "." in package and bool(VERSION.fullmatch(package.rpartition(".")[2]))


def matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda name: pattern.fullmatch(name) is not None

"""Protobuf schemas as the runtime knows them: files in a pool of their own.

Two schemas may define the same name in two ways, as do two versions of one subject, so
that no two of them share a pool, and none goes into the one of the application.
"""

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, cast

from google.protobuf.descriptor import Descriptor, FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.internal import api_implementation
from google.protobuf.message import DecodeError as ProtobufDecodeError
from google.protobuf.message import Message

from wirepact.codecs.language import ResolvedSchema
from wirepact.codecs.protobuf_known import find_known_file, is_well_known
from wirepact.schemas import PROTOBUF, Schema
from wirepact.wire import Indexes

# Without its C core the runtime follows nested groups and messages as deep as they go.
if api_implementation.Type() == "python":
    raise ImportError(
        "protobuf runs without its compiled core, which is slow and not safe with bytes"
        " from elsewhere: unset PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION, or install a"
        " wheel of protobuf that has the core"
    )

_MOST_POOLS: Final = 256


class UnusableSchemaError(ValueError):
    """A registered text that the Protobuf runtime cannot take; it says why."""


@dataclass(frozen=True, slots=True)
class LocalSchema:
    """A schema that this program has, and may not have registered yet.

    Attributes:
        schema: Its references are those in `imports`, whose versions nobody knows yet.
        imports: What it imports, by import path, which is the subject as well.

    """

    schema: Schema
    imports: "tuple[tuple[str, LocalSchema], ...]" = ()


def local_schema(message_type: type[Message]) -> LocalSchema:
    """Return the schema of a message class: the file that defines it.

    It is handed over as Confluent's clients do it: the descriptor in base64, and one
    schema for each import but the well-known ones.
    """
    return _local(cast(FileDescriptor, message_type.DESCRIPTOR.file))


def _local(file: FileDescriptor) -> LocalSchema:
    text = base64.b64encode(file.serialized_pb).decode()
    needed = (each for each in file.dependencies if not is_well_known(each.name))
    imports = tuple((each.name, _local(each)) for each in needed)
    return LocalSchema(Schema(text, PROTOBUF), imports)


def local_imports(resolved: ResolvedSchema) -> LocalSchema:
    """Return a schema that this program has, with what each of its files imports.

    Raises:
        UnusableSchemaError: It is none, or an import is missing.

    """

    def tree(schema: Schema, file: FileDescriptor) -> LocalSchema:
        needed = [each for each in file.dependencies if not is_well_known(each.name)]
        texts = resolved.references
        inner = ((each.name, tree(texts[each.name], each)) for each in needed)
        return LocalSchema(schema, tuple(inner))

    return tree(resolved.schema, opened(resolved))


def opened(resolved: ResolvedSchema) -> FileDescriptor:
    """Return the descriptor of a registered schema; the same one every time.

    Raises:
        UnusableSchemaError: It is none, or its imports are not among the references.

    """
    imports = tuple((name, each.text) for name, each in resolved.references.items())
    return _opened(resolved.schema.text, imports)


def find_message(file: FileDescriptor, full_name: str) -> Descriptor:
    """Return the message of a full name that the file itself defines.

    Raises:
        UnusableSchemaError: There is none.

    """
    for message, _ in messages(file):
        if message.full_name == full_name:
            return message
    known = ", ".join(message.full_name for message, _ in messages(file)) or "none"
    raise UnusableSchemaError(
        f"the schema defines no message {full_name}; it defines {known}"
    )


def only_message(file: FileDescriptor) -> Descriptor:
    """Return the message of a file that has one.

    Raises:
        UnusableSchemaError: It has none, or several.

    """
    several = list(file.message_types_by_name.values())
    if len(several) == 1:
        return several[0]
    known = ", ".join(message.full_name for message, _ in messages(file))
    raise UnusableSchemaError(
        f"which message is meant? The schema defines {known or 'none'}: give an"
        " instance of its class instead of a dict"
    )


def message_at(file: FileDescriptor, indexes: Indexes) -> Descriptor:
    """Return the message that the indexes of a payload lead to.

    Raises:
        UnusableSchemaError: They lead nowhere.

    """
    level = list(file.message_types_by_name.values())
    found = None
    for index in indexes:
        if index >= len(level):
            raise UnusableSchemaError(
                f"no message has the indexes {list(indexes)}: {len(level)}"
                f" are in {found.full_name if found else 'the file'}"
            )
        found = level[index]
        level = list(found.nested_types)
    if found is None:
        raise UnusableSchemaError("there are no message indexes")
    return found


def indexes_of(file: FileDescriptor, message: Descriptor) -> Indexes:
    """Return the path to a message that the file defines."""
    return next(path for each, path in messages(file) if each == message)


def messages(file: FileDescriptor) -> Iterator[tuple[Descriptor, Indexes]]:
    """Yield all messages of a file with their indexes, outer ones first."""
    yield from _nested(file.message_types_by_name.values(), ())


def _nested(
    level: Iterable[Descriptor], above: Indexes
) -> Iterator[tuple[Descriptor, Indexes]]:
    for index, message in enumerate(level):
        path = (*above, index)
        yield message, path
        yield from _nested(message.nested_types, path)


@lru_cache(maxsize=_MOST_POOLS)
def _opened(text: str, imports: tuple[tuple[str, str], ...]) -> FileDescriptor:
    pool = DescriptorPool()
    added: set[str] = set()
    # A well-known file that is referred to all the same is taken as everyone knows it.
    given = {name: text for name, text in imports if not is_well_known(name)}
    names = set(given)
    for name, each in given.items():
        _add(pool, added, names, _parsed(name, each))
    own = _parsed("the schema", text)
    if not own.name or own.name in names or is_well_known(own.name):
        own.name = "schema.proto"
    _add(pool, added, names, own)
    try:
        return pool.FindFileByName(own.name)
    except KeyError as error:
        # A name with a zero character, for one.
        raise UnusableSchemaError("the schema's file has no usable name") from error


def _parsed(name: str, text: str) -> FileDescriptorProto:
    try:
        file = FileDescriptorProto.FromString(base64.b64decode(text, validate=True))
    except (ValueError, ProtobufDecodeError) as error:
        raise UnusableSchemaError(
            f"{name} is no serialised descriptor: the registry should have given one"
            " for format=serialized"
        ) from error
    # The runtime hands out what is not UTF-8 as bytes.
    if not all(isinstance(each, str) for each in (file.name, *file.dependency)):
        raise UnusableSchemaError(f"{name} has names that are not UTF-8")
    if name != "the schema":
        file.name = name
    return file


def _add(
    pool: DescriptorPool, added: set[str], names: set[str], file: FileDescriptorProto
) -> None:
    for name in file.dependency:
        if name not in added and name not in names:
            _add_known(pool, added, names, name, file.name)
    try:
        pool.AddSerializedFile(file.SerializeToString())
    except TypeError as error:
        raise UnusableSchemaError(f"{file.name} does not link: {error}") from error
    added.add(file.name)


def _add_known(
    pool: DescriptorPool, added: set[str], names: set[str], name: str, importer: str
) -> None:
    file = find_known_file(name)
    if file is not None:
        _add(pool, added, names, file)
        return
    hint = ""
    if name.startswith("google/type/"):
        hint = "; `pip install googleapis-common-protos` brings it"
    raise UnusableSchemaError(
        f"{importer} imports {name}, which is not among its references{hint}"
    )

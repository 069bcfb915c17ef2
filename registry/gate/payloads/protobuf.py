"""Protobuf's JSON through the runtime that producers use."""

from collections.abc import Mapping
from typing import Any, Final

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, EncodeError
from google.protobuf.message_factory import GetMessageClass

from registry.application.parsing import Parsing, Source
from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.protobuf.compiling import ROOT
from registry.domain.json_text import escaped
from registry.gate.misfits import MisfitError, Try

_MOST_NESTED: Final = 100
_LONGEST_REASON: Final = 300


def trial(parsing: Parsing, source: Source, message: str | None) -> Try:
    """See `payloads.trial`."""
    schema: Any = parsing.parse(source)
    made = GetMessageClass(descriptor(schema.file, schema.imports, message))

    def tried(value: Any) -> Any:
        try:
            parsed = json_format.ParseDict(
                value, made(), max_recursion_depth=_MOST_NESTED
            )
            payload = parsed.SerializeToString(deterministic=True)
            again = made.FromString(payload)
        except json_format.ParseError as error:
            raise MisfitError(_pointer(value, str(error)), _first(error)) from error
        except (DecodeError, EncodeError) as error:
            raise MisfitError("", _first(error)) from error
        if again.SerializeToString(deterministic=True) != payload:
            raise MisfitError("", "expected the same bytes after decode and encode")
        return again

    return tried


def descriptor(
    file: FileDescriptorProto,
    imports: Mapping[str, FileDescriptorProto],
    message: str | None,
) -> Descriptor:
    """Return the message that is sent, in a pool of its own.

    Raises:
        InvalidSchemaError: There is no such message.

    """
    pool = DescriptorPool()
    for each in imports.values():
        pool.Add(each)
    named = FileDescriptorProto()
    named.CopyFrom(file)
    named.name = named.name or ROOT
    pool.Add(named)
    messages = pool.FindFileByName(named.name).message_types_by_name
    if message is None:
        found = next(iter(messages.values()), None)
    else:
        short = message.removeprefix(f"{file.package}.")
        found = messages.get(short)
    if found is None:
        known = ", ".join(messages) or "none"
        wanted = message or "a message"
        raise InvalidSchemaError(f"expected {wanted} in the schema; it has {known}")
    return found


def _first(error: Exception) -> str:
    """Return what the runtime says, without the values of nested errors."""
    return " ".join(str(error).split()).rstrip(".")[:_LONGEST_REASON]


def _pointer(value: Any, reason: str) -> str:
    """Find what the runtime complains of: it names fields, the outermost first."""
    pointer = ""
    for word in reason.replace('"', " ").replace(":", " ").split():
        name = word.rstrip(".,").rpartition(".")[2]
        if isinstance(value, dict) and name in value:
            value = value[name]
            pointer = f"{pointer}/{escaped(name)}"
    return pointer

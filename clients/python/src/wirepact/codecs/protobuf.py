"""Protobuf payloads: generated messages, messages of registered schemas, and dicts.

The bytes are the runtime's own work. What is found here, once for each schema and
message, is which class reads them and where in its file the message is.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, cast

from google.protobuf.descriptor import Descriptor, FileDescriptor
from google.protobuf.message import DecodeError as ProtobufDecodeError
from google.protobuf.message import EncodeError as ProtobufEncodeError
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from wirepact.codecs.language import (
    Adapter,
    Limits,
    Reader,
    ResolvedSchema,
    Writer,
    adapted,
    reason_of,
)
from wirepact.codecs.protobuf_files import (
    UnusableSchemaError,
    find_message,
    indexes_of,
    message_at,
    messages,
    only_message,
    opened,
)
from wirepact.codecs.protobuf_fit import is_recursive, misfits
from wirepact.codecs.protobuf_scan import MOST_NESTED, ScanError, Scanner, too_nested
from wirepact.errors import DecodeError, EncodeError
from wirepact.schemas import PROTOBUF
from wirepact.wire import Indexes

# A level of nesting takes a tag and a length.
_SHALLOW_BYTES: Final = 2 * MOST_NESTED
_TOLD: Final = 3
# What the runtime says of a payload that is nested too deeply.
_OF_DEPTH: Final = "MaxDepth"

Target = type[Any] | Adapter
"""What messages are read as."""


class ProtobufLanguage:
    """The codec of Protobuf schemas."""

    schema_type: ClassVar[str] = PROTOBUF
    form: ClassVar[str] = "serialized"

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()

    def record_name(self, resolved: ResolvedSchema) -> str | None:
        """Return the full name of the schema's message; None if it has several."""
        try:
            file = opened(resolved)
        except UnusableSchemaError:
            return None
        several = list(file.message_types_by_name.values())
        return several[0].full_name if len(several) == 1 else None

    def misfit(self, values: ResolvedSchema, target: ResolvedSchema) -> str:
        """Say which field of one schema's messages the other does not describe.

        Messages are compared by their full names, those that both schemas define.

        Raises:
            EncodeError: One of the two cannot be used.

        """
        if values.form != self.form:
            # A text: only what it is compiled to says which fields there are. The
            # adapter of the type refuses what cannot be written.
            return ""
        try:
            ours, theirs = opened(values), opened(target)
        except UnusableSchemaError as error:
            raise EncodeError(str(error)) from error
        known = {message.full_name: message for message, _ in messages(theirs)}
        shared = [m for m, _ in messages(ours) if m.full_name in known]
        if not shared:
            return f"no message of it is in the other: {', '.join(known) or 'none'}"
        reasons = (r for m in shared for r in misfits(m, known[m.full_name]))
        return next(reasons, "")

    def writer(
        self, resolved: ResolvedSchema, adapter: Adapter | None, value_type: type
    ) -> Writer:
        """Compile a schema for a message class, or for dicts and adapted types.

        Dicts have the schema's own field names, and values as the message's constructor
        takes them: enums by name or number, bytes as bytes.

        Raises:
            EncodeError: The schema does not define the message, or not all of it.

        """
        try:
            return _writer(opened(resolved), adapter, value_type, self._limits)
        except UnusableSchemaError as error:
            raise EncodeError(str(error)) from error

    def reader(
        self,
        writer: ResolvedSchema,
        reader: ResolvedSchema | None,
        adapter: Adapter | None,
        target: Callable[[str], Target | None] | None = None,
    ) -> Reader:
        """Compile a schema for those who read it.

        Args:
            reader: Not looked at: a message class knows what it can read.
            adapter: For all messages, before they go to their targets.
            target: From the full name of a message to the class to read it with, or
                to what adapts it; the others are read with what the schema defines.

        Raises:
            DecodeError: The schema cannot be used.

        """
        try:
            file = opened(writer)
        except UnusableSchemaError as error:
            raise DecodeError(str(error)) from error
        decode = _decoder(file, target or _no_target, adapter, self._limits)
        return Reader(decode)


def _writer(
    file: FileDescriptor, adapter: Adapter | None, value_type: type, limits: Limits
) -> Writer:
    if issubclass(value_type, Message):
        # The stubs know two kinds of descriptors, the runtime one.
        local = cast(Descriptor, value_type.DESCRIPTOR)
        registered = find_message(file, local.full_name)
        _check_fit(local, registered)
        plain = adapter.to_plain if adapter is not None else None
    elif issubclass(value_type, Mapping):
        registered = only_message(file)
        plain = _from_mapping(GetMessageClass(registered), adapter)
    elif adapter is not None:
        registered = _meant(file, value_type)
        plain = adapter.to_plain
    else:
        raise EncodeError(
            f"{value_type.__name__} is no Protobuf message, and no event type that"
            " becomes one"
        )
    write = _bare(registered, limits)
    if is_recursive(registered):
        write = _guarded(registered, write)
    encode = write if plain is None else adapted(plain, write)
    return Writer(encode, indexes_of(file, registered))


def _meant(file: FileDescriptor, value_type: type) -> Descriptor:
    """Return the message of a type by its name; the only one if none has it."""
    for message, _ in messages(file):
        if message.name == value_type.__name__:
            return message
    return only_message(file)


def _check_fit(local: Descriptor, registered: Descriptor) -> None:
    reasons = list(misfits(local, registered))
    if reasons:
        more = f", and {len(reasons) - _TOLD} more" if len(reasons) > _TOLD else ""
        raise EncodeError(
            f"{local.full_name} does not fit the registered schema:"
            f" {'; '.join(reasons[:_TOLD])}{more}"
        )


def _bare(message: Descriptor, limits: Limits) -> Callable[[Message], bytes]:
    # What could not be read again is not written.
    scanner = Scanner(message, limits)

    def write(value: Message) -> bytes:
        try:
            payload = value.SerializeToString()
        except ProtobufEncodeError as error:
            raise EncodeError(f"{message.full_name}: {error}") from error
        if len(payload) > limits.max_payload_bytes:
            raise EncodeError(limits.refused_bytes(len(payload)))
        try:
            scanner.check(payload)
        except ScanError as error:
            raise EncodeError(f"{message.full_name}: {error}") from error
        return payload

    return write


def _guarded(
    message: Descriptor, write_any: Callable[[Message], bytes]
) -> Callable[[Message], bytes]:
    """Return a writer that writes nothing nobody could read."""
    read = GetMessageClass(message).FromString

    def write(value: Message) -> bytes:
        payload = write_any(value)
        if len(payload) > _SHALLOW_BYTES:
            try:
                read(payload)
            except ProtobufDecodeError as error:
                raise EncodeError(f"{message.full_name}: {too_nested()}") from error
        return payload

    return write


def _from_mapping(
    message_type: type[Message], adapter: Adapter | None
) -> Callable[[Any], Message]:
    name = message_type.DESCRIPTOR.full_name

    def build(value: Any) -> Message:
        check_depth(value)
        if adapter is not None:
            value = adapter.to_plain(value)
            if isinstance(value, Message):
                return value
        try:
            return message_type(**value)
        # A value of the wrong type, an unknown field, a number out of range, a lone
        # surrogate: the runtime has no error of its own for them.
        except (TypeError, ValueError, LookupError, AttributeError) as error:
            raise EncodeError(f"{name}: {error}") from error

    return build


def check_depth(value: Any) -> None:
    """Refuse dicts and lists that the runtime would follow until the stack ends.

    Raises:
        EncodeError: They are nested too deeply, or hold themselves.

    """
    level = [value]
    # Each message may be reached through a list or a map.
    for _ in range(2 * MOST_NESTED + 1):
        # One object that is met often is looked into once.
        found = {id(inner): inner for each in level for inner in _inside(each)}
        level = list(found.values())
        if not level:
            return
    raise EncodeError(f"the value is nested deeper than {MOST_NESTED} messages")


def _inside(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        inside = list(value.values())
    elif isinstance(value, list | tuple):
        inside = list(value)
    else:
        return []
    return [each for each in inside if isinstance(each, Mapping | list | tuple)]


def _no_target(_full_name: str) -> Target | None:
    return None


def _decoder(
    file: FileDescriptor,
    target: Callable[[str], Target | None],
    adapter: Adapter | None,
    limits: Limits,
) -> Callable[[bytes, int, Indexes], Any]:
    readers: dict[Indexes, Callable[[bytes], Any]] = {}
    most_bytes = limits.max_payload_bytes

    def compiled(indexes: Indexes) -> Callable[[bytes], Any]:
        try:
            message = message_at(file, indexes)
            made = _read_as(target(message.full_name), message, adapter, limits)
        except UnusableSchemaError as error:
            raise DecodeError(str(error)) from error
        readers[indexes] = made
        return made

    def decode(data: bytes, start: int, indexes: Indexes) -> Any:
        if len(data) - start > most_bytes:
            raise DecodeError(limits.refused_bytes(len(data) - start))
        read = readers.get(indexes) or compiled(indexes)
        try:
            return read(data[start:])
        except ScanError as error:
            raise DecodeError(str(error)) from error
        except ProtobufDecodeError as error:
            reason = too_nested() if _OF_DEPTH in str(error) else str(error)
            raise DecodeError(reason) from error

    return decode


def _read_as(
    target: Target | None,
    message: Descriptor,
    adapter: Adapter | None,
    limits: Limits,
) -> Callable[[bytes], Any]:
    message_type = target if isinstance(target, type) else GetMessageClass(message)
    read = _counted(message_type, limits)
    if adapter is not None:
        read = _followed(read, adapter.from_plain)
    return _followed(read, target.from_plain) if isinstance(target, Adapter) else read


def _counted(message_type: type[Message], limits: Limits) -> Callable[[bytes], Any]:
    # Of the class that reads: it may have more fields than the registered schema.
    check = Scanner(cast(Descriptor, message_type.DESCRIPTOR), limits).check
    read = message_type.FromString

    def read_counted(payload: bytes) -> Any:
        check(payload)
        return read(payload)

    return read_counted


def _followed(
    read: Callable[[bytes], Any], convert: Callable[[Any], Any]
) -> Callable[[bytes], Any]:
    def read_and_convert(payload: bytes) -> Any:
        message = read(payload)
        try:
            return convert(message)
        except DecodeError:
            raise
        except Exception as error:
            raise DecodeError(reason_of(error)) from error

    return read_and_convert

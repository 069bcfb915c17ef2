"""How a message says which schema it was written with: Confluent's framings.

| framing | on the wire |
|---|---|
| prefix, id | `0x00`, the id in four bytes, [message indexes], payload |
| prefix, GUID | `0x01`, the GUID in sixteen bytes, [message indexes], payload |
| header | record header `__key_schema_id` or `__value_schema_id`: either of the above \
without the payload; the record's value is the bare payload |

Message indexes are there for Protobuf and for nothing else, so that only who knows the
schema knows where the payload begins: `read` finds the schema, then `split_indexes` or
`without_indexes` the payload. Payloads of any length are good, also of none: a record
without fields is written as nothing. A value of None is a tombstone without framing.

Source: confluent-kafka-python 2.16, schema_registry/common/serde.py.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from wirepact.errors import EncodeError, FramingError
from wirepact.subjects import Role

HEADERS: Final[Mapping[Role, str]] = {
    Role.KEY: "__key_schema_id",
    Role.VALUE: "__value_schema_id",
}
"""The record header that names the schema of the key or of the value."""

Headers = Iterable[tuple[str, bytes | None]] | Mapping[str, bytes | None]
Indexes = tuple[int, ...]
"""The path to a message in its file: top-level index, then nested ones."""

ID_SIZE: Final = 5
"""How long the prefix with an id is, without message indexes."""

FIRST_MESSAGE: Final[Indexes] = (0,)

_ID_MAGIC: Final = 0
_GUID_MAGIC: Final = 1
_GUID_SIZE: Final = 17
_MOST_ID: Final = 2**31 - 1
_id_at: Final = struct.Struct(">I").unpack_from
_MOST_INDEXES: Final = 100_000
# Ten in general; five hold every index that a descriptor can have.
_MOST_VARINT_BYTES: Final = 5


class Frame(NamedTuple):
    """A message whose schema is known by name, not yet by content.

    Attributes:
        schema: An id or a GUID.
        data: The bytes as they came; the payload is not copied out of them.
        start: Where in `data` the rest begins.
        header: The value of the record header, if that is what named the schema.

    """

    schema: int | UUID
    data: bytes
    start: int
    header: bytes | None = None

    @property
    def payload(self) -> memoryview:
        return memoryview(self.data)[self.start :]


def frame_with_id(
    schema_id: int, payload: bytes, indexes: Indexes | None = None
) -> bytes:
    """Put the id before the payload: what every client reads.

    Raises:
        EncodeError: The id or an index is not one.

    """
    return id_prefix(schema_id, indexes) + payload


def frame_with_guid(
    guid: UUID, payload: bytes, indexes: Indexes | None = None
) -> bytes:
    """Put the GUID before the payload.

    Raises:
        EncodeError: An index is not one.

    """
    return guid_prefix(guid, indexes) + payload


def id_prefix(schema_id: int, indexes: Indexes | None = None) -> bytes:
    """Return what goes before each payload of a schema: worth being kept.

    Raises:
        EncodeError: The id or an index is not one.

    """
    if not 1 <= schema_id <= _MOST_ID:
        raise EncodeError(f"{schema_id} is no schema id")
    return b"\0" + schema_id.to_bytes(4, "big") + _indexes(indexes)


def guid_prefix(guid: UUID, indexes: Indexes | None = None) -> bytes:
    """Return what goes before each payload of a schema, or into its record header.

    Raises:
        EncodeError: An index is not one.

    """
    return b"\1" + guid.bytes + _indexes(indexes)


def header(
    guid: UUID, indexes: Indexes | None = None, *, role: Role = Role.VALUE
) -> tuple[str, bytes]:
    """Return the record header that names the schema of a bare payload.

    Raises:
        EncodeError: An index is not one.

    """
    return HEADERS[role], guid_prefix(guid, indexes)


def prefixed_id(data: bytes, headers: Headers | None = None) -> int:
    """Return the id of a message as nearly all are: 0 for any other.

    Its payload, or the message indexes, start at `ID_SIZE`.
    """
    if headers or len(data) < ID_SIZE or data[0] != _ID_MAGIC:
        return 0
    schema_id: int = _id_at(data, 1)[0]
    return schema_id if schema_id <= _MOST_ID else 0


def read(
    data: bytes | None, headers: Headers | None = None, *, role: Role = Role.VALUE
) -> Frame | None:
    """Find out which schema a key or value was written with.

    The header goes before the prefix; of several of one name the last one counts.

    Returns:
        None for a tombstone.

    Raises:
        FramingError: It is not framed in any of the ways.

    """
    return None if data is None else read_some(data, headers, role=role)


def read_some(
    data: bytes, headers: Headers | None = None, *, role: Role = Role.VALUE
) -> Frame:
    """Find out which schema a key or value was written with that is no tombstone.

    Raises:
        FramingError: It is not framed in any of the ways.

    """
    schema_id = prefixed_id(data, headers)
    if schema_id:
        return Frame(schema_id, data, ID_SIZE)
    if headers:
        value = _last(headers, HEADERS[role])
        if value is not None:
            schema, _ = _schema(value, f"header {HEADERS[role]}")
            return Frame(schema, data, 0, value)
    schema, start = _schema(data, "message")
    return Frame(schema, data, start)


def split_indexes(frame: Frame) -> tuple[Indexes, Frame]:
    """Take the message indexes off a frame whose schema is Protobuf's.

    Raises:
        FramingError: There are none, or they are no path.

    """
    if frame.header is None:
        indexes, start = read_indexes(frame.data, frame.start)
        return indexes, Frame(frame.schema, frame.data, start)
    indexes, end = read_indexes(frame.header, _size(frame.header))
    if end != len(frame.header):
        raise FramingError(f"{len(frame.header) - end} bytes too many in the header")
    return indexes, frame


def without_indexes(frame: Frame) -> Frame:
    """Return a frame whose schema is Avro's or JSON's: nothing is between.

    Raises:
        FramingError: The header goes on after the schema.

    """
    if frame.header is not None and len(frame.header) != _size(frame.header):
        extra = len(frame.header) - _size(frame.header)
        raise FramingError(f"{extra} bytes too many in the header")
    return frame


def read_indexes(data: bytes, start: int) -> tuple[Indexes, int]:
    """Read message indexes, and say where they end. An empty path is the first message.

    Raises:
        FramingError: They end too early, are too many, or one is below zero.

    """
    # What nearly all messages have, without a loop.
    if len(data) > start and data[start] == 0:
        return FIRST_MESSAGE, start + 1
    count, at = _varint(data, start)
    if not 0 <= count <= _MOST_INDEXES:
        raise FramingError(f"a path of {count} message indexes")
    path = []
    for _ in range(count):
        index, at = _varint(data, at)
        if index < 0:
            raise FramingError(f"message index {index}")
        path.append(index)
    return tuple(path) or FIRST_MESSAGE, at


def _schema(data: bytes, what: str) -> tuple[int | UUID, int]:
    magic = data[0] if data else None
    if magic == _ID_MAGIC and len(data) >= ID_SIZE:
        schema_id = _id_at(data, 1)[0]
        if not 1 <= schema_id <= _MOST_ID:
            raise FramingError(f"the {what} names schema id {schema_id}")
        return schema_id, ID_SIZE
    if magic == _GUID_MAGIC and len(data) >= _GUID_SIZE:
        return UUID(bytes=bytes(data[1:_GUID_SIZE])), _GUID_SIZE
    start = bytes(data[:_GUID_SIZE]).hex(" ") or "nothing"
    raise FramingError(f"the {what} does not begin with a schema: {start}")


def _size(value: bytes) -> int:
    return ID_SIZE if value[0] == _ID_MAGIC else _GUID_SIZE


def _last(headers: Headers, name: str) -> bytes | None:
    if isinstance(headers, Mapping):
        return headers.get(name)
    value = None
    for each, given in headers:
        if each == name:
            value = given
    return value


def _indexes(indexes: Sequence[int] | None) -> bytes:
    if indexes is None:
        return b""
    if len(indexes) == 1 and indexes[0] == 0:
        return b"\0"
    if not indexes or len(indexes) > _MOST_INDEXES:
        raise EncodeError(f"a path of {len(indexes)} message indexes")
    written = bytearray()
    _write_varint(written, len(indexes))
    for index in indexes:
        if not 0 <= index <= _MOST_ID:
            raise EncodeError(f"message index {index}")
        _write_varint(written, index)
    return bytes(written)


def _write_varint(written: bytearray, value: int) -> None:
    """Write a number of zero or more; zigzag doubles it."""
    left = value << 1
    while left > 0x7F:
        written.append(left & 0x7F | 0x80)
        left >>= 7
    written.append(left)


def _varint(data: bytes, start: int) -> tuple[int, int]:
    value = 0
    for at, byte in enumerate(data[start : start + _MOST_VARINT_BYTES]):
        value |= (byte & 0x7F) << (7 * at)
        if byte < 0x80:
            return value >> 1 ^ -(value & 1), start + at + 1
    raise FramingError("a message index does not end")

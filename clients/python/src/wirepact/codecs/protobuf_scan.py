"""Counts what is in a Protobuf payload, before the runtime makes anything of it.

A message in a message takes two bytes of a payload, and the memory of all its fields:
of a type with 1 500 of them, 16 MiB of payload ask for a hundred gigabytes. Numbers
take little more than their bytes. Small payloads cannot ask for much and are not looked
at; how small, depends on the type.

What the bytes do not say well, the runtime refuses, and the count ends there. It takes
more spellings of a number than the runtime does, never fewer.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from wirepact.codecs.language import Limits
from wirepact.codecs.protobuf_files import UnusableSchemaError

MOST_NESTED: Final = 100
"""Messages within messages: what the runtimes of all languages read at most."""

# A message of more fields counts as several items.
_FIELDS_OF_AN_ITEM: Final = 16
# An integer takes 16 bytes in the runtime and 40 in Python, a message of 16 fields 256.
_INTEGERS_OF_AN_ITEM: Final = 4
# What is counted is integers.
_INTEGER: Final = 1
_ITEM: Final = _INTEGERS_OF_AN_ITEM
# A level, and each message, takes a tag and a length.
_LEAST_BYTES: Final = 2
_VARINT, _FIXED64, _BYTES, _GROUP, _END_GROUP, _FIXED32 = range(6)
_WIRES: Final = {
    FieldDescriptor.TYPE_DOUBLE: _FIXED64,
    FieldDescriptor.TYPE_FIXED64: _FIXED64,
    FieldDescriptor.TYPE_SFIXED64: _FIXED64,
    FieldDescriptor.TYPE_FLOAT: _FIXED32,
    FieldDescriptor.TYPE_FIXED32: _FIXED32,
    FieldDescriptor.TYPE_SFIXED32: _FIXED32,
    FieldDescriptor.TYPE_STRING: _BYTES,
    FieldDescriptor.TYPE_BYTES: _BYTES,
    FieldDescriptor.TYPE_MESSAGE: _BYTES,
    FieldDescriptor.TYPE_GROUP: _GROUP,
}
_WIDTHS: Final = {_FIXED64: 8, _FIXED32: 4}
# All bytes of a number but its last have the highest bit.
_MORE: Final = 0x80
_UNFINISHED: Final = bytes(range(_MORE, 0x100))


class ScanError(Exception):
    """A payload has more items than may be, or is deeper."""


class _DamagedError(Exception):
    """The bytes are no Protobuf."""


class _Entry(NamedTuple):
    """What a tag announces.

    Attributes:
        weight: How much it counts, itself.
        inside: The tags in it that are counted, of a message.
        is_packed: Whether it is integers, one behind the other.

    """

    weight: int
    inside: "dict[int, _Entry]"
    is_packed: bool = False


_Table = dict[int, _Entry]
_UNKNOWN: Final = _Entry(0, {})


class Scanner:
    """The count for one message type, compiled once."""

    def __init__(self, message: Descriptor, limits: Limits) -> None:
        """Compile it.

        Raises:
            UnusableSchemaError: What messages hold cannot be counted.

        """
        self._limits = limits
        self._most = limits.max_items * _ITEM
        self._table, heaviest = _compiled(message)
        # The runtime counts the levels in the outermost message.
        self._most_levels = min(limits.max_depth, MOST_NESTED + 1)
        self._free_bytes = self._free(heaviest) if self._table else None

    def _free(self, heaviest: int) -> int:
        """Return how many bytes can neither be too deep nor hold too much."""
        # A packed integer takes one byte.
        heaviest = max(heaviest, _LEAST_BYTES * _INTEGER)
        free = self._most * _LEAST_BYTES // heaviest
        if self._most_levels > MOST_NESTED:
            return free
        return min(free, _LEAST_BYTES * self._most_levels)

    def check(self, payload: bytes) -> None:
        """Refuse a payload that asks for too much.

        Raises:
            ScanError: It does.

        """
        if self._free_bytes is None or len(payload) <= self._free_bytes:
            return
        left = [self._most]
        try:
            self._walk(payload, 0, len(payload), self._table, 1, left)
        except (IndexError, _DamagedError):
            return

    def _walk(
        self,
        data: bytes,
        at: int,
        end: int,
        table: _Table,
        depth: int,
        left: list[int],
    ) -> int:
        """Count up to a place, or to the end of a group; return where that is."""
        if depth > self._most_levels:
            raise ScanError(self._refused_depth())
        while at < end:
            tag = data[at]
            at += 1
            if tag >= _MORE:
                tag, at = _number(data, at - 1)
            entry = table.get(tag, _UNKNOWN)
            if entry.weight:
                self._take(left, entry.weight)
            wire = tag & 7
            if wire == _VARINT:
                while data[at] >= _MORE:
                    at += 1
                at += 1
            elif wire == _BYTES:
                at = self._sized(data, at, end, entry, depth, left)
            elif wire == _GROUP:
                at = self._walk(data, at, end, entry.inside, depth + 1, left)
            elif wire == _END_GROUP:
                return at
            else:
                at += _width(wire)
        return at

    def _sized(
        self,
        data: bytes,
        at: int,
        end: int,
        entry: _Entry,
        depth: int,
        left: list[int],
    ) -> int:
        """Count in what has a length; return where it ends."""
        size = data[at]
        at += 1
        if size >= _MORE:
            size, at = _number(data, at - 1)
        stop = at + size
        if stop > end:
            raise _DamagedError
        if entry.inside:
            self._walk(data, at, stop, entry.inside, depth + 1, left)
        elif entry.is_packed:
            # Each has one byte without the highest bit, its last.
            self._take(left, len(data[at:stop].translate(None, _UNFINISHED)))
        return stop

    def _take(self, left: list[int], count: int) -> None:
        left[0] -= count
        if left[0] < 0:
            raise ScanError(self._limits.refused_items())

    def _refused_depth(self) -> str:
        if self._most_levels <= MOST_NESTED:
            return self._limits.refused_depth()
        return too_nested()


def too_nested() -> str:
    """Say that the runtime reads no payload that is so deep."""
    return f"nested deeper than {MOST_NESTED} messages, which no reader accepts"


def _width(wire: int) -> int:
    width = _WIDTHS.get(wire)
    if width is None:
        raise _DamagedError
    return width


def _number(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < _MORE:
            return value, at
        shift += 7
        if shift > 63:
            raise _DamagedError


def _compiled(root: Descriptor) -> tuple[_Table, int]:
    """Return the tags of a message that are counted, and the most that one of them is.

    Messages may be in each other without end; each has one table.
    """
    tables: dict[str, _Table] = {root.full_name: {}}
    waiting = [root]
    heaviest = _INTEGER
    while waiting:
        message = waiting.pop()
        _refuse_message_set(message)
        table = tables[message.full_name]
        for field in _fields(message):
            inner = field.message_type
            if inner is None:
                table.update(_repeated(field) if field.is_repeated else {})
            else:
                if inner.full_name not in tables:
                    tables[inner.full_name] = {}
                    waiting.append(inner)
                entry = _Entry(_weight(message, inner), tables[inner.full_name])
                table[_tag(field)] = entry
        heaviest = max([heaviest, *(each.weight for each in table.values())])
    return tables[root.full_name], heaviest


def _refuse_message_set(message: Descriptor) -> None:
    # Their extensions are in groups that say by a number which one it is.
    if message.GetOptions().message_set_wire_format:
        raise UnusableSchemaError(
            f"{message.full_name} is a message set, and what is in one is not counted"
        )


def _weight(message: Descriptor, inner: Descriptor) -> int:
    """Return how much one message in a field of another counts."""
    if _is_entry(message):
        # Made with its entry, whether the bytes have it or not, and counted there.
        return 0
    made = [inner]
    if _is_entry(inner):
        made += [each.message_type for each in inner.fields if each.message_type]
    return sum(_ITEM * (1 + len(each.fields) // _FIELDS_OF_AN_ITEM) for each in made)


def _is_entry(message: Descriptor) -> bool:
    return bool(message.GetOptions().map_entry)


def _fields(message: Descriptor) -> Iterator[FieldDescriptor]:
    yield from message.fields
    if message.is_extendable:
        yield from message.file.pool.FindAllExtensions(message)


def _repeated(field: FieldDescriptor) -> _Table:
    """Return the tags of repeated values that take much more than their bytes.

    Integers, which readers take packed and one by one, and texts.
    """
    wire = _WIRES.get(field.type, _VARINT)
    if wire == _BYTES:
        return {_tag(field): _Entry(_ITEM, {})}
    if wire != _VARINT:
        return {}
    packed = field.number << 3 | _BYTES
    return {_tag(field): _Entry(_INTEGER, {}), packed: _Entry(0, {}, is_packed=True)}


def _tag(field: FieldDescriptor) -> int:
    return field.number << 3 | _WIRES.get(field.type, _VARINT)

"""Walks over an encoded value without building it: what is in there, and does it end?

fastavro's compiled reader recurses as deep as the bytes say, and believes in counts of
items that take no bytes. Where a schema allows that, bytes come through here first. The
walk is also what finds the place at which a message is damaged.
"""

from collections.abc import Callable, Mapping
from typing import Final

from wirepact.codecs.avro_model import (
    MOST_IDLE,
    Model,
    Node,
    definition,
    is_record,
    kind_of,
)
from wirepact.codecs.language import Limits

_Walk = Callable[[bytes, int, int, list[int]], int]
"""From the message, a place in it, the depth there, and a list with the one number of
items that are left, to the place where the value ends."""

ITEMS_PER_BYTE: Final = 16
FREE_ITEMS: Final = 1024
_MOST_VARINT_BYTES: Final = 10
_MOST_UNSIGNED: Final = 2**64 - 1
_MOST_DECIMAL_BYTES: Final = 64
_MOST_PATH: Final = 200


class ScanError(Exception):
    """The bytes are not what the schema says, or ask for too much.

    Attributes:
        path: From the inside out.

    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        self.path: list[str] = []
        super().__init__(reason)

    def __str__(self) -> str:
        if not self.path:
            return self.reason
        path = "".join(reversed(self.path)).lstrip(".")
        return f"{path[:_MOST_PATH]}: {self.reason}"


class TooManyError(ScanError):
    """The bytes say that there are more items than may be."""


class Scanner:
    """The walk for one schema, compiled once."""

    def __init__(self, model: Model, limits: Limits) -> None:
        self._model = model
        self._limits = limits
        self._named: dict[str, _Walk] = {}
        self._walk = self._compiled(model.root)

    def end_of(self, data: bytes, start: int) -> int:
        """Return where the value ends that starts in a message.

        Raises:
            ScanError: It does not end, is too deep, or has too many items.

        """
        payload = len(data) - start
        most = min(self._limits.max_items, ITEMS_PER_BYTE * payload + FREE_ITEMS)
        left = [most]
        try:
            return self._walk(data, start, 1, left)
        except TooManyError as error:
            error.reason = _too_many(most - left[0], most)
            raise
        except IndexError:
            raise ScanError("the message ends too early") from None
        except RecursionError as error:
            raise ScanError("it is deeper than the stack allows") from error

    def _compiled(self, node: Node) -> _Walk:
        node = definition(node, self._model.types)
        if is_record(node):
            return self._lazy(str(node["name"]), node)
        kind = kind_of(node)
        nesting = {"union": self._union, "array": self._array, "map": self._map}
        if kind in nesting:
            return nesting[kind](node)
        if kind == "enum":
            return _indexed(len(node["symbols"]), "symbol")
        if kind == "fixed":
            return _fixed(node["size"])
        is_decimal = isinstance(node, dict) and node.get("logicalType") == "decimal"
        return _decimal(node["precision"]) if is_decimal else _PRIMITIVE[kind]

    def _lazy(self, name: str, node: Node) -> _Walk:
        """Compile a record when one comes: types may be in each other without end."""

        def walk(data: bytes, at: int, depth: int, left: list[int]) -> int:
            known = self._named.get(name)
            if known is None:
                known = self._named[name] = self._record(node)
            return known(data, at, depth, left)

        return walk

    def _record(self, node: Node) -> _Walk:
        fields = [(f".{f['name']}", self._compiled(f["type"])) for f in node["fields"]]
        idle = self._model.idle[node["name"]]
        weight = idle if idle > MOST_IDLE else 0
        most = self._limits.max_depth

        def walk(data: bytes, at: int, depth: int, left: list[int]) -> int:
            if depth > most:
                raise ScanError(self._limits.refused_depth())
            if weight:
                take(left, weight)
            for name, inner in fields:
                try:
                    at = inner(data, at, depth + 1, left)
                except IndexError:
                    raise _ended(name) from None
                except ScanError as error:
                    error.path.append(name)
                    raise
            return at

        return walk

    def _union(self, node: Node) -> _Walk:
        branches = [self._compiled(branch) for branch in node]
        index = _index(len(branches), "branch")

        def walk(data: bytes, at: int, depth: int, left: list[int]) -> int:
            chosen, at = index(data, at)
            return branches[chosen](data, at, depth, left)

        return walk

    def _array(self, node: Node) -> _Walk:
        return self._items(self._compiled(node["items"]))

    def _map(self, node: Node) -> _Walk:
        inner = self._compiled(node["values"])

        def entry(data: bytes, at: int, depth: int, left: list[int]) -> int:
            return inner(data, _skip_bytes(data, at, depth, left), depth, left)

        return self._items(entry)

    def _items(self, inner: _Walk) -> _Walk:
        most = self._limits.max_depth

        def walk(data: bytes, at: int, depth: int, left: list[int]) -> int:
            if depth > most:
                raise ScanError(self._limits.refused_depth())
            first = 0
            while True:
                count, at = read_long(data, at)
                if count == 0:
                    return at
                if count < 0:
                    # Blocks may say how long they are, so that they can be skipped.
                    count, (_, at) = -count, read_long(data, at)
                take(left, count)
                for number in range(first, first + count):
                    try:
                        at = inner(data, at, depth + 1, left)
                    except IndexError:
                        raise _ended(f"[{number}]") from None
                    except ScanError as error:
                        error.path.append(f"[{number}]")
                        raise
                first += count

        return walk


def take(left: list[int], count: int) -> None:
    """Count items; refuse more than are left."""
    left[0] -= count
    if left[0] < 0:
        raise TooManyError("it has more items than are allowed for its size")


def _too_many(found: int, most: int) -> str:
    return (
        f"it has more items than are allowed for its size: {found} so far, and the"
        f" limit is {most} (Limits.max_items, or {ITEMS_PER_BYTE} for each byte and"
        f" {FREE_ITEMS} beside)"
    )


def _ended(place: str) -> ScanError:
    error = ScanError("the message ends here, too early")
    error.path.append(place)
    return error


def read_long(data: bytes, at: int) -> tuple[int, int]:
    value, at = read_unsigned(data, at)
    return value >> 1 ^ -(value & 1), at


def read_unsigned(data: bytes, at: int) -> tuple[int, int]:
    """Read a number as it is written, zigzag, and return where it ends."""
    value = 0
    for shift in range(0, 7 * _MOST_VARINT_BYTES, 7):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if value > _MOST_UNSIGNED:
                break
            return value, at
    raise ScanError("a number is longer than 64 bits")


def _skip_long(data: bytes, at: int, _depth: int, _left: list[int]) -> int:
    if data[at] < 0x80:
        return at + 1
    return read_long(data, at)[1]


def _skip_int(data: bytes, at: int, _depth: int, _left: list[int]) -> int:
    if data[at] < 0x80:
        return at + 1
    value, at = read_long(data, at)
    if not -(2**31) <= value < 2**31:
        raise ScanError("a number is longer than 32 bits")
    return at


def _skip_bytes(data: bytes, at: int, _depth: int, _left: list[int]) -> int:
    size, at = read_long(data, at)
    if size < 0:
        raise ScanError(f"a length of {size}")
    return _moved(data, at, size)


def _moved(data: bytes, at: int, size: int) -> int:
    if len(data) - at < size:
        raise ScanError(f"{size} bytes are said to follow, {len(data) - at} do")
    return at + size


def _skip_null(_data: bytes, at: int, _depth: int, _left: list[int]) -> int:
    return at


def _fixed(size: int) -> _Walk:
    def walk(data: bytes, at: int, _depth: int, _left: list[int]) -> int:
        return _moved(data, at, size)

    return walk


def _decimal(precision: int) -> _Walk:
    """Bound the digits: making a number of them takes the square of their count."""
    most = most_decimal_bytes(precision)

    def walk(data: bytes, at: int, depth: int, left: list[int]) -> int:
        end = _skip_bytes(data, at, depth, left)
        if end - at > most:
            raise ScanError(f"a decimal of precision {precision} in {end - at} bytes")
        return end

    return walk


def most_decimal_bytes(precision: int) -> int:
    """Return how many bytes a decimal may have: its digits' worth, and some more."""
    # Each byte holds more than 2.4 digits.
    return max(_MOST_DECIMAL_BYTES, precision * 10 // 24 + 2)


def _index(most: int, what: str) -> Callable[[bytes, int], tuple[int, int]]:
    def read(data: bytes, at: int) -> tuple[int, int]:
        chosen, at = read_long(data, at)
        if not 0 <= chosen < most:
            raise ScanError(f"{what} {chosen}, there are {most}")
        return chosen, at

    return read


def _indexed(most: int, what: str) -> _Walk:
    index = _index(most, what)

    def walk(data: bytes, at: int, _depth: int, _left: list[int]) -> int:
        return index(data, at)[1]

    return walk


_PRIMITIVE: Final[Mapping[str, _Walk]] = {
    "null": _skip_null,
    "boolean": _fixed(1),
    "int": _skip_int,
    "long": _skip_long,
    "float": _fixed(4),
    "double": _fixed(8),
    "bytes": _skip_bytes,
    "string": _skip_bytes,
}

"""A function for each schema that reads its payloads, guarded while it reads.

Faster than fastavro, which looks at the schema for each value; and it neither goes
deeper than is allowed nor makes more items than that.
"""

import struct
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from fastavro.read import LOGICAL_READERS

from wirepact.codecs.avro_model import (
    MOST_IDLE,
    Model,
    Node,
    definition,
    is_record,
    kind_of,
    record_branches,
)
from wirepact.codecs.avro_scan import most_decimal_bytes, read_long, read_unsigned, take
from wirepact.codecs.avro_source import MOST_BRANCHES, Functions, Source
from wirepact.codecs.language import Limits

_MOST_SHORT: Final = 2**32

Read = Callable[[bytes, int, int, list[int]], tuple[Any, int]]
"""From the message, a place in it, the depth there, and a list with the one number of
items that are left, to the value and the place where it ends. If that is beyond the end
of the message, the message is damaged."""


Inner = Callable[[int, int], str]
"""Writes how a value is read that is so many blocks and levels in, and names it."""


class DamagedError(Exception):
    """The bytes are not what the schema says; a scan tells why."""


def reader_of(model: Model, limits: Limits) -> Read:
    """Compile a schema into the function that reads its values."""
    return Readers(model, limits).compiled()


class Readers:
    """Writes the functions of a schema."""

    def __init__(self, model: Model, limits: Limits) -> None:
        self._model = model
        self._functions = Functions(model.root, model.types)
        self._is_deep = model.depth is None or model.depth > limits.max_depth
        self._source = Source(
            {
                "unsigned": read_unsigned,
                "short": _short,
                "count": _count,
                "size": _size,
                "take": take,
                "Damaged": DamagedError,
                "float_at": struct.Struct("<f").unpack_from,
                "double_at": struct.Struct("<d").unpack_from,
                "MOST": limits.max_depth,
            }
        )

    def compiled(self) -> Read:
        name = self._functions.of(self._model.root)
        self._functions.write_all(self._function)
        found: Read = self._source.compiled()[name]
        return found

    def _function(self, name: str, node: Node) -> None:
        with self._source.block(f"def {name}(data, at, depth, left):"):
            value = self._inline(node, 0, 0)
            self._source.add(f"return {value}, at")

    def _value(self, node: Node, nested: int, level: int) -> str:
        """Write how a value is read, and return the name that it gets.

        Args:
            nested: Blocks around this place.
            level: How much deeper than the function it is.

        """
        node = definition(node, self._model.types)
        if not self._functions.is_apart(node, nested, level):
            return self._inline(node, nested, level)
        value = self._source.fresh()
        called = self._functions.of(node)
        self._source.add(f"{value}, at = {called}(data, at, depth + {level}, left)")
        return value

    def _inline(self, node: Node, nested: int, level: int) -> str:
        if is_record(node):
            return self._record(node, nested, level)
        nesting = {"union": self._union, "array": self._array, "map": self._map}
        kind = kind_of(node)
        if kind in nesting:
            return nesting[kind](node, nested, level)
        value = self._scalar(kind, node)
        if isinstance(node, dict) and "logicalType" in node:
            read = LOGICAL_READERS.get(f"{kind}-{node['logicalType']}")
            if read is not None:
                made = self._source.constant(read)
                schema = self._source.constant(node)
                self._source.add(f"{value} = {made}({value}, {schema}, None)")
        return value

    def _record(self, node: Node, nested: int, level: int) -> str:
        self._guard(level)
        idle = self._model.idle[node["name"]]
        if idle > MOST_IDLE:
            self._source.add(f"take(left, {idle})")
        values = [
            (field["name"], self._value(field["type"], nested, level + 1))
            for field in node["fields"]
        ]
        record = self._source.fresh()
        pairs = ", ".join(f"{name!a}: {value}" for name, value in values)
        self._source.add(f"{record} = {{{pairs}}}")
        return record

    def _guard(self, level: int) -> None:
        if self._is_deep:
            with self._source.block(f"if depth + {level} > MOST:"):
                self._source.add("raise Damaged")

    def _union(self, node: list[Node], nested: int, level: int) -> str:
        value = self._unsigned()
        if len(node) > MOST_BRANCHES:
            return self._long_union(node, value, level)
        for at, branch in enumerate(node):
            with self._source.block(f"{'elif' if at else 'if'} {value} == {2 * at}:"):
                inner = self._value(branch, nested + 1, level)
                self._source.add(f"{value} = {self._named(node, branch, inner)}")
        with self._source.block("else:" if node else "if True:"):
            self._source.add("raise Damaged")
        return value

    def _long_union(self, node: list[Node], value: str, level: int) -> str:
        functions = [self._functions.of(branch) for branch in node]
        table = self._source.table(functions)
        names = self._source.constant(
            {
                2 * at: definition(branch, self._model.types)["name"]
                for at, branch in enumerate(node)
                if self._is_named(node, branch)
            }
        )
        with self._source.block(f"if {value} & 1:"):
            self._source.add("raise Damaged")
        inner = self._source.fresh()
        call = f"{table}[{value} >> 1](data, at, depth + {level}, left)"
        self._source.add(f"{inner}, at = {call}")
        with self._source.block(f"if {value} in {names}:"):
            self._source.add(f"{inner} = {names}[{value}], {inner}")
        return inner

    def _is_named(self, union: list[Node], branch: Node) -> bool:
        """Say whether the name of a record has to be told, as there are others."""
        types = self._model.types
        return is_record(definition(branch, types)) and (
            len(record_branches(union, types)) > 1
        )

    def _named(self, union: list[Node], branch: Node, value: str) -> str:
        if not self._is_named(union, branch):
            return value
        return f"{definition(branch, self._model.types)['name']!a}, {value}"

    def _array(self, node: Node, nested: int, level: int) -> str:
        return self._array_of(partial(self._value, node["items"]), nested, level)

    def _map(self, node: Node, nested: int, level: int) -> str:
        return self._map_of(partial(self._value, node["values"]), nested, level)

    def _array_of(self, write: Inner, nested: int, level: int) -> str:
        self._guard(level)
        items = self._source.fresh()
        append = self._source.fresh()
        self._source.add(f"{items} = []", f"{append} = {items}.append")
        with self._source.block("while True:"), self._blocks():
            self._source.add(f"{append}({write(nested + 2, level + 1)})")
        return items

    def _map_of(self, write: Inner, nested: int, level: int) -> str:
        self._guard(level)
        entries = self._source.fresh()
        self._source.add(f"{entries} = {{}}")
        with self._source.block("while True:"), self._blocks():
            key = self._scalar("string", "string")
            self._source.add(f"{entries}[{key}] = {write(nested + 2, level + 1)}")
        return entries

    def _blocks(self) -> Any:
        """Write how many items follow, and return the loop over them."""
        number = self._source.fresh()
        self._source.add(f"{number} = data[at]", "at += 1")
        with self._source.block(f"if {number} & 0x81:"):
            self._source.add(f"{number}, at = count(data, at - 1)")
        with self._source.block("else:"):
            self._source.add(f"{number} >>= 1")
        with self._source.block(f"if not {number}:"):
            self._source.add("break")
        self._source.add(f"left[0] -= {number}")
        with self._source.block("if left[0] < 0:"):
            self._source.add("raise Damaged")
        return self._source.block(f"for _ in range({number}):")

    def _scalar(self, kind: str, node: Node) -> str:
        if kind == "null":
            value = self._source.fresh()
            self._source.add(f"{value} = None")
            return value
        writers: Mapping[str, Callable[[Node], str]] = {
            "boolean": self._boolean,
            "int": self._long,
            "long": self._long,
            "float": lambda _node: self._real("float_at", 4),
            "double": lambda _node: self._real("double_at", 8),
            "bytes": self._plain,
            "string": lambda _node: self._bytes("data[at:stop].decode()"),
            "fixed": self._fixed,
            "enum": self._enum,
        }
        return writers[kind](node)

    def _boolean(self, _node: Node) -> str:
        value = self._source.fresh()
        self._source.add(f"{value} = data[at] != 0", "at += 1")
        return value

    def _unsigned(self, read: str = "unsigned") -> str:
        value = self._source.fresh()
        self._source.add(f"{value} = data[at]", "at += 1")
        with self._source.block(f"if {value} > 0x7F:"):
            self._source.add(f"{value}, at = {read}(data, at - 1)")
        return value

    def _long(self, node: Node) -> str:
        value = self._unsigned("short" if kind_of(node) == "int" else "unsigned")
        self._source.add(f"{value} = {value} >> 1 ^ -({value} & 1)")
        return value

    def _real(self, unpack: str, size: int) -> str:
        value = self._source.fresh()
        self._source.add(f"({value},) = {unpack}(data, at)", f"at += {size}")
        return value

    def _plain(self, node: Node) -> str:
        if isinstance(node, dict) and node.get("logicalType") == "decimal":
            return self._bytes("data[at:stop]", most_decimal_bytes(node["precision"]))
        return self._bytes("data[at:stop]")

    def _bytes(self, taken: str, most: int | None = None) -> str:
        value = self._source.fresh()
        self._source.add("stop = data[at]", "at += 1")
        with self._source.block("if stop & 0x81:"):
            self._source.add("stop, at = size(data, at - 1)", "stop += at")
        with self._source.block("else:"):
            self._source.add("stop = at + (stop >> 1)")
        if most is not None:
            with self._source.block(f"if stop - at > {most}:"):
                self._source.add("raise Damaged")
        # Beyond the end it takes less, and the end is then not where it should be.
        self._source.add(f"{value} = {taken}", "at = stop")
        return value

    def _fixed(self, node: Node) -> str:
        value = self._source.fresh()
        self._source.add(f"stop = at + {node['size']}")
        self._source.add(f"{value} = data[at:stop]", "at = stop")
        return value

    def _enum(self, node: Node) -> str:
        value = self._unsigned()
        symbols = self._source.constant(tuple(node["symbols"]))
        with self._source.block(f"if {value} & 1:"):
            self._source.add("raise Damaged")
        self._source.add(f"{value} = {symbols}[{value} >> 1]")
        return value


def _short(data: bytes, at: int) -> tuple[int, int]:
    value, at = read_unsigned(data, at)
    if value >= _MOST_SHORT:
        raise DamagedError
    return value, at


def _count(data: bytes, at: int) -> tuple[int, int]:
    """Read how many items follow; a block may say its size as well."""
    count, at = read_long(data, at)
    if count < 0:
        count, (_, at) = -count, read_long(data, at)
    return count, at


def _size(data: bytes, at: int) -> tuple[int, int]:
    size, at = read_long(data, at)
    if size < 0:
        raise DamagedError
    return size, at

"""A function for each pair of schemas: reads what one has written as the other has it.

By the specification's resolution; where the two leave a choice, the type that is the
same goes before one that is wider. What reading is without a reader's schema, and how
it is guarded, is in `avro_readers.py`.

Source: Avro 1.12 specification, section "Schema Resolution".
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from fastavro.read import LOGICAL_READERS

from wirepact.codecs.avro_model import (
    MOST_IDLE,
    Model,
    Node,
    branch_name,
    definition,
    is_record,
    kind_of,
    record_branches,
)
from wirepact.codecs.avro_readers import Read, Readers
from wirepact.codecs.avro_resolution import is_called, is_read
from wirepact.codecs.avro_source import MOST_BRANCHES, MOST_NESTED
from wirepact.codecs.avro_values import logical_name
from wirepact.codecs.language import Limits

_WHOLE: Final = frozenset({"int", "long"})
_REAL: Final = frozenset({"float", "double"})


class UnreadableError(Exception):
    """A value that the writer's schema allows has no place in the reader's."""


def resolver_of(writer: Model, reader: Model, limits: Limits) -> Read:
    """Compile two schemas into the function that reads with the one as the other."""
    return _Resolvers(writer, reader, limits).compiled()


class _Resolvers(Readers):
    def __init__(self, writer: Model, reader: Model, limits: Limits) -> None:
        super().__init__(writer, limits)
        self._reader = reader
        self._pairs: dict[tuple[int, int], str] = {}
        self._waiting: list[tuple[str, Node, Node]] = []
        self._source.names |= {"Unreadable": UnreadableError, "deepcopy": deepcopy}

    def compiled(self) -> Read:
        name = self._pair(self._model.root, self._reader.root)
        while self._waiting:
            pair, written, read = self._waiting.pop()
            with self._source.block(f"def {pair}(data, at, depth, left):"):
                value = self._resolved(written, read, 0, 0)
                self._source.add(f"return {value}, at")
        self._functions.write_all(self._function)
        found: Read = self._source.compiled()[name]
        return found

    def _pair(self, written: Node, read: Node) -> str:
        written = definition(written, self._model.types)
        read = definition(read, self._reader.types)
        key = id(written), id(read)
        if key not in self._pairs:
            self._pairs[key] = f"r{len(self._pairs)}"
            self._waiting.append((self._pairs[key], written, read))
        return self._pairs[key]

    def _both(self, written: Node, read: Node, nested: int, level: int) -> str:
        """Write how a value is read, in place or as a function of its own."""
        written = definition(written, self._model.types)
        if not is_record(written) and nested < MOST_NESTED:
            return self._resolved(written, read, nested, level)
        value = self._source.fresh()
        called = self._pair(written, read)
        self._source.add(f"{value}, at = {called}(data, at, depth + {level}, left)")
        return value

    def _resolved(self, written: Node, read: Node, nested: int, level: int) -> str:
        written = definition(written, self._model.types)
        read = definition(read, self._reader.types)
        if isinstance(written, list):
            return self._from_union(written, read, nested, level)
        if isinstance(read, list):
            return self._into_union(written, read, nested, level)
        if not self._matches(written, read):
            return self._unreadable(f"{branch_name(written)} is not read as ", read)
        kind = kind_of(written)
        if is_record(written):
            return self._records(written, read, nested, level)
        if kind == "array":
            inner = written["items"], read["items"]
            return self._array_of(lambda *at: self._both(*inner, *at), nested, level)
        if kind == "map":
            inner = written["values"], read["values"]
            return self._map_of(lambda *at: self._both(*inner, *at), nested, level)
        if kind == "enum":
            return self._symbols(written, read)
        return self._converted(written, read)

    def _matches(self, written: Node, read: Node) -> bool:
        read = definition(read, self._reader.types)
        if isinstance(read, list):
            return False
        if is_record(written) or is_record(read):
            return is_record(written) and is_record(read) and is_called(written, read)
        return is_read(written, read)

    def _unreadable(self, reason: str, read: Node) -> str:
        said = reason + branch_name(read)
        self._source.add(f"raise Unreadable({said!a})")
        return "None"

    def _from_union(
        self, written: list[Node], read: Node, nested: int, level: int
    ) -> str:
        value = self._unsigned()
        if len(written) > MOST_BRANCHES:
            table = self._source.table([self._pair(each, read) for each in written])
            with self._source.block(f"if {value} & 1:"):
                self._source.add("raise Damaged")
            call = f"{table}[{value} >> 1](data, at, depth + {level}, left)"
            self._source.add(f"{value}, at = {call}")
            return value
        for at, branch in enumerate(written):
            with self._source.block(f"{'elif' if at else 'if'} {value} == {2 * at}:"):
                inner = self._both(branch, read, nested + 1, level)
                self._source.add(f"{value} = {inner}")
        with self._source.block("else:" if written else "if True:"):
            self._source.add("raise Damaged")
        return value

    def _into_union(
        self, written: Node, read: list[Node], nested: int, level: int
    ) -> str:
        types = self._reader.types
        fitting = [each for each in read if self._matches(written, each)]
        same = [
            each
            for each in fitting
            if _full_name(definition(each, types)) == _full_name(written)
        ]
        for branch in (same or fitting)[:1]:
            value = self._resolved(written, branch, nested, level)
            record = definition(branch, types)
            if is_record(record) and len(record_branches(read, types)) > 1:
                named = self._source.fresh()
                self._source.add(f"{named} = {record['name']!a}, {value}")
                return named
            return value
        options = ", ".join(map(branch_name, read))
        return self._unreadable(f"{branch_name(written)} is none of {options}", "")

    def _records(self, written: Node, read: Node, nested: int, level: int) -> str:
        self._guard(level)
        idle = self._model.idle[written["name"]]
        if idle > MOST_IDLE:
            self._source.add(f"take(left, {idle})")
        places = _places(read)
        values: dict[str, str] = {}
        for field in written["fields"]:
            place = places.get(field["name"])
            if place is None or place["name"] in values:
                self._value(field["type"], nested, level + 1)
            else:
                values[place["name"]] = self._both(
                    field["type"], place["type"], nested, level + 1
                )
        for field in read["fields"]:
            if field["name"] not in values:
                values[field["name"]] = self._default(field)
        record = self._source.fresh()
        pairs = (f"{f['name']!a}: {values[f['name']]}" for f in read["fields"])
        self._source.add(f"{record} = {{{', '.join(pairs)}}}")
        return record

    def _default(self, field: Mapping[str, Any]) -> str:
        if "default" not in field:
            return self._unreadable(
                f"field {field['name']} was not written, and has no default", ""
            )
        value = self._source.constant(field["default"])
        # Else all messages would share one list.
        is_mutable = isinstance(field["default"], dict | list | tuple)
        return f"deepcopy({value})" if is_mutable else value

    def _symbols(self, written: Node, read: Node) -> str:
        known = {*read["symbols"]}
        table = tuple(
            symbol if symbol in known else read.get("default")
            for symbol in written["symbols"]
        )
        value = self._unsigned()
        with self._source.block(f"if {value} & 1:"):
            self._source.add("raise Damaged")
        self._source.add(f"{value} = {self._source.constant(table)}[{value} >> 1]")
        with self._source.block(f"if {value} is None:"):
            self._unreadable("a symbol is none of ", read)
        return value

    def _converted(self, written: Node, read: Node) -> str:
        one, other = kind_of(written), kind_of(read)
        value = self._scalar(one, written)
        if one in _WHOLE and other in _REAL:
            self._source.add(f"{value} = float({value})")
        elif (one, other) == ("string", "bytes"):
            self._source.add(f"{value} = {value}.encode()")
        elif (one, other) == ("bytes", "string"):
            self._source.add(f"{value} = {value}.decode()")
        self._typed(value, written, read)
        return value

    def _typed(self, value: str, written: Node, read: Node) -> None:
        """Write how a logical type of the reader is made: by its writer, if by one."""
        if logical_name(read) not in LOGICAL_READERS:
            return
        is_by_writer = (
            kind_of(written) == kind_of(read)
            and logical_name(written) in LOGICAL_READERS
        )
        node = written if is_by_writer else read
        made = self._source.constant(LOGICAL_READERS[logical_name(node)])
        schema = self._source.constant(node)
        self._source.add(f"{value} = {made}({value}, {schema}, None)")


def _full_name(node: Node) -> tuple[str, str]:
    return kind_of(node), branch_name(node)


def _places(read: Node) -> dict[str, Mapping[str, Any]]:
    """Return the reader's fields by their names, and by those they had before."""
    aliases = {
        alias: field for field in read["fields"] for alias in field.get("aliases", ())
    }
    return aliases | {field["name"]: field for field in read["fields"]}

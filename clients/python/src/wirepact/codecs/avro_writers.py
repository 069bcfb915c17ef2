"""A function for each schema that writes its values, and refuses those that do not fit.

Faster than fastavro, which looks at the schema for each value; and it writes nothing
that is not of the type: fastavro makes the integer 3 of 3.7, and true of "no".
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, Final

from fastavro.read import LOGICAL_READERS
from fastavro.write import LOGICAL_WRITERS

from wirepact.codecs.avro_model import (
    Model,
    Node,
    definition,
    is_record,
    kind_of,
)
from wirepact.codecs.avro_source import MOST_BRANCHES, Functions, Source
from wirepact.codecs.avro_values import (
    INSTANTS,
    PYTHON_TYPES,
    Explainer,
    UnfitError,
    is_readable,
    logical_name,
)

Write = Callable[[Any, bytearray], None]

_BITS: Final[Mapping[str, int]] = {"int": 31, "long": 63}
_MISSING: Final = object()

_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "null": (type(None),),
    "boolean": (bool,),
    "int": (int,),
    "long": (int,),
    "float": (float, int),
    "double": (float, int),
    "bytes": (bytes, bytearray),
    "fixed": (bytes, bytearray),
    "string": (str,),
    "enum": (str,),
    "array": (list,),
    "map": (dict,),
    "record": (dict,),
    "error": (dict,),
}
"""The types of Python that a value of a kind can have; others are looked at closely."""


def writer_of(model: Model, explainer: Explainer) -> Write:
    """Compile a schema into the function that appends its values to bytes."""
    return _Writers(model, explainer).compiled()


class _Writers:
    def __init__(self, model: Model, explainer: Explainer) -> None:
        self._model = model
        self._explainer = explainer
        self._functions = Functions(model.root, model.types)
        self._source = Source(
            {
                "Unfit": UnfitError,
                "Mapping": Mapping,
                "number": write_number,
                "whole": _whole,
                "real": _real,
                "items": _items,
                "pack_float": struct.Struct("<f").pack,
                "pack_double": struct.Struct("<d").pack,
            }
        )

    def compiled(self) -> Write:
        name = self._functions.of(self._model.root)
        self._functions.write_all(self._function)
        found: Write = self._source.compiled()[name]
        return found

    def _function(self, name: str, node: Node) -> None:
        with self._source.block(f"def {name}(value, out):"):
            self._source.add("append = out.append")
            self._inline(node, "value", 0, 0)

    def _value(self, node: Node, value: str, nested: int, level: int) -> None:
        """Write how a value is written.

        Args:
            value: The name that it has.
            nested: Blocks around this place.

        """
        node = definition(node, self._model.types)
        if self._functions.is_apart(node, nested, level):
            self._source.add(f"{self._functions.of(node)}({value}, out)")
        else:
            self._inline(node, value, nested, level)

    def _inline(self, node: Node, value: str, nested: int, level: int) -> None:
        kind = kind_of(node)
        if is_record(node):
            self._record(node, value, nested, level)
        elif kind == "union":
            self._union(node, value, nested, level)
        elif kind == "array":
            self._array(node, value, nested, level)
        elif kind == "map":
            self._map(node, value, nested, level)
        else:
            self._logical(node, value)
            self._scalar(kind, node, value)

    def _record(self, node: Node, value: str, nested: int, level: int) -> None:
        fields = node["fields"]
        complete = self._source.constant(_completing(node))
        with self._source.block(f"if type({value}) is not dict:"):
            self._source.add(f"{value} = {complete}({value})")
        with self._source.block(f"elif len({value}) != {len(fields)}:"):
            self._source.add(f"{value} = {complete}({value})")
        for field in fields:
            inner = self._source.fresh()
            self._source.add(f"{inner} = {value}[{field['name']!a}]")
            self._value(field["type"], inner, nested, level + 1)

    def _array(self, node: Node, value: str, nested: int, level: int) -> None:
        with self._source.block(f"if type({value}) is not list:"):
            self._source.add(f"{value} = items({value})")
        with self._entries(value):
            inner = self._source.fresh()
            with self._source.block(f"for {inner} in {value}:"):
                self._value(node["items"], inner, nested + 2, level + 1)
        self._source.add("append(0)")

    def _map(self, node: Node, value: str, nested: int, level: int) -> None:
        with self._source.block(f"if not isinstance({value}, Mapping):"):
            self._source.add("raise Unfit")
        with self._entries(value):
            key, inner = self._source.fresh(), self._source.fresh()
            with self._source.block(f"for {key}, {inner} in {value}.items():"):
                self._scalar("string", "string", key)
                self._value(node["values"], inner, nested + 2, level + 1)
        self._source.add("append(0)")

    def _entries(self, value: str) -> Any:
        size = self._source.fresh()
        self._source.add(f"{size} = len({value})")
        self._short(size)
        return self._source.block(f"if {size}:")

    def _union(self, node: list[Node], value: str, nested: int, level: int) -> None:
        kinds = self._source.constant(_branches_by_type(node, self._model.types))
        choose = self._source.constant(self._explainer.chooser(node))
        chosen = self._source.fresh()
        self._source.add(f"{chosen} = {kinds}.get(type({value}))")
        with self._source.block(f"if {chosen} is None:"):
            self._source.add(f"{chosen}, {value} = {choose}({value})")
        if len(node) > MOST_BRANCHES:
            functions = [self._functions.of(branch) for branch in node]
            table = self._source.table(functions)
            self._source.add(
                f"number(out, {chosen}, 63)", f"{table}[{chosen}]({value}, out)"
            )
            return
        for at, branch in enumerate(node):
            with self._source.block(f"{'elif' if at else 'if'} {chosen} == {at}:"):
                self._source.add(f"append({2 * at})")
                self._value(branch, value, nested + 1, level)
        with self._source.block("else:" if node else "if True:"):
            self._source.add("raise Unfit")

    def _logical(self, node: Node, value: str) -> None:
        name = logical_name(node)
        prepare = LOGICAL_WRITERS.get(name)
        if prepare is not None and name in PYTHON_TYPES:
            known = self._source.constant(PYTHON_TYPES[name])
            made = self._source.constant(prepare)
            schema = self._source.constant(node)
            with self._source.block(f"if isinstance({value}, {known}):"):
                if name in INSTANTS:
                    with self._source.block(f"if {value}.tzinfo is None:"):
                        self._source.add("raise Unfit")
                self._source.add(f"{value} = {made}({value}, {schema})")
            if name in LOGICAL_READERS:
                check = self._source.constant(partial(_check_readable, node))
                with self._source.block("else:"):
                    self._source.add(f"{check}({value})")

    def _scalar(self, kind: str, node: Node, value: str) -> None:
        writers: Mapping[str, Callable[[Node, str], None]] = {
            "null": self._null,
            "boolean": self._boolean,
            "int": self._whole,
            "long": self._whole,
            "float": lambda _node, value: self._real("pack_float", value),
            "double": lambda _node, value: self._real("pack_double", value),
            "bytes": self._bytes,
            "string": self._string,
            "fixed": self._fixed,
            "enum": self._enum,
        }
        writers[kind](node, value)

    def _null(self, _node: Node, value: str) -> None:
        with self._source.block(f"if {value} is not None:"):
            self._source.add("raise Unfit")

    def _boolean(self, _node: Node, value: str) -> None:
        with self._source.block(f"if {value} is True:"):
            self._source.add("append(1)")
        with self._source.block(f"elif {value} is False:"):
            self._source.add("append(0)")
        with self._source.block("else:"):
            self._source.add("raise Unfit")

    def _whole(self, node: Node, value: str) -> None:
        with self._source.block(f"if type({value}) is not int:"):
            self._source.add(f"{value} = whole({value})")
        with self._source.block(f"if 0 <= {value} < 64:"):
            self._source.add(f"append({value} << 1)")
        with self._source.block("else:"):
            self._source.add(f"number(out, {value}, {_BITS[kind_of(node)]})")

    def _real(self, pack: str, value: str) -> None:
        with self._source.block(f"if type({value}) is not float:"):
            self._source.add(f"{value} = real({value})")
        self._source.add(f"out += {pack}({value})")

    def _string(self, _node: Node, value: str) -> None:
        with self._source.block(f"if not isinstance({value}, str):"):
            self._source.add("raise Unfit")
        self._source.add(f"{value} = {value}.encode()")
        self._sized(value)

    def _bytes(self, _node: Node, value: str) -> None:
        with self._source.block(f"if not isinstance({value}, (bytes, bytearray)):"):
            self._source.add("raise Unfit")
        self._sized(value)

    def _sized(self, value: str) -> None:
        size = self._source.fresh()
        self._source.add(f"{size} = len({value})")
        with self._source.block(f"if {size} < 64:"):
            self._source.add(f"append({size} << 1)")
        with self._source.block("else:"):
            self._source.add(f"number(out, {size}, 63)")
        self._source.add(f"out += {value}")

    def _short(self, size: str) -> None:
        with self._source.block(f"if 0 < {size} < 64:"):
            self._source.add(f"append({size} << 1)")
        with self._source.block(f"elif {size}:"):
            self._source.add(f"number(out, {size}, 63)")

    def _fixed(self, node: Node, value: str) -> None:
        with self._source.block(
            f"if not isinstance({value}, (bytes, bytearray))"
            f" or len({value}) != {node['size']}:"
        ):
            self._source.add("raise Unfit")
        self._source.add(f"out += {value}")

    def _enum(self, node: Node, value: str) -> None:
        written: dict[str, bytes] = {}
        for at, symbol in enumerate(node["symbols"]):
            number = bytearray()
            write_number(number, at)
            written.setdefault(symbol, bytes(number))
        self._source.add(f"out += {self._source.constant(written)}[{value}]")


def _completing(node: Node) -> Callable[[Any], Mapping[str, Any]]:
    """Return what fills in the defaults of a record that is not complete."""
    fields = [
        (field["name"], field.get("default", _MISSING)) for field in node["fields"]
    ]
    names = {name for name, _ in fields}

    def complete(value: Any) -> Mapping[str, Any]:
        if not isinstance(value, Mapping) or not names.issuperset(value):
            raise UnfitError
        filled = {name: value.get(name, default) for name, default in fields}
        if any(each is _MISSING for each in filled.values()):
            raise UnfitError
        return filled

    return complete


def _branches_by_type(union: list[Node], types: Mapping[str, Any]) -> dict[type, int]:
    """Return the branches that are the only ones for values of exactly some types."""
    found: dict[type, list[int]] = {}
    for at, branch in enumerate(union):
        node = definition(branch, types)
        kind = kind_of(node)
        for each in (*_KINDS[kind], *PYTHON_TYPES.get(logical_name(node), ())):
            found.setdefault(each, []).append(at)
    # A datetime is a date as well.
    if date in found and datetime in found:
        found[datetime] += found[date]
    return {each: places[0] for each, places in found.items() if len(places) == 1}


def _check_readable(node: Node, value: Any) -> None:
    if not is_readable(node, value):
        raise UnfitError


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise UnfitError
    return int(value)


def _real(value: Any) -> float:
    if not isinstance(value, float | int) or isinstance(value, bool):
        raise UnfitError
    return float(value)


def _items(value: Any) -> Sequence[Any]:
    if isinstance(value, Sequence) and not isinstance(
        value, str | bytes | bytearray | memoryview
    ):
        return value
    raise UnfitError


def write_number(out: bytearray, value: int, bits: int = 63) -> None:
    """Append a number as zigzag.

    Raises:
        UnfitError: It has more bits than it may have, the sign apart.

    """
    most = 1 << bits
    if not -most <= value < most:
        raise UnfitError
    left = value << 1 ^ value >> 63
    while left > 0x7F:
        out.append(left & 0x7F | 0x80)
        left >>= 7
    out.append(left)

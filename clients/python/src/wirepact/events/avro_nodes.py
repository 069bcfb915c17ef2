"""Avro schemas as values: what adapters and generated code need to know of a text.

Logical types that are unknown, or stand on a type that they do not fit, mean nothing.

Source: Avro 1.12 specification, sections "Schema Declaration" and "Logical Types".
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from wirepact.codecs.language import ResolvedSchema

PRIMITIVES: Final = frozenset(
    {"null", "boolean", "int", "long", "float", "double", "bytes", "string"}
)

_UNDERLYING: Final[Mapping[str, frozenset[str]]] = {
    "date": frozenset({"int"}),
    "decimal": frozenset({"bytes", "fixed"}),
    "duration": frozenset({"fixed"}),
    "local-timestamp-micros": frozenset({"long"}),
    "local-timestamp-millis": frozenset({"long"}),
    "local-timestamp-nanos": frozenset({"long"}),
    "time-micros": frozenset({"long"}),
    "time-millis": frozenset({"int"}),
    "timestamp-micros": frozenset({"long"}),
    "timestamp-millis": frozenset({"long"}),
    "timestamp-nanos": frozenset({"long"}),
    "uuid": frozenset({"string", "fixed"}),
}
_FIXED_SIZES: Final = {"duration": 12, "uuid": 16}

ABSENT: Final = object()


class AvroTextError(ValueError):
    """A text that is not an Avro schema."""


@dataclass(frozen=True, slots=True)
class Primitive:
    kind: str
    logical: str | None = None
    precision: int = 0
    scale: int = 0

    @property
    def meaning(self) -> str:
        """The logical type, or the type itself."""
        return self.logical or self.kind


@dataclass(frozen=True, slots=True)
class Fixed:
    name: str
    size: int
    logical: str | None = None
    precision: int = 0
    scale: int = 0
    aliases: tuple[str, ...] = ()
    doc: str | None = None
    kind: str = "fixed"

    @property
    def meaning(self) -> str:
        return f"fixed-{self.logical}" if self.logical else self.kind


@dataclass(frozen=True, slots=True)
class Array:
    items: "Node"


@dataclass(frozen=True, slots=True)
class Map:
    values: "Node"


@dataclass(frozen=True, slots=True)
class Union:
    branches: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Enum:
    name: str
    symbols: tuple[str, ...]
    default: str | None = None
    aliases: tuple[str, ...] = ()
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record; its default is JSON, and `ABSENT` where there is none."""

    name: str
    type: "Node"
    default: Any = ABSENT
    aliases: tuple[str, ...] = ()
    doc: str | None = None

    @property
    def has_default(self) -> bool:
        return self.default is not ABSENT


@dataclass(frozen=True, slots=True)
class Record:
    name: str
    fields: tuple[Field, ...]
    aliases: tuple[str, ...] = ()
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Ref:
    """A named type that is defined elsewhere."""

    name: str


Node = Primitive | Fixed | Array | Map | Union | Enum | Record | Ref
Named = Fixed | Enum | Record


@dataclass(frozen=True, slots=True)
class AvroTypes:
    """A schema with all that it refers to.

    Attributes:
        named: All named types by full name, in the order of their definition; those of
            the references come first.
        own: The full names of those that the schema itself defines.

    """

    root: Node
    named: Mapping[str, Named]
    own: tuple[str, ...]

    def resolved(self, node: Node) -> Node:
        """Return the definition that a reference stands for; others as they are."""
        return self.named[node.name] if isinstance(node, Ref) else node


def parse(schema: ResolvedSchema) -> AvroTypes:
    """Read a schema and its references.

    Raises:
        AvroTextError: One of the texts is no Avro schema.

    """
    reader = _Reader()
    for reference in schema.references.values():
        reader.whole(reference.text)
    known = len(reader.named)
    root = reader.whole(schema.schema.text)
    return AvroTypes(root, reader.named, tuple(reader.named)[known:])


def names_in(text: str) -> tuple[list[str], list[tuple[str, ...]]]:
    """Return the names that a text defines, and those that it uses from elsewhere.

    Each of the latter is given as all that it may mean, the likeliest first.

    Raises:
        AvroTextError: It is no Avro schema.

    """
    reader = _Reader(missing=[])
    reader.whole(text)
    return list(reader.named), reader.missing or []


@dataclass(slots=True)
class _Reader:
    """Reads texts; `missing` collects unknown names, which are errors without it."""

    named: dict[str, Named] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    missing: list[tuple[str, ...]] | None = None

    def whole(self, text: str) -> Node:
        try:
            value = json.loads(text)
            return self.node(value, "")
        except RecursionError:
            raise AvroTextError("the schema is nested too deeply") from None
        except json.JSONDecodeError as error:
            # A bare name of a type is a schema that some write without quotes.
            if (name := text.strip()) in PRIMITIVES or name in self.named:
                return self.node(name, "")
            raise AvroTextError(f"no JSON: {error}") from None

    def node(self, value: Any, space: str) -> Node:
        if isinstance(value, str):
            return self._by_name(value, space)
        if isinstance(value, list):
            return Union(tuple(self.node(branch, space) for branch in value))
        if not isinstance(value, dict):
            raise AvroTextError(f"{value!r} is no type")
        kind = value.get("type")
        if isinstance(kind, (dict, list)):
            # {"type": {...}}: what stands around the type says nothing.
            return self.node(kind, space)
        read = _KINDS.get(kind) if isinstance(kind, str) else None
        if read is not None:
            node: Node = read(self, value, space)
            return node
        if kind in PRIMITIVES:
            return _primitive(kind, value)
        if isinstance(kind, str):
            return self._by_name(kind, space)
        raise AvroTextError(f"{kind!r} is no type")

    def _by_name(self, name: str, space: str) -> Node:
        if name in PRIMITIVES:
            return Primitive(name)
        full = name if "." in name or not space else f"{space}.{name}"
        for candidate in (full, name):
            if candidate in self.named or candidate in self.open:
                return Ref(candidate)
        if self.missing is not None:
            self.missing.append((full, name) if full != name else (name,))
            return Ref(full)
        raise AvroTextError(f"type {full!r} is not defined, and no reference brings it")

    def array(self, value: dict[str, Any], space: str) -> Node:
        return Array(self.node(_member(value, "items"), space))

    def map(self, value: dict[str, Any], space: str) -> Node:
        return Map(self.node(_member(value, "values"), space))

    def enum(self, value: dict[str, Any], space: str) -> Node:
        name = self._opened(value, space)
        symbols = _texts(_member(value, "symbols"))
        default = value.get("default")
        return self._closed(
            Enum(
                name,
                symbols,
                default if default in symbols else None,
                _aliases(value, name),
                _doc(value),
            )
        )

    def fixed(self, value: dict[str, Any], space: str) -> Node:
        name = self._opened(value, space)
        size = _member(value, "size")
        if type(size) is not int or size < 0:
            raise AvroTextError(f"{name}: {size!r} is no size")
        return self._closed(
            Fixed(
                name,
                size,
                **_logical("fixed", value, size),
                aliases=_aliases(value, name),
                doc=_doc(value),
            )
        )

    def record(self, value: dict[str, Any], space: str) -> Node:
        name = self._opened(value, space)
        inside = name.rpartition(".")[0]
        fields = _member(value, "fields")
        if not isinstance(fields, list) or not all(isinstance(f, dict) for f in fields):
            raise AvroTextError(f"{name}: the fields are no list of objects")
        return self._closed(
            Record(
                name,
                tuple(self._field(each, inside) for each in fields),
                _aliases(value, name),
                _doc(value),
            )
        )

    def _field(self, value: dict[str, Any], space: str) -> Field:
        return Field(
            _text(value, "name"),
            self.node(_member(value, "type"), space),
            value.get("default", ABSENT),
            _texts(value.get("aliases", [])),
            _doc(value),
        )

    def _opened(self, value: dict[str, Any], space: str) -> str:
        name = _text(value, "name")
        if "." not in name:
            inside = value.get("namespace", space)
            name = f"{inside}.{name}" if inside else name
        if name in self.named or name in self.open:
            raise AvroTextError(f"type {name!r} is defined twice")
        self.open.add(name)
        return name

    def _closed(self, node: Named) -> Named:
        self.open.discard(node.name)
        self.named[node.name] = node
        return node


_KINDS: Final[Mapping[str, Any]] = {
    "array": _Reader.array,
    "map": _Reader.map,
    "enum": _Reader.enum,
    "fixed": _Reader.fixed,
    "record": _Reader.record,
    "error": _Reader.record,
}


def _primitive(kind: str, value: dict[str, Any]) -> Primitive:
    return Primitive(kind, **_logical(kind, value))


def _logical(kind: str, value: dict[str, Any], size: int = 0) -> dict[str, Any]:
    """Return the attributes of a type's logical type; none where it means nothing."""
    name = value.get("logicalType")
    if not isinstance(name, str) or kind not in _UNDERLYING.get(name, ()):
        return {}
    if kind == "fixed" and size != _FIXED_SIZES.get(name, size):
        return {}
    if name != "decimal":
        return {"logical": name}
    precision, scale = value.get("precision"), value.get("scale", 0)
    if type(precision) is not int or type(scale) is not int:
        return {}
    if precision <= 0 or not 0 <= scale <= precision:
        return {}
    if kind == "fixed" and precision > _most_digits(size):
        return {}
    return {"logical": name, "precision": precision, "scale": scale}


def _most_digits(size: int) -> int:
    """How many decimal digits always fit into a signed number of so many bytes."""
    return math.floor(math.log10(2) * (8 * size - 1)) if size else 0


def _member(value: dict[str, Any], name: str) -> Any:
    if name not in value:
        raise AvroTextError(f"{value.get('type')!r} without {name!r}")
    return value[name]


def _text(value: dict[str, Any], name: str) -> str:
    text = _member(value, name)
    if not isinstance(text, str) or not text:
        raise AvroTextError(f"{text!r} is no {name}")
    return text


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise AvroTextError(f"{value!r} is no list of texts")
    return tuple(value)


def _aliases(value: dict[str, Any], name: str) -> tuple[str, ...]:
    """Return the aliases as full names."""
    space = name.rpartition(".")[0]
    return tuple(
        each if "." in each or not space else f"{space}.{each}"
        for each in _texts(value.get("aliases", []))
    )


def _doc(value: dict[str, Any]) -> str | None:
    doc = value.get("doc")
    return doc if isinstance(doc, str) else None

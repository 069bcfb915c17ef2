"""The forms in which a schema is printed: stored, normalised, inlined, parsing form.

All of them are printed from a stack of pieces instead of by recursion: a chain of named
types may be thousands long, whatever the text nests.

Source: Avro 1.12, Java's Schema.toString for the stored form; specification, "Parsing
Canonical Form for Schemas"; Confluent's normalisation of Avro schemas.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.avro.logical_types import logical_type
from registry.domain.formats.avro.names import COMPLEX, PRIMITIVES, NamedNode
from registry.domain.formats.avro.nodes import (
    Array,
    Enum,
    Field,
    Fixed,
    Map,
    Node,
    Primitive,
    Props,
    Record,
    Union,
)
from registry.domain.json_text import compact, java_order, ordered, quoted

Piece = str | tuple[Node, str]
"""What is left to print: a text, or a type and the namespace around it."""

_KINDS: Final = PRIMITIVES | {*COMPLEX, "union"}
"""Words that Java would take for a kind of type: such names are written in full."""


@dataclass(frozen=True, slots=True)
class Form:
    """How to print.

    Attributes:
        is_inlined: Whether types of referenced texts are written out at first use.
        is_ordered: Whether aliases, properties, and the members of their values are
            sorted.
        is_tidy: Whether empty documentation of types is left out.

    """

    is_inlined: bool = False
    is_ordered: bool = False
    is_tidy: bool = False


STORED: Final = Form()
NORMALIZED: Final = Form(is_ordered=True, is_tidy=True)
RESOLVED: Final = Form(is_inlined=True)
COMPARED: Final = Form(is_inlined=True, is_ordered=True)
"""Equal for schemas that mean the same to their last property."""


def canonical_text(node: Node) -> str:
    """Return the text that is stored and hashed; types of references by name."""
    return printed(node, STORED)


def printed(node: Node, form: Form, max_bytes: int | None = None) -> str:
    """Return a type in one of the forms.

    Args:
        max_bytes: Of the result; None for no limit.

    Raises:
        InvalidSchemaError: The result would be larger.

    """
    printer = _Printer(form)
    return _joined(node, printer.pieces, max_bytes)


def beginning(node: Node, form: Form, length: int) -> str:
    """Return a type in one of the forms, cut where it is longer."""
    return _cut(_texts(iter([(node, "")]), _Printer(form).pieces), length)


def field_text(field: Field, namespace: str, length: int) -> str:
    """Return a field in the stored form, as within a record of a namespace.

    Cut where it is longer.
    """
    printer = _Printer(STORED)
    return _cut(_texts(printer.field(field, namespace), printer.pieces), length)


def _cut(texts: Iterator[str], length: int) -> str:
    parts: list[str] = []
    left = length
    while left >= 0 and (text := next(texts, None)) is not None:
        parts.append(text)
        left -= len(text)
    return "".join(parts) if left >= 0 else "".join(parts)[:length] + "…"


def parsing_form(node: Node, max_bytes: int | None = None) -> str:
    """Return the parsing canonical form, of which fingerprints are taken.

    Types of referenced texts are written out: a fingerprint stands for all of a schema.

    Args:
        max_bytes: Of the result; None for no limit.

    Raises:
        InvalidSchemaError: The result would be larger.

    """
    return _joined(node, _ParsingPrinter().pieces, max_bytes)


def _joined(
    node: Node, expand: Callable[[Node, str], Iterator[Piece]], max_bytes: int | None
) -> str:
    texts: list[str] = []
    left = max_bytes
    for text in _texts(iter([(node, "")]), expand):
        texts.append(text)
        if left is not None:
            left -= len(text)
            if left < 0:
                reason = f"expected a schema of at most {max_bytes} bytes with its"
                raise InvalidSchemaError(f"{reason} references written out")
    return "".join(texts)


def _texts(
    pieces: Iterator[Piece], expand: Callable[[Node, str], Iterator[Piece]]
) -> Iterator[str]:
    """Yield texts as they are asked for: who wants the beginning pays for no more."""
    stack = [pieces]
    while stack:
        for piece in stack[-1]:
            if isinstance(piece, str):
                yield piece
            else:
                stack.append(expand(*piece))
                break
        else:
            stack.pop()


class _Printer:
    """Takes types apart, one level at a time, as Java prints them."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._printed: set[str] = set()

    def pieces(self, node: Node, namespace: str) -> Iterator[Piece]:
        """Yield the pieces of a type within a namespace."""
        match node:
            case Primitive():
                yield from self._primitive(node)
            case Array():
                yield '{"type":"array","items":'
                yield (node.items, namespace)
                yield self._props(node) + "}"
            case Map():
                yield '{"type":"map","values":'
                yield (node.values, namespace)
                yield self._props(node) + "}"
            case Union():
                yield "["
                for index, branch in enumerate(node.branches):
                    yield "," if index else ""
                    yield (branch, namespace)
                yield "]"
            case _:
                yield from self._named(node, namespace)

    def _primitive(self, node: Primitive) -> Iterator[Piece]:
        if node.props:
            yield f'{{"type":"{node.kind}"{self._props(node)}}}'
        else:
            yield f'"{node.kind}"'

    def _named(self, node: NamedNode, namespace: str) -> Iterator[Piece]:
        full_name = node.full_name
        is_referenced = bool(node.spot.source) and not self._form.is_inlined
        if is_referenced or full_name in self._printed:
            yield quoted(_within(full_name, namespace))
            return
        self._printed.add(full_name)
        yield f'{{"type":"{node.kind}","name":{quoted(node.name)}'
        if node.namespace != namespace:
            yield f',"namespace":{quoted(node.namespace)}'
        if node.doc is not None and not (self._form.is_tidy and not node.doc):
            yield f',"doc":{quoted(node.doc)}'
        yield from self._body(node)
        yield self._props(node)
        if node.aliases:
            yield self._aliases(node.aliases, node.namespace)
        yield "}"

    def _body(self, node: NamedNode) -> Iterator[Piece]:
        match node:
            case Record():
                yield ',"fields":['
                for index, each in enumerate(node.fields):
                    yield "," if index else ""
                    yield from self.field(each, node.namespace)
                yield "]"
            case Enum():
                yield f',"symbols":[{",".join(map(quoted, node.symbols))}]'
                if node.default is not None:
                    yield f',"default":{quoted(node.default)}'
            case Fixed():
                yield f',"size":{node.size}'

    def field(self, field: Field, namespace: str) -> Iterator[Piece]:
        """Yield the pieces of a field of a record within a namespace."""
        yield f'{{"name":{quoted(field.name)},"type":'
        yield (field.type, namespace)
        if field.doc is not None:
            yield f',"doc":{quoted(field.doc)}'
        if field.has_default:
            yield f',"default":{self._value(field.default)}'
        if field.order != "ascending":
            yield f',"order":"{field.order}"'
        if field.aliases:
            yield self._aliases(field.aliases)
        yield self._field_props(field.props)
        yield "}"

    def _aliases(self, aliases: Sequence[str], namespace: str | None = None) -> str:
        """Print aliases, those of types as written inside the type's namespace."""
        if self._form.is_ordered:
            aliases = sorted(aliases, key=java_order)
        if namespace is not None:
            aliases = [_within(alias, namespace) for alias in aliases]
        return f',"aliases":[{",".join(map(quoted, aliases))}]'

    def _field_props(self, props: Props) -> str:
        if self._form.is_ordered:
            props = {name: props[name] for name in sorted(props, key=java_order)}
        return self._members(props)

    def _props(self, node: Primitive | Array | Map | NamedNode) -> str:
        if not self._form.is_ordered:
            return self._members(node.props)
        first = _logical_props(node)
        rest = sorted(node.props.keys() - first, key=java_order)
        return self._members({name: node.props[name] for name in (*first, *rest)})

    def _members(self, props: Props) -> str:
        return "".join(
            f",{quoted(name)}:{self._value(each)}" for name, each in props.items()
        )

    def _value(self, value: Any) -> str:
        return compact(ordered(value) if self._form.is_ordered else value)


def _within(full_name: str, namespace: str) -> str:
    """Return how a name is written inside of a namespace."""
    space, _, name = full_name.rpartition(".")
    return name if space == namespace and name not in _KINDS else full_name


def _logical_props(node: Primitive | Array | Map | NamedNode) -> tuple[str, ...]:
    """The properties that Confluent puts first: those of a logical type that holds."""
    if isinstance(node, Array | Map | Record | Enum):
        return ()
    name = logical_type(node)
    if name == "decimal":
        has_scale = node.props.get("scale", 0) != 0
        return ("logicalType", "precision", *(["scale"] if has_scale else []))
    return () if name is None else ("logicalType",)


class _ParsingPrinter:
    """Takes types apart for the parsing canonical form."""

    def __init__(self) -> None:
        self._printed: set[str] = set()

    def pieces(self, node: Node, _namespace: str) -> Iterator[Piece]:
        match node:
            case Primitive():
                yield f'"{node.kind}"'
            case Array():
                yield '{"type":"array","items":'
                yield (node.items, "")
                yield "}"
            case Map():
                yield '{"type":"map","values":'
                yield (node.values, "")
                yield "}"
            case Union():
                yield "["
                for index, branch in enumerate(node.branches):
                    yield "," if index else ""
                    yield (branch, "")
                yield "]"
            case _:
                yield from self._named(node)

    def _named(self, node: NamedNode) -> Iterator[Piece]:
        if node.full_name in self._printed:
            yield f'"{node.full_name}"'
            return
        self._printed.add(node.full_name)
        # An error is a record here.
        kind = "record" if isinstance(node, Record) else node.kind
        yield f'{{"name":"{node.full_name}","type":"{kind}"'
        match node:
            case Record():
                yield ',"fields":['
                for index, field in enumerate(node.fields):
                    yield f'{"," if index else ""}{{"name":"{field.name}","type":'
                    yield (field.type, "")
                    yield "}"
                yield "]"
            case Enum():
                symbols = ",".join(f'"{symbol}"' for symbol in node.symbols)
                yield f',"symbols":[{symbols}]'
            case Fixed():
                yield f',"size":{node.size}'
        yield "}"

"""Avro schemas from JSON texts: every rule of the specification, and where it broke.

Source: Avro 1.12 specification, "Schema Declaration"; where Java's parser is more
tolerant and no meaning is lost, so is this one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

from registry.domain import json_text
from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.avro import cycles, defaults
from registry.domain.formats.avro.attributes import (
    OF_ENUMS,
    OF_FIELDS,
    OF_TYPES,
    Attributes,
    Object,
    props,
)
from registry.domain.formats.avro.faults import FaultError, shown
from registry.domain.formats.avro.names import (
    PRIMITIVES,
    Names,
    joined,
    unknown_type,
)
from registry.domain.formats.avro.nodes import (
    MISSING,
    Array,
    Enum,
    Field,
    Fixed,
    Map,
    Named,
    Node,
    Primitive,
    Record,
    Union,
)
from registry.domain.limits import DEFAULT_LIMITS, Limits, check_json
from registry.domain.rules import Spot
from registry.domain.schema import ResolvedReference, Strictness

_NAMED: Final = ("record", "error", "enum", "fixed")
_A_TYPE: Final = "a type: a name, an object, or a list for a union"


def parse(
    text: str,
    references: Sequence[ResolvedReference] = (),
    strictness: Strictness = Strictness.STRICT,
    limits: Limits = DEFAULT_LIMITS,
) -> Node:
    """Return the type that a text describes.

    Args:
        references: Each after the ones that it needs. They are read leniently: they
            were held to the rules when they were registered.

    Raises:
        InvalidSchemaError: With the place, and what was expected there.
        SchemaTooLargeError: The text has more bytes than one schema may have.

    """
    names = Names(limits)
    for each in references:
        _read(each.text, _Reading(names, Strictness.LENIENT, each.name))
    return _read(text, _Reading(names, strictness))


def external_names(text: str, limits: Limits = DEFAULT_LIMITS) -> frozenset[str]:
    """Return the full names that a text uses and does not define.

    Raises:
        InvalidSchemaError: The text cannot be read at all.
        SchemaTooLargeError: The text has more bytes than one schema may have.

    """
    reading = _OpenReading(Names(limits), Strictness.LENIENT)
    _read(text, reading)
    return frozenset(reading.unknown).difference(reading.names.types)


def _read(text: str, reading: "_Reading") -> Node:
    try:
        check_json(text, reading.names.limits)
        return reading.root(json_text.read(text))
    except FaultError as fault:
        place = json_text.place(text, fault.spot.pointer)
        error = InvalidSchemaError(fault.reason, place)
        raise _in_reference(error, reading.source) from fault
    except InvalidSchemaError as error:
        if not reading.source:
            raise
        raise _in_reference(error, reading.source) from error


def _in_reference(error: InvalidSchemaError, source: str) -> InvalidSchemaError:
    """Say which referenced text is meant: a place is one in the text submitted."""
    if not source:
        return error
    return InvalidSchemaError(f"in the schema of reference {shown(source)}: {error}")


class _Reading:
    """One text on its way into a table of names.

    Recursion goes no deeper than the text nests, which is bounded before.

    Attributes:
        source: Empty for the text submitted, else the name of the reference.

    """

    def __init__(self, names: Names, strictness: Strictness, source: str = "") -> None:
        self.names = names
        self.source = source
        self._is_strict = strictness is Strictness.STRICT
        self._attributes = Attributes(source, strictness, names.limits)
        self._value: Any = None
        self._defined: list[Named] = []
        self._with_default: list[Field] = []

    def root(self, value: Any) -> Node:
        """Return the type; what can be seen in the whole alone is checked last.

        Raises:
            FaultError: A rule of Avro is broken.

        """
        self._value = value
        node = self._type(value, "", "")
        if self.names.is_recursive:
            self.names.is_recursive = False
            records = [each for each in self._defined if isinstance(each, Record)]
            cycles.check_base_cases(records)
        if self._is_strict:
            defaults.check(self._with_default, self.names.limits.max_default_steps)
            types = self._defined
            cycles.check_aliases((t.full_name, t.aliases, t.spot) for t in types)
        return node

    def _type(self, value: Any, pointer: str, namespace: str) -> Node:
        """Read a type that stands at a pointer, inside of a namespace."""
        if isinstance(value, str):
            return self._by_name(value, pointer, namespace)
        if isinstance(value, dict):
            return self._by_object(value, pointer, namespace)
        if isinstance(value, list):
            return self._union(value, pointer, namespace)
        raise self._fault(f"expected {_A_TYPE}, found {shown(value)}", pointer)

    def _by_name(self, name: str, pointer: str, namespace: str) -> Node:
        if name in PRIMITIVES:
            return Primitive(name, Spot(pointer, self.source))
        found = self.names.find(name, namespace)
        return self._unknown(name, pointer, namespace) if found is None else found

    def _unknown(self, name: str, pointer: str, _namespace: str) -> Node:
        known = self.names.types
        later = set(_defined_names(self._value))
        later.difference_update(each.name for each in known.values())
        reason = unknown_type(name, known, later)
        raise self._fault(reason, pointer)

    def _by_object(self, value: Object, pointer: str, namespace: str) -> Node:
        kind = value.get("type", MISSING)
        if isinstance(kind, str):
            maker = self._makers.get(kind)
            if maker is not None:
                return maker(self, value, pointer, namespace)
            # The name of a type, in an object: what stands beside it means nothing.
            return self._by_name(kind, f"{pointer}/type", namespace)
        if isinstance(kind, dict | list):
            return self._wrapped(value, pointer, namespace)
        if kind is MISSING:
            raise self._fault("expected the attribute 'type' in this object", pointer)
        reason = f"expected {_A_TYPE}, found {shown(kind)}"
        raise self._fault(reason, pointer, "type")

    def _wrapped(self, value: Object, pointer: str, namespace: str) -> Node:
        """Read `{"type": {...}}`, which is the inner type and nothing more."""
        for name in value if self._is_strict else ():
            if name != "type":
                reason = (
                    "expected nothing beside a type that is written out, found"
                    f" {shown(name)}; move it into the type"
                )
                raise self._fault(reason, pointer, name)
        return self._type(value["type"], f"{pointer}/type", namespace)

    def _primitive(self, value: Object, pointer: str, _namespace: str) -> Node:
        spot = Spot(pointer, self.source)
        return Primitive(value["type"], spot, props(value, OF_TYPES))

    def _array(self, value: Object, pointer: str, namespace: str) -> Node:
        written = self._attributes.required(value, "items", pointer)
        items = self._type(written, f"{pointer}/items", namespace)
        return Array(items, Spot(pointer, self.source), props(value, OF_TYPES))

    def _map(self, value: Object, pointer: str, namespace: str) -> Node:
        written = self._attributes.required(value, "values", pointer)
        values = self._type(written, f"{pointer}/values", namespace)
        return Map(values, Spot(pointer, self.source), props(value, OF_TYPES))

    def _union(self, value: list[Any], pointer: str, namespace: str) -> Node:
        limit = self.names.limits.max_union_branches
        if len(value) > limit:
            reason = f"expected at most {limit} branches, found {len(value)}"
            raise self._fault(reason, pointer)
        branches: dict[str, Node] = {}
        for index, each in enumerate(value):
            branch = self._type(each, f"{pointer}/{index}", namespace)
            if isinstance(branch, Union):
                reason = "expected a type that is no union, found a union in a union"
                raise self._fault(reason, pointer, str(index))
            name = branch.full_name if isinstance(branch, Named) else branch.kind
            if name in branches:
                reason = (
                    f"expected each type of a union once, found {shown(name)} again"
                )
                raise self._fault(reason, pointer, str(index))
            branches[name] = branch
        return Union(tuple(branches.values()), Spot(pointer, self.source))

    def _record(self, value: Object, pointer: str, namespace: str) -> Node:
        head = self._attributes.head(value, pointer, namespace)
        record = Record(**head, kind=value["type"], props=props(value, OF_TYPES))
        written = self._attributes.entries(value, "fields", pointer)
        self.names.open(record)
        self._defined.append(record)
        fields: dict[str, Field] = {}
        for index, each in enumerate(written):
            field = self._field(each, f"{pointer}/fields/{index}", record.namespace)
            if field.name in fields:
                reason = f"expected each field once, found {shown(field.name)} again"
                raise self._fault(reason, field.spot.pointer, "name")
            fields[field.name] = field
        record.fields = tuple(fields.values())
        self.names.close(record)
        if self._is_strict:
            self._check_field_aliases(record)
        return record

    def _field(self, value: Any, pointer: str, namespace: str) -> Field:
        if not isinstance(value, dict):
            reason = f"expected a field: an object, found {shown(value)}"
            raise self._fault(reason, pointer)
        name = self._attributes.field_name(value, pointer)
        written = self._attributes.required(value, "type", pointer)
        node = self._type(written, f"{pointer}/type", namespace)
        field = Field(name, node, Spot(pointer, self.source))
        if len(value) > 2:
            self._complete(field, value, pointer)
        return field

    def _complete(self, field: Field, value: Object, pointer: str) -> None:
        """Add what a field may do without."""
        field.doc = self._attributes.doc(value, pointer)
        field.order = self._attributes.order(value, pointer)
        field.aliases = self._attributes.field_aliases(value, pointer)
        field.props = props(value, OF_FIELDS)
        if "default" in value:
            field.default = defaults.as_written(field.type, value["default"])
            self._with_default.append(field)

    def _check_field_aliases(self, record: Record) -> None:
        owners: dict[str, Field] = {}
        for field in record.fields:
            for index, alias in enumerate(field.aliases):
                if (other := owners.setdefault(alias, field)) is not field:
                    reason = (
                        "expected an alias that no other field has, found"
                        f" {shown(alias)}, an alias of {shown(other.name)} too"
                    )
                    at = field.spot.pointer
                    raise self._fault(reason, at, "aliases", str(index))
        if owners:
            fields = record.fields
            cycles.check_aliases((f.name, f.aliases, f.spot) for f in fields)

    def _enum(self, value: Object, pointer: str, namespace: str) -> Node:
        head = self._attributes.head(value, pointer, namespace)
        symbols = self._attributes.symbols(value, pointer)
        default = self._attributes.symbol_default(value, symbols, pointer)
        own = props(value, OF_ENUMS)
        return self._define(Enum(**head, symbols=symbols, default=default, props=own))

    def _fixed(self, value: Object, pointer: str, namespace: str) -> Node:
        head = self._attributes.head(value, pointer, namespace)
        size = self._attributes.size(value, pointer)
        return self._define(Fixed(**head, size=size, props=props(value, OF_TYPES)))

    def _define(self, node: Enum | Fixed) -> Node:
        self.names.add(node)
        self._defined.append(node)
        return node

    def _fault(self, reason: str, pointer: str, *below: str) -> FaultError:
        return self._attributes.fault(reason, pointer, *below)

    _makers: ClassVar[Mapping[str, Callable[..., Node]]] = {
        **dict.fromkeys(PRIMITIVES, _primitive),
        "record": _record,
        "error": _record,
        "enum": _enum,
        "fixed": _fixed,
        "array": _array,
        "map": _map,
    }


class _OpenReading(_Reading):
    """A reading that takes names that stand for nothing, and remembers them.

    Attributes:
        unknown: Their full names, in the order of their first use.

    """

    def __init__(self, names: Names, strictness: Strictness) -> None:
        super().__init__(names, strictness)
        self.unknown: dict[str, None] = {}

    def _unknown(self, name: str, pointer: str, namespace: str) -> Node:
        full_name = name if "." in name else joined(namespace, name)
        self.unknown[full_name] = None
        space, _, simple = full_name.rpartition(".")
        return Record(simple, space, Spot(pointer))


def _defined_names(value: Any) -> Iterator[str]:
    """Yield the simple names that a text seems to define, wherever they stand."""
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, list):
            left.extend(each)
        elif isinstance(each, dict):
            left.extend(each.values())
            if each.get("type") in _NAMED and isinstance(each.get("name"), str):
                yield each["name"].rpartition(".")[2]

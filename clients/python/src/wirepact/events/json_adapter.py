"""Between instances of a class and what msgspec writes as JSON."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from wirepact.codecs.language import Adapter, ResolvedSchema
from wirepact.events import json_nodes
from wirepact.events.compiling import compiled
from wirepact.events.constants import Known, enum_pair, known_only
from wirepact.events.conversions import (
    SAME,
    Apply,
    Attempt,
    Attribute,
    Choice,
    Conversion,
    Entry,
    FromDict,
    Pair,
    ToDict,
    Use,
    each_item,
    each_value,
    or_none,
)
from wirepact.events.faults import EventTypeError, UnfitValueError
from wirepact.events.json_leaves import leaf
from wirepact.events.json_nodes import Node, Property
from wirepact.events.matching import matched
from wirepact.events.members import Member, members_of, place, validate_of
from wirepact.events.naming import Naming, spelled
from wirepact.events.refusing import Plan
from wirepact.events.shapes import (
    NONE,
    Anything,
    Choices,
    Collection,
    Constants,
    Either,
    Record,
    Scalar,
    Shape,
    Table,
    shape_of,
    types_of,
)


def adapter(cls: type, schema: ResolvedSchema) -> Adapter:
    """Compile the conversions between a class and a JSON Schema.

    The schema says how properties are called, whether they may be left out or null,
    and whether decimals and times are numbers; the rest is what the hints say.

    Raises:
        EventTypeError: Neither direction is possible.

    """
    try:
        documents = json_nodes.parse(schema)
    except json_nodes.JsonTextError as error:
        raise EventTypeError(place(cls), f"its JSON Schema: {error}") from error
    planner = _Planner(documents)
    pair = planner.pair(Record(cls), documents.root, place(cls))
    return planner.plan.adapter(*pair)


def written(shape: Shape, where: str, naming: Naming) -> Callable[[Any], Any]:
    """Compile the conversion of values to JSON without any schema."""
    planner = _Planner(json_nodes.JsonDocuments(Node({}), {}), naming)
    pair = planner.pair(shape, Node({}), where)
    return compiled(pair.to_plain, planner.plan.writing)


@dataclass(slots=True)
class _Planner:
    """Plans the conversions of a class; `naming` is for what the schema leaves open."""

    documents: json_nodes.JsonDocuments
    naming: Naming = Naming.CAMEL
    plan: Plan = field(default_factory=Plan)

    def pair(self, shape: Shape, node: Node, where: str) -> Pair:
        if isinstance(shape, Anything):
            return Pair(SAME, SAME)
        plan = _PLANS[type(shape)]
        found: Pair = plan(self, shape, node, where)
        return found

    def scalar(self, shape: Scalar, node: Node, _where: str) -> Pair:
        alternatives = self.documents.alternatives(node)
        types = frozenset[str]().union(*(each.types for each in alternatives))
        return leaf(shape, types)

    def choices(self, shape: Choices, node: Node, where: str) -> Pair:
        stated = self._stated(node)
        texts = tuple(each for each in stated or () if isinstance(each, str))
        if texts:
            return enum_pair(shape.cls, texts, where)
        values = {each.value: each for each in shape.cls}
        return Pair(Attribute("_value_", shape.cls), Apply(Known(values, where).get))

    def constants(self, shape: Constants, _node: Node, where: str) -> Pair:
        return known_only(shape, where)

    def collection(self, shape: Collection, node: Node, where: str) -> Pair:
        node = self._alternative(node, "array")
        item = self.pair(shape.item, node.inner(node.value.get("items")), where)
        written = each_item(item.to_plain, list, plain=shape.build)
        return Pair(written, each_item(item.from_plain, shape.build, plain=list))

    def table(self, shape: Table, node: Node, where: str) -> Pair:
        node = self._alternative(node, "object")
        inner = node.inner(node.value.get("additionalProperties"))
        value = self.pair(shape.value, inner, where)
        return Pair(each_value(value.to_plain), each_value(value.from_plain))

    def record(self, shape: Record, node: Node, _where: str) -> Pair:
        node = self._alternative(node, "object", shape.cls.__name__)
        name = f"{id(shape.cls)} {node.base} {json.dumps(node.value)}"
        if name not in self.plan.writing:
            # Known before it is planned, as it may contain itself.
            self.plan.writing[name] = self.plan.reading[name] = SAME
            pair = self._fields(shape.cls, node)
            self.plan.writing[name], self.plan.reading[name] = pair
        return Pair(Use(name), Use(name))

    def either(self, shape: Either, node: Node, where: str) -> Pair:
        some = tuple(option for option in shape.options if option != NONE)
        if len(some) == 1:
            pair = self.pair(some[0], node, where)
        else:
            pair = self._several(some, node, where)
        if len(some) == len(shape.options):
            return pair
        return Pair(or_none(pair.to_plain), or_none(pair.from_plain))

    def _fields(self, cls: type, node: Node) -> tuple[Conversion, Conversion]:
        properties = self.documents.properties(node)
        names = _names(cls, properties, self.naming)
        writing, reading = [], []
        for member in members_of(cls):
            where, name = place(cls, member.name), names[member.name]
            stated = properties.get(name)
            if stated is None and node.value.get("additionalProperties") is False:
                error = EventTypeError(where, f"the schema allows no property {name!r}")
                self.plan.against_writing.append(error)
            written, read = self._field(member, name, stated, where)
            writing.append(written)
            if member.is_accepted:
                reading.append(read)
        for name, stated in properties.items():
            if stated.is_required and name not in names.values():
                reason = (
                    f"has nothing for the property {name!r}, which is required;"
                    f' add it, or mark the field that it is: Name("{name}")'
                )
                self.plan.against_writing.append(EventTypeError(place(cls), reason))
        return ToDict(tuple(writing), cls), FromDict(
            cls, tuple(reading), validate=validate_of(cls)
        )

    def _field(
        self, member: Member, name: str, stated: Property | None, where: str
    ) -> tuple[Entry, Entry]:
        shape = shape_of(member.hint, where)
        node = Node({}) if stated is None else stated.node
        pair = self.pair(shape, node, where)
        is_required = stated is not None and stated.is_required
        may_be_none = isinstance(shape, Either) and NONE in shape.options
        is_left_out = (
            may_be_none
            and not is_required
            and stated is not None
            and not self.documents.allows_null(node)
        )
        return (
            Entry(member.name, name, pair.to_plain, is_optional=is_left_out),
            Entry(
                member.keyword,
                name,
                pair.from_plain,
                is_optional=member.has_default,
                is_none_if_missing=may_be_none and not member.has_default,
            ),
        )

    def _several(self, some: tuple[Shape, ...], node: Node, where: str) -> Pair:
        writing: dict[type, Conversion] = {}
        reading: dict[type, list[tuple[Shape, Conversion, Node]]] = {}
        for option in some:
            branch = self._branch(option, node)
            to_plain, from_plain = self.pair(option, branch, where)
            for accepted in types_of(option):
                if writing.setdefault(accepted, to_plain) != to_plain:
                    raise EventTypeError(
                        where,
                        "two types of the union have values of one class; wrap one in"
                        " a class",
                    )
            for plain in _plain_types(option):
                reading.setdefault(plain, []).append((option, from_plain, branch))
        by_type = {
            plain: self._told_apart(found, where) for plain, found in reading.items()
        }
        if float in by_type:
            by_type.setdefault(int, by_type[float])
        return Pair(Choice(writing, {}, where), Choice(by_type, {}, where))

    def _told_apart(
        self, found: list[tuple[Shape, Conversion, Node]], where: str
    ) -> Conversion:
        if len(found) == 1:
            return found[0][1]
        refusal = Apply(Known({}, where).get)
        options = [
            (self._condition(shape, conversion, node), conversion)
            for shape, conversion, node in sorted(found, key=_breadth)
        ]
        return Attempt(tuple(options), refusal)

    def _condition(
        self, shape: Shape, conversion: Conversion, node: Node
    ) -> Callable[[Any], bool]:
        """Return what is true of an option's plain values."""
        match shape, conversion:
            case Record(), _:
                return _keys_of(shape.cls, self.documents.properties(node))
            case Choices() | Constants() | Scalar(), Apply(function):
                return _accepted_by(function)
            case _:
                return lambda _value: True

    def _branch(self, option: Shape, node: Node) -> Node:
        if isinstance(option, Record):
            return self._alternative(node, "object", option.cls.__name__)
        return node

    def _alternative(self, node: Node, json_type: str, title: str = "") -> Node:
        """Return the branch of a type; of several, the one that has the title."""
        named = self._titled(node, title) if title else None
        if named is not None:
            return named
        branches = self.documents.alternatives(node)
        fitting = [each for each in branches if json_type in each.types]
        return (fitting or list(branches))[0]

    def _titled(self, node: Node, title: str) -> Node | None:
        node = self.documents.resolved(node)
        for keyword in ("oneOf", "anyOf"):
            branches = node.value.get(keyword)
            for each in branches if isinstance(branches, list) else ():
                branch = self.documents.resolved(node.inner(each))
                reference = each.get("$ref", "") if isinstance(each, dict) else ""
                names = {branch.value.get("title"), str(reference).rpartition("/")[2]}
                if title in names:
                    return branch
        return None

    def _stated(self, node: Node) -> list[Any] | None:
        for each in self.documents.alternatives(node):
            values = each.value.get("enum")
            if isinstance(values, list):
                return values
        return None


_PLANS: Final[Mapping[type, Any]] = {
    Scalar: _Planner.scalar,
    Choices: _Planner.choices,
    Constants: _Planner.constants,
    Collection: _Planner.collection,
    Table: _Planner.table,
    Record: _Planner.record,
    Either: _Planner.either,
}


def _names(
    cls: type, properties: Mapping[str, Property], naming: Naming
) -> dict[str, str]:
    """Return how each field is called: what the schema does not know is spelled."""
    members = members_of(cls)
    found = matched(members, properties)
    return {
        each.name: found.get(each.name)
        or each.schema_name
        or spelled(each.name, naming)
        for each in members
    }


def _breadth(option: tuple[Shape, Conversion, Node]) -> int:
    """Order what a text may be: few values, then texts of a form, then any text."""
    match option[0]:
        case Constants() | Choices():
            return 0
        case Scalar(type=kind):
            return 2 if kind is str else 1
        case _:
            return 3


def _keys_of(cls: type, properties: Mapping[str, Property]) -> Callable[[Any], bool]:
    """Return a test whether an object is of a class: by its keys and its constants."""
    names = _names(cls, properties, Naming.CAMEL)
    needed, constants = set(), {}
    for member in members_of(cls):
        name = names[member.name]
        shape = shape_of(member.hint, place(cls, member.name))
        if isinstance(shape, Constants):
            constants[name] = frozenset(shape.values)
        stated = properties.get(name)
        if not member.has_default or (stated is not None and stated.is_required):
            needed.add(name)
    known = frozenset(names.values())

    def is_of_class(value: Any) -> bool:
        keys = value.keys()
        return needed <= keys <= known and all(
            value[key] in some for key, some in constants.items() if key in keys
        )

    return is_of_class


def _accepted_by(function: Callable[[Any], Any]) -> Callable[[Any], bool]:
    def is_accepted(value: Any) -> bool:
        try:
            function(value)
        except UnfitValueError:
            return False
        return True

    return is_accepted


def _plain_types(shape: Shape) -> tuple[type, ...]:
    """Return what JSON may make of a shape's values."""
    match shape:
        case Scalar():
            plain = shape.type if shape.type in {bool, int, float} else str
            # A number that was written as a whole one is read so.
            return (float, int) if plain is float else (plain,)
        case Choices():
            return tuple(dict.fromkeys(type(each.value) for each in shape.cls))
        case Constants():
            return tuple(dict.fromkeys(type(each) for each in shape.values))
        case Collection():
            return (list,)
        case _:
            return (dict,)

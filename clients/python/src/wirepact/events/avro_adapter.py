"""Between instances of a class and what fastavro reads and writes."""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from wirepact.codecs.language import Adapter, ResolvedSchema
from wirepact.events import avro_nodes as avro
from wirepact.events.avro_leaves import PLAIN_TYPES, Pair, find_leaf
from wirepact.events.conversions import (
    SAME,
    Apply,
    Attempt,
    Attribute,
    Choice,
    Conversion,
    Entry,
    FromDict,
    Tagged,
    ToDict,
    Use,
    compiled,
    each,
    each_value,
    or_none,
)
from wirepact.events.faults import EventTypeError, UnfitValueError
from wirepact.events.members import Member, constructor_of, members_of, place
from wirepact.events.names import find_names
from wirepact.events.naming import same
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
)

_AS_IT_IS: Final = Pair(SAME, SAME)


def adapter(cls: type, schema: ResolvedSchema) -> Adapter:
    """Compile the conversions between a class and an Avro schema.

    If the schema can only be written from the class, or only be read into it, the other
    direction raises what stands against it when it is called.

    Raises:
        EventTypeError: Neither direction is possible.

    """
    try:
        types = avro.parse(schema)
    except avro.AvroTextError as error:
        raise EventTypeError(place(cls), f"its Avro schema: {error}") from error
    planner = _Planner(types)
    pair = planner.pair(Record(cls), types.root, place(cls))
    against = planner.against_writing, planner.against_reading
    if all(against):
        raise against[0][0]
    return Adapter(
        _function(pair.to_plain, planner.writing, planner.against_writing),
        _function(pair.from_plain, planner.reading, planner.against_reading),
    )


def _function(
    conversion: Conversion,
    plan: Mapping[str, Conversion],
    against: list[EventTypeError],
) -> Callable[[Any], Any]:
    if against:
        return _Refusal(against[0])
    return compiled(conversion, plan)


@dataclass(frozen=True, slots=True)
class _Refusal:
    error: EventTypeError

    def __call__(self, value: Any) -> Any:
        raise EventTypeError(self.error.place, self.error.reason)


@dataclass(slots=True)
class _Planner:
    """Plans the conversions of a class, each pair of a record and a class once."""

    types: avro.AvroTypes
    writing: dict[str, Conversion] = field(default_factory=dict)
    reading: dict[str, Conversion] = field(default_factory=dict)
    against_writing: list[EventTypeError] = field(default_factory=list)
    against_reading: list[EventTypeError] = field(default_factory=list)

    def pair(self, shape: Shape, node: avro.Node, where: str) -> Pair:
        """Plan both directions.

        Raises:
            EventTypeError: The two do not fit, in neither direction.

        """
        node = self.types.resolved(node)
        if isinstance(shape, Anything):
            return _AS_IT_IS
        if isinstance(shape, Either) or isinstance(node, avro.Union):
            return self._either(shape, node, where)
        plan = _PLANS.get((type(shape), type(node)))
        if plan is None:
            raise _misfit(shape, node, where)
        found: Pair = plan(self, shape, node, where)
        return found

    def scalar(
        self, shape: Scalar, node: avro.Primitive | avro.Fixed, where: str
    ) -> Pair:
        pair = find_leaf(shape, node.meaning)
        if pair is None:
            raise _misfit(shape, node, where)
        return pair

    def text_of_enum(self, shape: Scalar, node: avro.Enum, where: str) -> Pair:
        if shape.type is not str:
            raise _misfit(shape, node, where)
        return _AS_IT_IS

    def choices(self, shape: Choices, node: avro.Enum, where: str) -> Pair:
        return _enum_pair(shape.cls, node.symbols, where)

    def enum_values(self, shape: Choices, node: avro.Primitive, where: str) -> Pair:
        values = {each.value: each for each in shape.cls}
        if {type(value) for value in values} != {PLAIN_TYPES[node.meaning]}:
            raise _misfit(shape, node, where)
        return Pair(Attribute("value"), Apply(_Members(values, where).get))

    def symbols(self, shape: Constants, node: avro.Enum, where: str) -> Pair:
        if {type(value) for value in shape.values} != {str}:
            raise _misfit(shape, node, where)
        if set(node.symbols) <= set(shape.values):
            return _AS_IT_IS
        return _known_only(shape, where)

    def constants(self, shape: Constants, node: avro.Primitive, where: str) -> Pair:
        if {type(value) for value in shape.values} != {PLAIN_TYPES[node.meaning]}:
            raise _misfit(shape, node, where)
        return _known_only(shape, where)

    def collection(self, shape: Collection, node: avro.Array, where: str) -> Pair:
        item = self.pair(shape.item, node.items, where)
        # fastavro writes tuples as they are, but sets have no length of their own there
        written = SAME if shape.build is tuple and item.to_plain == SAME else None
        return Pair(
            written or _listed(item.to_plain, shape.build),
            each(item.from_plain, shape.build, plain=list),
        )

    def table(self, shape: Table, node: avro.Map, where: str) -> Pair:
        value = self.pair(shape.value, node.values, where)
        return Pair(each_value(value.to_plain), each_value(value.from_plain))

    def record(self, shape: Record, node: avro.Record, _where: str) -> Pair:
        name = f"{place(shape.cls)} {id(shape.cls)} {node.name}"
        if name not in self.writing:
            # Known before it is planned, as it may contain itself.
            self.writing[name] = self.reading[name] = SAME
            self.writing[name], self.reading[name] = self._fields(shape.cls, node)
        return Pair(Use(name), Use(name))

    def _fields(self, cls: type, node: avro.Record) -> tuple[Conversion, Conversion]:
        matched = _matched(cls, node)
        to_plain, from_plain = [], []
        for member, each_field in matched:
            where = place(cls, member.name)
            pair = self.pair(shape_of(member.hint, where), each_field.type, where)
            to_plain.append(Entry(member.name, each_field.name, pair.to_plain))
            if member.is_accepted:
                from_plain.append(
                    Entry(member.keyword, each_field.name, pair.from_plain)
                )
        self._unmatched(cls, node, matched)
        return (
            ToDict(tuple(to_plain)),
            FromDict(constructor_of(cls), tuple(from_plain)),
        )

    def _unmatched(
        self, cls: type, node: avro.Record, matched: list[tuple[Member, avro.Field]]
    ) -> None:
        """Note what only one of the two has."""
        known = {member.name for member, _ in matched}
        written = {each_field.name for _, each_field in matched}
        for member in members_of(cls):
            if member.name in known:
                continue
            where = place(cls, member.name)
            missing = f"the schema's {node.name} has no field for it"
            self.against_writing.append(
                EventTypeError(where, f"{missing}, so it could not be written")
            )
            if member.is_accepted and not member.has_default:
                self.against_reading.append(
                    EventTypeError(where, f"{missing}; give it a default to read this")
                )
        for each_field in node.fields:
            name = each_field.name
            if name not in written and not each_field.has_default:
                reason = (
                    f"has nothing for {name!r} of {node.name}, which has no default;"
                    f' add it, or mark the field that it is: Name("{name}")'
                )
                self.against_writing.append(EventTypeError(place(cls), reason))

    def _either(self, shape: Shape, node: avro.Node, where: str) -> Pair:
        options = shape.options if isinstance(shape, Either) else (shape,)
        branches = node.branches if isinstance(node, avro.Union) else (node,)
        some = tuple(each for each in options if each != NONE)
        full = tuple(
            self.types.resolved(each)
            for each in branches
            if each != avro.Primitive("null")
        )
        if len(some) == 1 and len(full) == 1:
            pair = self.pair(some[0], full[0], where)
        elif not some or not full:
            pair = self._nothing(some, full, where)
        else:
            pair = self._several(some, full, where)
        return Pair(or_none(pair.to_plain), or_none(pair.from_plain))

    def _nothing(
        self, some: tuple[Shape, ...], full: tuple[avro.Node, ...], where: str
    ) -> Pair:
        if some or full:
            raise EventTypeError(
                where, "one of the class and the schema has None alone"
            )
        return _AS_IT_IS

    def _several(
        self, some: tuple[Shape, ...], full: tuple[avro.Node, ...], where: str
    ) -> Pair:
        """Plan a union with more than one branch besides null."""
        several_records = sum(isinstance(each, avro.Record) for each in full) > 1
        written: dict[type, Conversion] = {}
        read: dict[type, list[tuple[avro.Node, Conversion]]] = {}
        tagged: dict[str, Conversion] = {}
        for branch in full:
            found = self._fitting(some, branch, full, where)
            if found is None:
                continue
            option, pair = found
            to_plain, from_plain = pair
            if isinstance(branch, avro.Enum) or (
                isinstance(branch, avro.Record) and several_records
            ):
                to_plain = Tagged(branch.name, to_plain)
            if isinstance(branch, avro.Record) and several_records:
                tagged[branch.name] = from_plain
            else:
                read.setdefault(_plain_type(branch), []).append((branch, from_plain))
            for accepted in _types_of(option):
                written[accepted] = _merged(
                    written.get(accepted, to_plain), to_plain, where
                )
        self._check_options(some, written, where)
        by_type = {plain: _told_apart(found, where) for plain, found in read.items()}
        return Pair(Choice(written, {}, where), Choice(by_type, tagged, where))

    def _fitting(
        self,
        some: tuple[Shape, ...],
        branch: avro.Node,
        full: tuple[avro.Node, ...],
        where: str,
    ) -> tuple[Shape, Pair] | None:
        """Find the option that a branch becomes; None if the class has none for it."""
        if isinstance(branch, avro.Record | avro.Enum):
            some = _namesakes(some, branch, full)
        for option in some:
            try:
                return option, self.pair(option, branch, where)
            except EventTypeError:
                continue
        self.against_reading.append(
            EventTypeError(where, f"has no type for {_described(branch)} of its schema")
        )
        return None

    def _check_options(
        self, some: tuple[Shape, ...], written: Mapping[type, Conversion], where: str
    ) -> None:
        for option in some:
            if not all(accepted in written for accepted in _types_of(option)):
                self.against_writing.append(
                    EventTypeError(
                        where, f"its schema has no branch for {_worded(option)}"
                    )
                )


_PLANS: Final[Mapping[tuple[type, type], Any]] = {
    (Scalar, avro.Primitive): _Planner.scalar,
    (Scalar, avro.Fixed): _Planner.scalar,
    (Scalar, avro.Enum): _Planner.text_of_enum,
    (Choices, avro.Enum): _Planner.choices,
    (Choices, avro.Primitive): _Planner.enum_values,
    (Constants, avro.Enum): _Planner.symbols,
    (Constants, avro.Primitive): _Planner.constants,
    (Collection, avro.Array): _Planner.collection,
    (Table, avro.Map): _Planner.table,
    (Record, avro.Record): _Planner.record,
}


def _known_only(shape: Constants, where: str) -> Pair:
    known = _Members({value: value for value in shape.values}, where)
    return Pair(SAME, Apply(known.get))


@dataclass(frozen=True, slots=True)
class _Members:
    """Values by what stands for them, and an error for all others."""

    known: Mapping[Any, Any]
    where: str

    def get(self, plain: Any) -> Any:
        try:
            return self.known[plain]
        except KeyError:
            raise UnfitValueError(
                f"{self.where}: {plain!r} is none of its values"
            ) from None


def _enum_pair(cls: type[enum.Enum], symbols: tuple[str, ...], where: str) -> Pair:
    """Symbols are the values of an enum or its names: whichever has more of them."""
    by_value = {each.value: each for each in cls if isinstance(each.value, str)}
    by_name = dict(cls.__members__)
    values, names = (len(each.keys() & set(symbols)) for each in (by_value, by_name))
    if not values and not names:
        raise EventTypeError(
            where, f"{cls.__name__} has none of the schema's symbols {symbols!r}"
        )
    attribute, known = ("_value_", by_value) if values >= names else ("_name_", by_name)
    return Pair(Attribute(attribute), Apply(_Members(known, where).get))


def _listed(item: Conversion, build: type) -> Conversion:
    return each(item, list, plain=build)


def _matched(cls: type, node: avro.Record) -> list[tuple[Member, avro.Field]]:
    """Return the fields that class and record share, in the record's order.

    What the class says about its name in schemas counts; else the same spelling, else
    the same words.
    """
    members = members_of(cls)
    by_name = {m.schema_name or m.name: m for m in reversed(members)}
    free = [m for m in members if m.schema_name is None]
    taken: set[str] = set()
    found = []
    exact = {f.name for f in node.fields} & by_name.keys()
    for each_field in node.fields:
        member = by_name.get(each_field.name)
        if member is None:
            member = next(
                (
                    m
                    for m in free
                    if m.name not in exact | taken and same(m.name, each_field.name)
                ),
                None,
            )
        if member is not None and member.name not in taken:
            taken.add(member.name)
            found.append((member, each_field))
    return found


def _namesakes(
    some: tuple[Shape, ...],
    branch: avro.Record | avro.Enum,
    full: tuple[avro.Node, ...],
) -> tuple[Shape, ...]:
    """Return the options that a named branch may become, the likeliest first."""
    classes = [each for each in some if isinstance(each, Record | Choices)]
    named = [each for each in classes if _is_namesake(each.cls, branch.name)]
    if named:
        return tuple(named)
    alike = [each for each in full if type(each) is type(branch)]
    others = [each for each in some if not isinstance(each, Record)]
    return tuple(some) if len(alike) == 1 else tuple(others)


def _is_namesake(cls: type, full_name: str) -> bool:
    names = find_names(cls)
    if names is not None:
        return full_name == names.name or full_name in names.aliases
    return cls.__name__ == full_name.rpartition(".")[2]


def _types_of(shape: Shape) -> tuple[type, ...]:
    """Return the classes that the values of a shape have."""
    match shape:
        case Scalar():
            return (shape.type,)
        case Choices() | Record():
            return (shape.cls,)
        case Collection():
            return (shape.build,)
        case Constants():
            return tuple(dict.fromkeys(type(each) for each in shape.values))
        case Table():
            return (dict,)
        case _:
            return (object,)


def _plain_type(branch: avro.Node) -> type:
    match branch:
        case avro.Primitive() | avro.Fixed():
            return PLAIN_TYPES[branch.meaning]
        case avro.Array():
            return list
        case avro.Enum():
            return str
        case _:
            return dict


def _merged(known: Conversion, new: Conversion, where: str) -> Conversion:
    if known != new:
        raise EventTypeError(
            where,
            "two types of the union have values of one class; wrap one in a class",
        )
    return known


def _told_apart(found: list[tuple[avro.Node, Conversion]], where: str) -> Conversion:
    """Return one conversion for all branches that are read as the same plain type."""
    conversions = [conversion for _, conversion in found]
    if all(each == conversions[0] for each in conversions):
        return conversions[0]
    guarded = [
        (condition, conversion)
        for branch, conversion in found
        if (condition := _condition(branch)) is not None
    ]
    open_ended = [each for branch, each in found if _condition(branch) is None]
    symbols = [s for b, _ in found if isinstance(b, avro.Enum) for s in b.symbols]
    if len(open_ended) > 1 or len(symbols) != len(set(symbols)):
        raise EventTypeError(
            where, "two branches of its schema cannot be told apart when they are read"
        )
    refusal = Apply(_Members({}, where).get)
    return Attempt(tuple(guarded), open_ended[0] if open_ended else refusal)


def _condition(branch: avro.Node) -> Callable[[Any], bool] | None:
    """Return what is true of a branch's plain values alone; None if nothing is."""
    match branch:
        case avro.Enum():
            return frozenset(branch.symbols).__contains__
        case avro.Record():
            names = frozenset(each.name for each in branch.fields)
            return lambda value: value.keys() == names
        case avro.Fixed():
            return lambda value: len(value) == branch.size
        case _:
            return None


def _misfit(shape: Shape, node: avro.Node, where: str) -> EventTypeError:
    return EventTypeError(
        where,
        f"is {_worded(shape)}, which does not fit {_described(node)} of its schema",
    )


def _worded(shape: Shape) -> str:
    match shape:
        case Scalar():
            return shape.type.__name__
        case Choices() | Record():
            return shape.cls.__name__
        case Collection():
            return shape.build.__name__
        case Constants():
            return f"Literal{list(shape.values)!r}"
        case Table():
            return "dict"
        case Either():
            return " | ".join(_worded(each) for each in shape.options)
        case _:
            return "Any"


def _described(node: avro.Node) -> str:
    match node:
        case avro.Primitive():
            return repr(node.meaning)
        case avro.Fixed() | avro.Enum() | avro.Record():
            return f"{type(node).__name__.lower()} {node.name!r}"
        case avro.Array():
            return "an array"
        case avro.Map():
            return "a map"
        case _:
            return "a union"

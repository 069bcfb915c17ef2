"""Between instances of a class and what fastavro reads and writes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from wirepact.codecs.language import Adapter, ResolvedSchema
from wirepact.events import avro_nodes as avro
from wirepact.events.avro_leaves import PLAIN_TYPES, find_leaf
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
    NotNone,
    Pair,
    Tagged,
    ToDict,
    Use,
    each_item,
    each_value,
    or_none,
)
from wirepact.events.faults import EventTypeError
from wirepact.events.matching import matched
from wirepact.events.members import Member, members_of, place, setters_of, validate_of
from wirepact.events.names import find_full_name, find_names
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
    worded,
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
    return planner.plan.adapter(*pair)


@dataclass(slots=True)
class _Planner:
    """Plans the conversions of a class, each pair of a record and a class once."""

    types: avro.AvroTypes
    plan: Plan = field(default_factory=Plan)

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
        return enum_pair(shape.cls, node.symbols, where)

    def enum_values(self, shape: Choices, node: avro.Primitive, where: str) -> Pair:
        values = {each.value: each for each in shape.cls}
        if {type(value) for value in values} != {PLAIN_TYPES[node.meaning]}:
            raise _misfit(shape, node, where)
        return Pair(Attribute("value", shape.cls), Apply(Known(values, where).get))

    def symbols(self, shape: Constants, node: avro.Enum, where: str) -> Pair:
        if {type(value) for value in shape.values} != {str}:
            raise _misfit(shape, node, where)
        if set(node.symbols) <= set(shape.values):
            return _AS_IT_IS
        return known_only(shape, where)

    def constants(self, shape: Constants, node: avro.Primitive, where: str) -> Pair:
        if {type(value) for value in shape.values} != {PLAIN_TYPES[node.meaning]}:
            raise _misfit(shape, node, where)
        return known_only(shape, where)

    def collection(self, shape: Collection, node: avro.Array, where: str) -> Pair:
        item = self.pair(shape.item, node.items, where)
        # fastavro writes tuples as they are, but sets have no length of their own there
        written = SAME if shape.build is tuple and item.to_plain == SAME else None
        return Pair(
            written or _listed(item.to_plain, shape.build),
            each_item(item.from_plain, shape.build, plain=list),
        )

    def table(self, shape: Table, node: avro.Map, where: str) -> Pair:
        value = self.pair(shape.value, node.values, where)
        return Pair(each_value(value.to_plain), each_value(value.from_plain))

    def record(self, shape: Record, node: avro.Record, _where: str) -> Pair:
        name = f"{place(shape.cls)} {id(shape.cls)} {node.name}"
        if name not in self.plan.writing:
            # Known before it is planned, as it may contain itself.
            self.plan.writing[name] = self.plan.reading[name] = SAME
            self.plan.writing[name], self.plan.reading[name] = self._fields(
                shape.cls, node
            )
        return Pair(Use(name), Use(name))

    def _fields(self, cls: type, node: avro.Record) -> tuple[Conversion, Conversion]:
        both = _matched(cls, node)
        to_plain, from_plain = [], []
        for member, each_field in both:
            where = place(cls, member.name)
            pair = self.pair(shape_of(member.hint, where), each_field.type, where)
            to_plain.append(Entry(member.name, each_field.name, pair.to_plain))
            if member.is_accepted:
                from_plain.append(
                    Entry(member.keyword, each_field.name, pair.from_plain)
                )
        self._unmatched(cls, node, both)
        return (
            ToDict(tuple(to_plain), cls),
            FromDict(cls, tuple(from_plain), setters_of(cls), validate_of(cls)),
        )

    def _unmatched(
        self, cls: type, node: avro.Record, both: list[tuple[Member, avro.Field]]
    ) -> None:
        """Note what only one of the two has."""
        known = {member.name for member, _ in both}
        written = {each_field.name for _, each_field in both}
        for member in members_of(cls):
            if member.name in known:
                continue
            where = place(cls, member.name)
            missing = f"the schema's {node.name} has no field for it"
            self.plan.against_writing.append(
                EventTypeError(where, f"{missing}, so it could not be written")
            )
            if member.is_accepted and not member.has_default:
                self.plan.against_reading.append(
                    EventTypeError(where, f"{missing}; give it a default to read this")
                )
        for each_field in node.fields:
            name = each_field.name
            if name not in written and not each_field.has_default:
                reason = (
                    f"has nothing for {name!r} of {node.name}, which has no default;"
                    f' add it, or mark the field that it is: Name("{name}")'
                )
                self.plan.against_writing.append(EventTypeError(place(cls), reason))

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
        if len(full) < len(branches) and len(some) == len(options):
            return Pair(pair.to_plain, NotNone(pair.from_plain, where))
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
                # Only values of this branch cannot be read.
                refusal = Apply(Known({}, where).get)
                _note(branch, refusal, tagged if several_records else None, read)
                continue
            option, (to_plain, from_plain) = found
            if isinstance(branch, avro.Enum) or (
                isinstance(branch, avro.Record) and several_records
            ):
                to_plain = Tagged(branch.name, to_plain)
            _note(branch, from_plain, tagged if several_records else None, read)
            for accepted in types_of(option):
                if accepted is Decimal and accepted in written:
                    reason = "two branches of its schema hold decimals of other digits"
                    self.plan.against_writing.append(EventTypeError(where, reason))
                written[accepted] = _merged(
                    written.get(accepted, to_plain), to_plain, where
                )
        if not written:
            raise _misfit(Either(some), avro.Union(full), where)
        self._check_options(some, written, where)
        by_type: dict[type, Conversion] = {}
        for plain, candidates in read.items():
            try:
                by_type[plain] = _told_apart(candidates, where)
            except EventTypeError as error:
                self.plan.against_reading.append(error)
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
        plain = _plain_type(branch)
        # A date may be written as a text, but not where the class has texts as well.
        for option in sorted(some, key=lambda each: plain not in types_of(each)):
            try:
                return option, self.pair(option, branch, where)
            except EventTypeError:
                continue
        return None

    def _check_options(
        self, some: tuple[Shape, ...], written: Mapping[type, Conversion], where: str
    ) -> None:
        for option in some:
            if not all(accepted in written for accepted in types_of(option)):
                self.plan.against_writing.append(
                    EventTypeError(
                        where, f"its schema has no branch for {worded(option)}"
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


def _listed(item: Conversion, build: type) -> Conversion:
    return each_item(item, list, plain=build)


def _matched(cls: type, node: avro.Record) -> list[tuple[Member, avro.Field]]:
    """Return the fields that class and record share, in the record's order."""
    members = members_of(cls)
    names = matched(members, [each_field.name for each_field in node.fields])
    by_name = {names[m.name]: m for m in members if m.name in names}
    return [(by_name[each.name], each) for each in node.fields if each.name in by_name]


def _note(
    branch: avro.Node,
    conversion: Conversion,
    tagged: dict[str, Conversion] | None,
    read: dict[type, list[tuple[avro.Node, Conversion]]],
) -> None:
    """Add how a branch is read: by its name, or by the type of its plain values."""
    if isinstance(branch, avro.Record) and tagged is not None:
        tagged[branch.name] = conversion
    else:
        read.setdefault(_plain_type(branch), []).append((branch, conversion))


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
    names, own_name = find_names(cls), find_full_name(cls)
    if own_name is None:
        return cls.__name__ == full_name.rpartition(".")[2]
    # A name without a namespace is in the one of whichever event uses it.
    bare = full_name if "." in own_name else full_name.rpartition(".")[2]
    return bare == own_name or (names is not None and full_name in names.aliases)


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
    """Return one conversion for all branches that are read as the same plain type.

    Raises:
        EventTypeError: A value may be of two of them.

    """
    conversions = [conversion for _, conversion in found]
    if all(each == conversions[0] for each in conversions):
        return conversions[0]
    guarded, open_ended = [], []
    for branch, conversion in found:
        condition = _condition(branch)
        if condition is None:
            open_ended.append(conversion)
        else:
            guarded.append((condition, conversion))
    symbols = [s for b, _ in found if isinstance(b, avro.Enum) for s in b.symbols]
    if len(open_ended) > 1 or len(symbols) != len(set(symbols)):
        raise EventTypeError(
            where, "two branches of its schema cannot be told apart when they are read"
        )
    refusal = Apply(Known({}, where).get)
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
        f"is {worded(shape)}, which does not fit {_described(node)} of its schema",
    )


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

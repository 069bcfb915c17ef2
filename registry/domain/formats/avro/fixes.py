"""Changes to a candidate's text that may mend a violation.

The proposals are guesses at what was meant, best first. Nobody has checked them yet:
that is done on a copy, by the same comparison that found the violation.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from itertools import islice
from typing import Any, Final

from registry.domain.formats.avro import rules
from registry.domain.formats.avro.nodes import (
    Enum,
    Field,
    Fixed,
    Named,
    Node,
    Primitive,
    Record,
    Union,
)
from registry.domain.formats.avro.resolution import (
    Branches,
    NamedNode,
    counterparts,
    described,
    fields_by_name,
)
from registry.domain.formats.avro.uses import Uses
from registry.domain.formats.avro.walk import violations
from registry.domain.formats.avro.wording import (
    as_json,
    empty_value,
    fits,
    listed,
    shown,
)
from registry.domain.json_edits import (
    replaced,
    with_elements,
    with_member,
    without,
)
from registry.domain.json_text import Layout
from registry.domain.levels import Direction
from registry.domain.rules import Spot, Violation
from registry.domain.schema import Edit, Proposal

MAX_PROPOSALS: Final = 4

_MAX_INNER: Final = 4
"""Causes within one branch of a union that are mended together."""

_MAX_DEPTH: Final = 5
"""Unions within unions whose causes are looked for."""

_MAX_LOOKS: Final = 16
"""Branches that are compared for one violation, in all unions within each other."""

_MOST_COMPARED: Final = 200
"""Fields whose names are compared with one that may have been renamed."""

_MOST_SINGLE_EDITS: Final = 8
"""Elements taken out one by one, before a list is written anew."""

_LIKELY: Final = 0.5
"""How similar two names are at least, if one is taken for the other renamed."""

_MOST_ALIKE: Final = 100
"""Fields that one which may have been renamed is compared with, by their names."""

_COMPARED_LENGTH: Final = 48
"""Characters of a name that are compared: the work grows with their square."""

_UNKNOWN: Final = ("UNKNOWN", "UNSPECIFIED", "UNRECOGNIZED", "UNDEFINED", "OTHER")
"""What symbols that stand for all others are called."""


@dataclass(frozen=True, slots=True)
class _Case:
    """One violation, its two sides told apart by age instead of by role.

    Attributes:
        here: The candidate's spot.
        there: The earlier version's spot.
        depth: Unions that this one was found in, whose violations it caused.
        looks: One for each branch that was compared for the violation asked about.

    """

    layout: Layout
    candidate: Uses
    earlier: Uses
    violation: Violation
    is_backward: bool
    depth: int = 0
    looks: list[Node] = field(default_factory=list)

    @property
    def here(self) -> Spot:
        found = self.violation
        return found.reader_spot if self.is_backward else found.writer_spot

    @property
    def there(self) -> Spot:
        found = self.violation
        return found.writer_spot if self.is_backward else found.reader_spot


_Maker = Callable[[_Case], Iterator[Proposal]]


def proposals(
    layout: Layout,
    candidate: Uses,
    earlier: Uses,
    violation: Violation,
    direction: Direction,
) -> tuple[Proposal, ...]:
    """Return edits of the candidate's text that may mend a violation, best first.

    Args:
        layout: Of the candidate's text, as submitted.
        candidate: What the text means.
        violation: One between these two, in this direction.

    """
    is_backward = direction is Direction.BACKWARD
    case = _Case(layout, candidate, earlier, violation, is_backward)
    return tuple(islice(_proposed(case), MAX_PROPOSALS))


def _proposed(case: _Case) -> Iterator[Proposal]:
    for maker in _MAKERS.get((case.violation.rule.id, case.is_backward), ()):
        try:
            yield from maker(case)
        except LookupError:
            # The place is in a referenced text, or there is no such value to write.
            continue


def _pointer(spot: Spot) -> str:
    """The place in the candidate's text.

    Raises:
        LookupError: It is in the text of a reference, which cannot be edited here.

    """
    if spot.source:
        raise LookupError(spot.source)
    return spot.pointer


def _default_for_added_field(case: _Case) -> Iterator[Proposal]:
    field = case.candidate.fields[case.here]
    value = empty_value(field.type)
    edit = with_member(case.layout, _pointer(field.spot), "default", value)
    written = json.dumps(value, ensure_ascii=False)
    yield Proposal(f"Give field '{field.name}' the default {written}", (edit,))


def _optional_added_field(case: _Case) -> Iterator[Proposal]:
    field = case.candidate.fields[case.here]
    at = f"{_pointer(field.spot)}/type"
    written = _value_at(case.layout, at)
    if isinstance(field.type, Union):
        branches = [each for each in written if each != "null"]
    elif field.type.kind == "null":
        return
    else:
        branches = [written]
    optional = replaced(case.layout, at, ["null", *branches])
    edits = (optional, with_member(case.layout, _pointer(field.spot), "default", None))
    yield Proposal(f"Make field '{field.name}' optional, null by default", edits)


def _alias_of_renamed_field(case: _Case) -> Iterator[Proposal]:
    field = case.candidate.fields[case.here]
    record, former = case.candidate.owners[field], case.earlier.types[case.there]
    if not isinstance(former, Record):
        return
    left = _left_over(record, former)
    written = fields_by_name(former)
    added = [each for each in record.fields if not counterparts(each, written)]
    old = _likely_name(field, left, is_only=len(left) == len(added) == 1)
    if old is not None:
        title = f"Add the alias '{old}' to field '{field.name}', if it was renamed"
        yield Proposal(title, (_with_alias(case.layout, field, old),))


def _field_put_back(case: _Case) -> Iterator[Proposal]:
    field, record = case.earlier.fields[case.there], case.candidate.types[case.here]
    if not isinstance(record, Record) or _is_alias(field.name, record):
        return
    written: dict[str, Any] = {
        "name": field.name,
        "type": as_json(field.type, case.candidate),
    }
    if field.doc:
        written["doc"] = field.doc
    at = f"{_pointer(record.spot)}/fields"
    edit = with_elements(case.layout, at, [written])
    yield Proposal(f"Put field '{field.name}' back", (edit,))


def _is_alias(name: str, record: Record) -> bool:
    """Whether a field has the name as an alias, so that no other may be called so."""
    return any(name in each.aliases for each in record.fields)


def _field_name_restored(case: _Case) -> Iterator[Proposal]:
    field, record = case.earlier.fields[case.there], case.candidate.types[case.here]
    if not isinstance(record, Record):
        return
    former = case.earlier.owners[field]
    left = _left_over(former, record)
    written = fields_by_name(record)
    gone = [each for each in former.fields if not counterparts(each, written)]
    new = _likely_name(field, left, is_only=len(left) == len(gone) == 1)
    if new is not None:
        renamed = written[new]
        at = _pointer(renamed.spot)
        edits = [replaced(case.layout, f"{at}/name", field.name)]
        if field.name in renamed.aliases:
            edits.append(without(case.layout, f"{at}/aliases"))
        title = f"Call field '{new}' '{field.name}' again, if it was renamed"
        yield Proposal(title, tuple(edits))


def _alias_of_renamed_type(case: _Case) -> Iterator[Proposal]:
    node, former = _named_pair(case)
    alias = former.full_name if former.namespace != node.namespace else former.name
    edit = _with_alias(case.layout, node, alias)
    yield Proposal(f"Add the alias '{alias}' to {described(node)}", (edit,))


def _type_name_restored(case: _Case) -> Iterator[Proposal]:
    node, former = _named_pair(case)
    at = f"{_pointer(node.spot)}/name"
    name = _renamed(_value_at(case.layout, at), former.name)
    edits = [replaced(case.layout, at, name)]
    for spot in case.candidate.of_type(node):
        written = None if spot.source else _value_at(case.layout, spot.pointer)
        if isinstance(written, str):
            name = _renamed(written, former.name)
            edits.append(replaced(case.layout, spot.pointer, name))
    yield Proposal(f"Call {described(node)} '{former.name}' again", tuple(edits))


def _renamed(written: str, name: str) -> str:
    """Another simple name, in a namespace where one was written."""
    return ".".join([*written.split(".")[:-1], name])


def _size_restored(case: _Case) -> Iterator[Proposal]:
    node, former = _named_pair(case)
    if isinstance(former, Fixed):
        edit = replaced(case.layout, f"{_pointer(node.spot)}/size", former.size)
        title = f"Set the size of {described(node)} back to {former.size}"
        yield Proposal(title, (edit,))


def _symbols_put_back(case: _Case) -> Iterator[Proposal]:
    node, former = _enum_pair(case)
    present = frozenset(node.symbols)
    gone = [each for each in former.symbols if each not in present]
    edit = with_elements(case.layout, f"{_pointer(node.spot)}/symbols", gone)
    yield Proposal(f"Put {listed(gone)} back into enum '{node.name}'", (edit,))


def _symbol_for_the_unknown(case: _Case) -> Iterator[Proposal]:
    node, _ = _enum_pair(case)
    catch_all = (each for each in node.symbols if each.upper().endswith(_UNKNOWN))
    symbol = next(catch_all, node.symbols[0] if node.symbols else None)
    if symbol is None:
        return
    edit = with_member(case.layout, _pointer(node.spot), "default", symbol)
    yield Proposal(f"Make {symbol} the default of enum '{node.name}'", (edit,))


def _symbols_left_out(case: _Case) -> Iterator[Proposal]:
    node, former = _enum_pair(case)
    at = f"{_pointer(node.spot)}/symbols"
    known = frozenset(former.symbols)
    new = [each for each in node.symbols if each not in known]
    indexes = [index for index, each in enumerate(node.symbols) if each not in known]
    if indexes[0] == 0 or len(indexes) > _MOST_SINGLE_EDITS:
        # Edits that take the comma before an element would overlap with the first;
        # and nobody reads thousands of them.
        kept = [each for each in node.symbols if each in known]
        edits = [replaced(case.layout, at, kept)]
    else:
        edits = [without(case.layout, f"{at}/{index}") for index in indexes]
    if node.default is not None and node.default not in known:
        # The earlier one is among the symbols, if there is one.
        at = f"{_pointer(node.spot)}/default"
        default = former.default
        edits.append(
            without(case.layout, at)
            if default is None
            else replaced(case.layout, at, default)
        )
    yield Proposal(f"Leave {listed(new)} out of enum '{node.name}'", tuple(edits))


def _type_restored(case: _Case) -> Iterator[Proposal]:
    use = case.candidate.whole(case.here)
    former = case.earlier.types[case.earlier.whole(case.there)]
    edits = [
        replaced(case.layout, _pointer(use), as_json(former, case.candidate)),
        *_default_edits(case, use, former),
    ]
    name = case.violation.element
    title = f"Make {name} {shown(former)} again"
    yield Proposal(title, tuple(edits))


def _default_edits(case: _Case, use: Spot, former: Node) -> Iterator[Edit]:
    """Change a field's default where it does not fit the type any more."""
    field = case.candidate.holders.get(use)
    if not isinstance(field, Field) or not field.has_default:
        return
    if fits(former, field.default):
        return
    old = case.earlier.holders.get(case.earlier.whole(case.there))
    at = f"{_pointer(field.spot)}/default"
    if isinstance(old, Field) and old.has_default:
        yield replaced(case.layout, at, old.default)
    else:
        yield without(case.layout, at)


def _both_types(case: _Case) -> Iterator[Proposal]:
    use = case.candidate.whole(case.here)
    node = case.candidate.types[use]
    former = case.earlier.types[case.earlier.whole(case.there)]
    branches = former.branches if isinstance(former, Union) else (former,)
    if isinstance(node, Union) or shown(node) in map(shown, branches):
        return
    restored = as_json(former, case.candidate)
    others = restored if isinstance(former, Union) else [restored]
    both = [_value_at(case.layout, _pointer(use)), *others]
    edit = replaced(case.layout, _pointer(use), both)
    title = f"Make {case.violation.element} a union that reads {shown(former)} too"
    yield Proposal(title, (edit,))


def _branch_put_back(case: _Case) -> Iterator[Proposal]:
    use = case.candidate.whole(case.here)
    union, branch = case.candidate.types[use], case.earlier.types[case.there]
    if _branch_of_that_name(union, branch) is not None:
        return
    restored = as_json(branch, case.candidate)
    edit = with_elements(case.layout, _pointer(use), [restored])
    title = f"Put {shown(branch)} back into the union {case.violation.element}"
    yield Proposal(title, (edit,))


def _branch_left_out(case: _Case) -> Iterator[Proposal]:
    if isinstance(case.candidate.holders.get(case.here), Union):
        branch = case.candidate.types[case.here]
        edit = without(case.layout, _pointer(case.here))
        title = f"Leave {shown(branch)} out of the union {case.violation.element}"
        yield Proposal(title, (edit,))


def _inside_of_branch(case: _Case) -> Iterator[Proposal]:
    """Mend what keeps a branch of the right name from being readable."""
    found = case.violation
    readers, writers = case.candidate, case.earlier
    if not case.is_backward:
        readers, writers = writers, readers
    reader = readers.types[readers.whole(found.reader_spot)]
    writer = writers.types[found.writer_spot]
    branch = _branch_of_that_name(reader, writer)
    if branch is None or case.depth == _MAX_DEPTH or len(case.looks) == _MAX_LOOKS:
        return
    case.looks.append(branch)
    inner = list(dict.fromkeys(map(_Cause, violations(branch, writer))))
    if len(inner) <= _MAX_INNER:
        inside = replace(case, depth=case.depth + 1)
        cases = [replace(inside, violation=each.within(found)) for each in inner]
        yield from _together([list(_proposed(each)) for each in cases])


def _branch_of_that_name(union: Node, node: Node) -> Node | None:
    """The branch that a type meets, whether it can read the type or not."""
    if not isinstance(union, Union) or isinstance(node, Primitive | Union):
        return None
    return next(iter(Branches.of(union).candidates(node)), None)


@dataclass(frozen=True, slots=True)
class _Cause:
    """A violation, equal to others of the same rule at the same places."""

    violation: Violation

    def within(self, outer: Violation) -> Violation:
        """The violation with its element named from the outer root on."""
        _, *names = self.violation.element.split(".")
        element = ".".join([outer.element, *names])
        return replace(self.violation, element=element)

    def _key(self) -> tuple[str, Spot, Spot]:
        found = self.violation
        return found.rule.id, found.reader_spot, found.writer_spot

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Cause) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())


def _together(choices: Sequence[Sequence[Proposal]]) -> Iterator[Proposal]:
    """The proposals for one cause as they are; for several the best of each at once."""
    if len(choices) == 1:
        yield from choices[0]
    elif choices and all(choices):
        best = [each[0] for each in choices]
        title = "; ".join(each.title for each in best)
        yield Proposal(title, tuple(edit for each in best for edit in each.edits))


def _alias_dropped(case: _Case) -> Iterator[Proposal]:
    field = case.candidate.fields[case.here]
    edit = without(case.layout, f"{_pointer(field.spot)}/aliases")
    yield Proposal(f"Drop the aliases of field '{field.name}'", (edit,))


_ADDED: Final = (
    _alias_of_renamed_field,
    _optional_added_field,
    _default_for_added_field,
)
_REMOVED: Final = (_field_name_restored, _field_put_back)
_MAKERS: Final[Mapping[tuple[str, bool], Sequence[_Maker]]] = {
    (rules.READER_FIELD_MISSING_DEFAULT_VALUE.id, True): _ADDED,
    (rules.READER_FIELD_MISSING_DEFAULT_VALUE.id, False): _REMOVED,
    (rules.ENUM_FIELD_MISSING_DEFAULT_VALUE.id, True): _ADDED,
    (rules.ENUM_FIELD_MISSING_DEFAULT_VALUE.id, False): _REMOVED,
    (rules.NAME_MISMATCH.id, True): (_alias_of_renamed_type, _type_name_restored),
    (rules.NAME_MISMATCH.id, False): (_type_name_restored,),
    (rules.FIXED_SIZE_MISMATCH.id, True): (_size_restored,),
    (rules.FIXED_SIZE_MISMATCH.id, False): (_size_restored,),
    (rules.MISSING_ENUM_SYMBOLS.id, True): (_symbols_put_back, _symbol_for_the_unknown),
    (rules.MISSING_ENUM_SYMBOLS.id, False): (_symbols_left_out,),
    (rules.TYPE_MISMATCH.id, True): (_type_restored, _both_types),
    (rules.TYPE_MISMATCH.id, False): (_type_restored,),
    (rules.MISSING_UNION_BRANCH.id, True): (_inside_of_branch, _branch_put_back),
    (rules.MISSING_UNION_BRANCH.id, False): (
        _inside_of_branch,
        _branch_left_out,
        _type_restored,
    ),
    (rules.AMBIGUOUS_FIELD_ALIAS.id, True): (_alias_dropped,),
}
"""What may help, by rule and by whether it is the candidate that reads."""


def _named_pair(case: _Case) -> tuple[NamedNode, NamedNode]:
    match case.candidate.types[case.here], case.earlier.types[case.there]:
        case (Record() | Enum() | Fixed()) as node, (
            Record() | Enum() | Fixed()
        ) as former:
            return node, former
    raise LookupError(case.here)


def _enum_pair(case: _Case) -> tuple[Enum, Enum]:
    match _named_pair(case):
        case Enum() as node, Enum() as former:
            return node, former
    raise LookupError(case.here)


def _left_over(one: Record, other: Record) -> list[Field]:
    """The fields of the other record that no field of the one stands for."""
    taken = {name for each in one.fields for name in (each.name, *each.aliases)}
    return [each for each in other.fields if each.name not in taken]


def _likely_name(field: Field, others: Sequence[Field], *, is_only: bool) -> str | None:
    """The name of the field that may be the same one under another name."""
    wanted = shown(field.type)
    same_type = (each.name for each in others if shown(each.type) == wanted)
    alike = [
        (_likeness(field.name, name), name) for name in islice(same_type, _MOST_ALIKE)
    ]
    likeness, name = max(alike, default=(0.0, ""))
    return name if alike and (is_only or likeness >= _LIKELY) else None


def _likeness(one: str, other: str) -> float:
    one, other = one[:_COMPARED_LENGTH].lower(), other[:_COMPARED_LENGTH].lower()
    return SequenceMatcher(None, one, other).ratio()


def _with_alias(layout: Layout, part: Field | Named, alias: str) -> Edit:
    pointer = _pointer(part.spot)
    if part.aliases:
        return with_elements(layout, f"{pointer}/aliases", [alias])
    return with_member(layout, pointer, "aliases", [alias])


def _value_at(layout: Layout, pointer: str) -> Any:
    extent = layout.find(pointer)
    if extent is None:
        raise LookupError(pointer)
    return json.loads(layout.text[extent.start : extent.end])

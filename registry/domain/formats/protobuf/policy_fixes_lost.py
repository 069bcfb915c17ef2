"""What may mend the loss of a part: it is put back, or what it had is reserved."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumValueDescriptorProto,
    FieldDescriptorProto,
)

from registry.domain.formats.protobuf.policy_ranges import Numbers, told
from registry.domain.formats.protobuf.policy_repairs import (
    Repair,
    TypeProto,
    is_member,
    members,
    proposal,
)
from registry.domain.rules import Spot
from registry.domain.schema import Proposal

_ONEOF: Final = "/8"


def reserve_field(repair: Repair) -> Iterator[Proposal]:
    return _reserve(repair, repair.old.number, [repair.old.name])


def reserve_value(repair: Repair) -> Iterator[Proposal]:
    number = repair.old.number
    names = [each.name for each in repair.old_home.value if each.number == number]
    return _reserve(repair, number, names)


def _reserve(repair: Repair, number: int, names: Sequence[str]) -> Iterator[Proposal]:
    owner = repair.new
    taken = {each.name for each in members(owner)} | {*owner.reserved_name}
    free = [name for name in names if name not in taken]
    is_free = number not in _reserved(owner)
    what = [f"number {number}"] * is_free + [f"name '{name}'" for name in free]
    statements = [f"reserved {number};"] * is_free + _names_reserved(repair, free)
    yield from proposal(f"Reserve {' and '.join(what)}", repair.inside(statements))


def reserve_again(repair: Repair) -> Iterator[Proposal]:
    new, old = repair.new, repair.old
    ranges = ", ".join(told(each) for each in _reserved(old).minus(_reserved(new)))
    kept = {*new.reserved_name}
    names = [name for name in old.reserved_name if name not in kept]
    statements = [f"reserved {ranges};"] * bool(ranges)
    statements += _names_reserved(repair, names)
    title = f"Reserve {repair.violation.details['missing']} again"
    yield from proposal(title, repair.inside(statements))


def extend_again(repair: Repair) -> Iterator[Proposal]:
    missing = repair.violation.details["missing"]
    edit = repair.inside([f"extensions {missing};"])
    yield from proposal(f"Leave {missing} to extensions again", edit)


def put_back(repair: Repair) -> Iterator[Proposal]:
    old, title = repair.old, f"Put back '{repair.element}'"
    if isinstance(old, DescriptorProto) and old.options.map_entry:
        return  # It comes back with the map.
    if not repair.at.pointer:
        yield from proposal(title, repair.layout.at_end(repair.old_text))
    elif _has_room(repair.new, old):
        spot, text = _place_of(repair)
        yield from proposal(title, repair.inside([text], spot))


def _has_room(owner: Any, part: Any) -> bool:
    """Whether neither the name nor the number of a part is taken or reserved."""
    is_extension = isinstance(part, FieldDescriptorProto) and bool(part.extendee)
    is_numbered = isinstance(part, FieldDescriptorProto | EnumValueDescriptorProto)
    if is_extension or not is_numbered:
        return True
    names = {each.name for each in members(owner)} | {*owner.reserved_name}
    return part.name not in names and part.number not in _reserved(owner)


def _place_of(repair: Repair) -> tuple[Spot, str]:
    """Return the block that a part goes to, and its text there: fields have oneofs."""
    old, at, text = repair.old, repair.at, repair.old_text
    if not (isinstance(old, FieldDescriptorProto) and is_member(old)):
        return at, text
    oneof = repair.old_home.oneof_decl[old.oneof_index].name
    for index, each in enumerate(repair.new.oneof_decl):
        if each.name == oneof:
            return Spot(f"{at.pointer}{_ONEOF}/{index}"), text
    return at, f"oneof {oneof} {{\n  {text}\n}}"


def _reserved(owner: TypeProto) -> Numbers:
    # In enums alone, the end of a range belongs to it.
    more = 0 if isinstance(owner, DescriptorProto) else 1
    return Numbers(range(each.start, each.end + more) for each in owner.reserved_range)


def _names_reserved(repair: Repair, names: Sequence[str]) -> list[str]:
    """Return a statement, if there are names; only editions have them bare."""
    quote = "" if repair.candidate.file.syntax == "editions" else '"'
    written = ", ".join(f"{quote}{name}{quote}" for name in names)
    return [f"reserved {written};"] * bool(names)

"""Changes to a candidate's text that may mend a violation.

The proposals are guesses at what was meant, best first. Nobody has checked them yet:
that is done on a copy, by the same comparison that found the violation.
"""

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from registry.domain.formats.protobuf import rules
from registry.domain.formats.protobuf.checks import Origins
from registry.domain.formats.protobuf.layout import Extent, Layout
from registry.domain.formats.protobuf.nodes import Field, File, Kind, Message, Oneof
from registry.domain.formats.protobuf.renaming import likely_renamed, rename
from registry.domain.formats.protobuf.reservations import without_reservation
from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.domain.formats.protobuf.spots import Elements
from registry.domain.formats.protobuf.statements import (
    absolute_type_and_label,
    declaration,
    label_for,
    needs_of,
    next_number,
    statement,
    type_and_label,
)
from registry.domain.formats.protobuf.wording import (
    described,
    element_of,
    listed,
    package_word,
)
from registry.domain.levels import Direction
from registry.domain.rules import Spot, Violation
from registry.domain.schema import Edit, Proposal

MAX_PROPOSALS: Final = 4

_MOST_MOVED: Final = 32
"""Fields that are moved into a oneof, or out of it, at once."""


@dataclass(frozen=True, slots=True)
class _Case:
    """One violation, its two sides told apart by age instead of by role.

    Attributes:
        layout: Of the candidate's text.
        here: The candidate's spot.
        there: The earlier version's spot.

    """

    layout: Layout
    candidate: ProtobufSchema
    earlier: ProtobufSchema
    here: Spot
    there: Spot

    @property
    def home(self) -> File:
        return self.candidate.graph.file

    @property
    def now(self) -> Elements:
        return Elements(self.home)

    @property
    def before(self) -> Elements:
        return Elements(self.earlier.graph.file)


_Maker = Callable[[_Case], Iterator[Proposal]]


def proposals(
    candidate: ProtobufSchema,
    earlier: ProtobufSchema,
    violation: Violation,
    direction: Direction,
) -> tuple[Proposal, ...]:
    """Return edits of the candidate's text that may mend a violation, best first.

    Args:
        violation: One between these two, in this direction.

    """
    spots = violation.reader_spot, violation.writer_spot
    here, there = spots if direction is Direction.BACKWARD else spots[::-1]
    makers = _MAKERS[direction].get(violation.rule.id, ())
    if not makers or not candidate.locations or here.source:
        # Nothing is known to help, or a descriptor was handed in, which has no text,
        # or the place is in the text of an import.
        return ()
    layout = Layout(candidate.text, candidate.locations)
    case = _Case(layout, candidate, earlier, here, there)
    return tuple(islice(_proposed(case, makers), MAX_PROPOSALS))


def _proposed(case: _Case, makers: Sequence[_Maker]) -> Iterator[Proposal]:
    for maker in makers:
        try:
            yield from maker(case)
        except LookupError:
            # What stood there cannot be written here.
            continue


def _package_restored(case: _Case) -> Iterator[Proposal]:
    package = case.earlier.graph.file.package
    written = f"package {package};"
    if not package:
        edit = case.layout.without(case.layout.extent(case.here))
    elif case.home.package:
        edit = case.layout.replaced(case.here, "", written)
    else:
        syntax = case.layout.extent(Spot(_SYNTAX))
        edit = case.layout.with_after(syntax, f"\n{written}")
    word = package_word(case.earlier.graph.file)
    yield Proposal(f"Put the file back into {word}", (edit,))


def _message_put_back(case: _Case) -> Iterator[Proposal]:
    message = case.before.message(case.there)
    layout = case.layout
    text = statement(case.earlier, message.spot)
    is_nested = bool(case.here.pointer)
    edits = [
        layout.with_last(layout.extent(case.here), text)
        if is_nested
        else layout.at_end(text),
        *_supplied(case, message, message.local_name.partition(".")[0]),
        *_no_longer_imported(case, message),
    ]
    yield Proposal(f"Put message '{message.local_name}' back", tuple(edits))


def _no_longer_imported(case: _Case, message: Message) -> Iterator[Edit]:
    """Drop the import that a message, which is put back, was moved to."""
    moved = case.candidate.graph.message(message.full_name)
    if moved is not None and moved.spot.source in case.home.proto.dependency:
        index = [*case.home.proto.dependency].index(moved.spot.source)
        yield case.layout.without(case.layout.extent(Spot(f"{_IMPORT}/{index}")))


def _supplied(case: _Case, part: Message | Field, *known: str) -> Iterator[Edit]:
    """Put back, or import, what a part of the earlier version needs."""
    needs = needs_of(case.earlier, case.home, part, *known)
    for spot in needs.types:
        yield case.layout.at_end(statement(case.earlier, spot))
    if needs.imports:
        imports = "\n".join(f'import "{each}";' for each in needs.imports)
        yield _with_head(case, imports)


def _with_head(case: _Case, text: str) -> Edit:
    """Add statements behind the imports, or the package, or the syntax."""
    last = len(case.home.proto.dependency) - 1
    for pointer in (f"{_IMPORT}/{last}", _PACKAGE, _SYNTAX):
        try:
            extent = case.layout.extent(Spot(pointer))
        except LookupError:
            continue
        blank = "" if pointer.startswith(_IMPORT) else "\n"
        return case.layout.with_after(extent, blank + text)
    return Edit(0, 0, f"{text}\n\n")


def _message_name_restored(case: _Case) -> Iterator[Proposal]:
    message = case.before.message(case.there)
    renamed = likely_renamed(message, case.home, case.earlier.graph.file)
    if renamed is not None:
        yield from _called_again(case, renamed, message)


def _new_message_name_restored(case: _Case) -> Iterator[Proposal]:
    message = case.now.message(case.here)
    former = likely_renamed(message, case.earlier.graph.file, case.home)
    if former is not None:
        yield from _called_again(case, message, former)


def _called_again(case: _Case, message: Message, former: Message) -> Iterator[Proposal]:
    title = (
        f"Call message '{message.local_name}' '{former.name}' again, if it was renamed"
    )
    yield Proposal(title, tuple(rename(case.layout, case.home, message, former.name)))


def _message_left_out(case: _Case) -> Iterator[Proposal]:
    message = case.now.message(case.here)
    edit = case.layout.without(case.layout.extent(message.spot))
    yield Proposal(f"Leave message '{message.local_name}' out", (edit,))


def _type_restored(case: _Case) -> Iterator[Proposal]:
    message, field = case.now.field(case.here)
    _, former = case.before.field(case.there)
    extent, is_member = case.layout.extent(field.spot), bool(field.oneof)
    if _is_simple(field) and _is_simple(former):
        extent = Extent(extent.start, case.layout.extent(field.spot, _NAME).start)
        text = type_and_label(case.earlier, former, case.home, is_member=is_member)
        if case.layout.at(extent).split() == text.split():
            # The same words mean another type here.
            text = absolute_type_and_label(former, case.home, is_member=is_member)
        text += " "
    else:
        text = declaration(case.earlier, former, case.home, is_member=is_member)
    label = "" if former.is_repeated or former.label is field.label else former.label
    words = " ".join(filter(None, (label, described(former))))
    title = f"Make {element_of(message, field)} {words} again"
    edits = (Edit(*extent, text), *_supplied(case, former))
    yield Proposal(title, edits)


def _is_simple(field: Field) -> bool:
    """Whether a field has no options that depend on its type, and no body."""
    has_body = field.kind is Kind.GROUP
    return not (has_body or field.proto.HasField("options") or field.default)


def _new_number(case: _Case) -> Iterator[Proposal]:
    message, field = case.now.field(case.here)
    former, _ = case.before.field(case.there)
    number, layout = next_number(message, former), case.layout
    edits = (
        layout.replaced(field.spot, _NUMBER, str(number)),
        layout.with_first(layout.extent(message.spot), f"reserved {field.number};"),
    )
    element = element_of(message, field)
    title = f"Give {element} the new number {number}, and reserve {field.number}"
    yield Proposal(title, edits)


def _requirement_dropped(case: _Case) -> Iterator[Proposal]:
    message, field = case.now.field(case.here)
    if field.proto.label == field.proto.LABEL_REQUIRED:
        edit = case.layout.replaced(field.spot, _LABEL, "optional")
    else:
        written = case.layout.written(field.spot, _OPTIONS)
        text = written.replace("LEGACY_REQUIRED", "EXPLICIT")
        edit = case.layout.replaced(field.spot, _OPTIONS, text)
    yield Proposal(f"Make {element_of(message, field)} optional", (edit,))


def _field_put_back(case: _Case) -> Iterator[Proposal]:
    message = case.now.message(case.here)
    former, field = case.before.field(case.there)
    oneof = message.oneofs.get(field.oneof)
    text = declaration(case.earlier, field, case.home, is_member=oneof is not None)
    block = case.layout.extent(message.spot if oneof is None else oneof.spot)
    edits = (
        case.layout.with_last(block, text),
        *without_reservation(case.layout, message, field),
        *_supplied(case, field),
    )
    yield Proposal(f"Put {element_of(former, field)} back", edits)


def _member_moved_out(case: _Case) -> Iterator[Proposal]:
    message, field = case.now.field(case.here)
    oneof = message.oneofs[field.oneof]
    edits = _taken_out(case, oneof, [field], [_outside(case, field, field)])
    title = f"Move {element_of(message, field)} out of oneof '{oneof.name}'"
    yield Proposal(title, edits)


def _member_left_out(case: _Case) -> Iterator[Proposal]:
    message, field = case.now.field(case.here)
    edit = case.layout.without(case.layout.extent(field.spot))
    yield Proposal(f"Leave {element_of(message, field)} out", (edit,))


def _kept_apart(case: _Case) -> Iterator[Proposal]:
    """Take out of a oneof what was not in it, and give merged oneofs back."""
    _, oneof = case.now.oneof(case.here)
    former = case.before.message(case.there)
    origins = Origins.of(oneof, former)
    groups = origins.by_oneof(former)
    groups.pop(oneof.name if oneof.name in groups else next(iter(groups), ""), None)
    moved = [*origins.plain, *(each for group in groups.values() for each in group)]
    if len(moved) > _MOST_MOVED:
        return
    statements = [
        _outside(case, each, former.fields[each.number]) for each in origins.plain
    ]
    statements += (
        _block(name, (_bare(case, each) for each in group))
        for name, group in groups.items()
    )
    names = listed(sorted(each.name for each in moved))
    edits = _taken_out(case, oneof, moved, statements)
    yield Proposal(f"Keep {names} out of oneof '{oneof.name}'", edits)


def _put_into_oneof(case: _Case) -> Iterator[Proposal]:
    """Put into a oneof what was in it."""
    message = case.now.message(case.here)
    _, oneof = case.before.oneof(case.there)
    here = message.oneofs.get(oneof.name)
    moved = [
        message.fields[each.number]
        for each in oneof.fields
        if each.number in message.fields
        and (here is None or message.fields[each.number].oneof != oneof.name)
    ]
    if len(moved) > _MOST_MOVED:
        return
    names = listed(sorted(each.name for each in moved))
    left = [*_left_by(case, message, moved)]
    bare = [_bare(case, each) for each in moved]
    if here is None:
        edits = [case.layout.instead(left.pop(0), _block(oneof.name, bare))]
    else:
        block = case.layout.extent(here.spot)
        edits = [case.layout.with_last(block, "\n".join(bare))]
    edits += map(case.layout.without, left)
    yield Proposal(f"Put {names} back into oneof '{oneof.name}'", tuple(edits))


def _left_by(case: _Case, message: Message, moved: Sequence[Field]) -> Iterator[Extent]:
    """Yield what fields leave behind: their places, or those of whole oneofs."""
    numbers = {each.number for each in moved}
    emptied = {
        oneof.name
        for oneof in message.oneofs.values()
        if all(each.number in numbers for each in oneof.fields)
    }
    spots = (
        message.oneofs[each.oneof].spot if each.oneof in emptied else each.spot
        for each in moved
    )
    yield from sorted({case.layout.extent(spot) for spot in spots})


def _taken_out(
    case: _Case, oneof: Oneof, fields: Sequence[Field], statements: Sequence[str]
) -> tuple[Edit, ...]:
    """Take fields out of a oneof and write statements in front of it."""
    extent = case.layout.extent(oneof.spot)
    text = "\n".join(statements)
    if len(fields) == len(oneof.fields):
        return (case.layout.instead(extent, text),)
    gone = (case.layout.without(case.layout.extent(each.spot)) for each in fields)
    return (case.layout.with_before(extent, text), *gone)


def _outside(case: _Case, field: Field, labelled: Field) -> str:
    """A member of a oneof as it is written outside, with the label of another."""
    label = label_for(labelled, case.home, is_member=False)
    return label + _bare(case, field)


def _bare(case: _Case, field: Field) -> str:
    """A field as it is written, without its label."""
    extent = case.layout.extent(field.spot)
    try:
        label = case.layout.extent(field.spot, _LABEL)
    except LookupError:
        return case.layout.unindented(extent)
    return case.layout.unindented(extent)[label.end - extent.start :].lstrip()


def _block(oneof: str, members: Iterable[str]) -> str:
    inner = "\n".join(textwrap.indent(each, "  ") for each in members)
    return f"oneof {oneof} {{\n{inner}\n}}"


def _number_reserved(case: _Case) -> Iterator[Proposal]:
    message = case.now.message(case.here)
    _, field = case.before.field(case.there)
    statement = f"reserved {field.number};"
    edit = case.layout.with_first(case.layout.extent(message.spot), statement)
    yield Proposal(f"Reserve the number {field.number}", (edit,))


def _name_reserved(case: _Case) -> Iterator[Proposal]:
    message = case.now.message(case.here)
    _, field = case.before.field(case.there)
    is_quoted = case.home.proto.syntax != "editions"
    name = f'"{field.name}"' if is_quoted else field.name
    block = case.layout.extent(message.spot)
    edit = case.layout.with_first(block, f"reserved {name};")
    yield Proposal(f"Reserve the name {field.name}", (edit,))


# Where the parts of a field, and the syntax of a file, are.
_NAME: Final = "/1"
_NUMBER: Final = "/3"
_LABEL: Final = "/4"
_OPTIONS: Final = "/8"
_PACKAGE: Final = "/2"
_IMPORT: Final = "/3"
_SYNTAX: Final = "/12"

_OTHER_TYPE: Final = (_type_restored, _new_number)

_BOTH_WAYS: Final[Mapping[str, Sequence[_Maker]]] = {
    rules.PACKAGE_CHANGED.id: (_package_restored,),
    rules.FIELD_KIND_CHANGED.id: _OTHER_TYPE,
    rules.FIELD_SCALAR_KIND_CHANGED.id: _OTHER_TYPE,
    rules.FIELD_NAMED_TYPE_CHANGED.id: _OTHER_TYPE,
    rules.FIELD_NUMERIC_LABEL_CHANGED.id: _OTHER_TYPE,
    rules.FIELD_NUMBER_NOT_RESERVED.id: (_number_reserved,),
    rules.FIELD_NAME_NOT_RESERVED.id: (_name_reserved,),
}
_BACKWARD: Final[Mapping[str, Sequence[_Maker]]] = {
    **_BOTH_WAYS,
    rules.MESSAGE_REMOVED.id: (_message_name_restored, _message_put_back),
    rules.REQUIRED_FIELD_ADDED.id: (_requirement_dropped,),
    rules.REQUIRED_FIELD_REMOVED.id: (_field_put_back,),
    rules.ONEOF_FIELD_REMOVED.id: (_field_put_back,),
    rules.MULTIPLE_FIELDS_MOVED_TO_ONEOF.id: (_kept_apart,),
    rules.FIELD_MOVED_TO_EXISTING_ONEOF.id: (_kept_apart,),
}
_FORWARD: Final[Mapping[str, Sequence[_Maker]]] = {
    **_BOTH_WAYS,
    rules.MESSAGE_REMOVED.id: (_new_message_name_restored, _message_left_out),
    rules.REQUIRED_FIELD_ADDED.id: (_field_put_back,),
    rules.REQUIRED_FIELD_REMOVED.id: (_requirement_dropped,),
    rules.ONEOF_FIELD_REMOVED.id: (_member_moved_out, _member_left_out),
    rules.MULTIPLE_FIELDS_MOVED_TO_ONEOF.id: (_put_into_oneof,),
    rules.FIELD_MOVED_TO_EXISTING_ONEOF.id: (_put_into_oneof,),
}
_MAKERS: Final = {Direction.BACKWARD: _BACKWARD, Direction.FORWARD: _FORWARD}
"""What may help, by whether it is the candidate that reads, and by rule."""

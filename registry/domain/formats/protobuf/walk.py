"""Whether a reader can read what a writer wrote: the walk over two type graphs.

The walk follows the comparison of Confluent's registry in its order and its paths: the
messages of the two files meet by name, their fields by number, and the message types of
fields only where one of them is imported, since all others have met already.

A pair of messages is compared once and answers the same to all that ask. A message of
the writer that is being compared counts as compatible, which is what makes recursive
types end. There is no recursion: imports lead on as far as a registry has schemas.

Source: Confluent, Protobuf schema differences.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from registry.domain.budgets import Budget
from registry.domain.formats.protobuf import rules
from registry.domain.formats.protobuf.breaches import (
    Found,
    cause_of,
    is_cut,
    of_added_field,
    of_field,
    of_removed_field,
    path_of,
    told,
)
from registry.domain.formats.protobuf.checks import (
    KEY,
    SCALAR_GROUPS,
    VALUE,
    Origins,
    Shape,
    both_types,
    numeric_label_changed,
    shape_of,
    wholly_deleted,
)
from registry.domain.formats.protobuf.graph import Graph
from registry.domain.formats.protobuf.nodes import (
    Field,
    File,
    Kind,
    Label,
    Message,
)
from registry.domain.formats.protobuf.ordering import in_hash_order
from registry.domain.formats.protobuf.wording import package_word
from registry.domain.rules import Rule, Spot, Violation

MAX_STEPS: Final = 250_000
"""Messages and fields looked at in one comparison.

Two schemas as large as may be have half as many fields between them. What takes more is
made to: imported types of the same name in many packages, which meet in every
combination.
"""

STEPS_PER_SECOND: Final = 800_000
"""As measured over comparisons that are made to cost."""

_DEEP_LOOK: Final = 4
"""What it costs to find two messages, and what is known of them."""

_Pair = tuple[Message, Message]
_Frame = Generator[_Pair, Found, Found]
_Home = File | Message

_COMPATIBLE: Final[Found] = []
"""Never added to."""


class ComparisonTooLargeError(Exception):
    """The comparison takes more steps than it may."""


def violations(
    reader: Graph, writer: Graph, budget: Budget | None = None
) -> tuple[Violation, ...]:
    """All reasons why the reader cannot read what the writer wrote, in wire order.

    At most `breaches.MAX_VIOLATIONS`. A violation inside of an imported type is there
    once for each use of the type; its path is always that of the type.
    """
    comparison = Comparison()
    found = _told(comparison, reader, writer)
    if budget is not None:
        budget.spend(comparison.steps, STEPS_PER_SECOND)
        budget.cut_short += is_cut(found)
    return found


def _told(
    comparison: "Comparison", reader: Graph, writer: Graph
) -> tuple[Violation, ...]:
    try:
        return tuple(told(comparison.of_files(reader.file, writer.file)))
    except ComparisonTooLargeError:
        details = {"limit": str(MAX_STEPS)}
        rule, root = rules.COMPARISON_TOO_LARGE, Spot("")
        return (Violation(rule, "#/", "", root, root, details, anchor="#/"),)


class Comparison:
    """The pairs of messages compared so far.

    Attributes:
        steps: The work done so far, in the unit of `MAX_STEPS`.

    """

    def __init__(self) -> None:
        self.steps = 0
        self._found: dict[_Pair, Found] = {}
        self._open: set[Message] = set()

    def of_files(self, reader: File, writer: File) -> Found:
        found: Found = [*_package_changed(reader, writer)]
        found.append(self._completed(self._siblings(reader, writer)))
        return found

    def of_messages(self, reader: Message, writer: Message) -> Found:
        """What is broken between two messages; also between the bodies of groups.

        Raises:
            ComparisonTooLargeError: All the work has been done that may be done.

        """
        return self._completed(self._only(reader, writer))

    def _only(self, reader: Message, writer: Message) -> _Frame:
        return (yield reader, writer)

    def _completed(self, frame: _Frame) -> Found:
        """Run a frame and all that it asks for.

        A frame compares one pair and asks for the pairs inside it; here is the stack
        that recursion would have used.
        """
        frames: list[tuple[_Pair | None, _Frame]] = [(None, frame)]
        answer: Found | None = None
        while True:
            pair, frame = frames[-1]
            try:
                request = next(frame) if answer is None else frame.send(answer)
            except StopIteration as done:
                frames.pop()
                answer = found = _found(done)
                if pair is None:
                    return found
                self._found[pair] = found
                self._open.discard(pair[1])
            else:
                answer = self._begin(frames, request)

    def _begin(
        self, frames: list[tuple[_Pair | None, _Frame]], pair: _Pair
    ) -> Found | None:
        """Return what is known of a pair; else put a frame on."""
        if pair in self._found:
            return self._found[pair]
        if pair[1] in self._open:
            return _COMPATIBLE
        self._open.add(pair[1])
        frames.append((pair, self._messages(*pair)))
        return None

    def _siblings(self, reader: _Home, writer: _Home) -> _Frame:
        """Compare the messages that stand side by side in two homes."""
        if not writer.messages:
            return _COMPATIBLE
        self._spend(len(writer.messages))
        by_name: dict[str, Found] = {}
        for name, message in writer.messages.items():
            other = reader.messages.get(name)
            if message.is_map_entry or message.is_group_body:
                continue
            if other is None:
                by_name[name] = [_message_removed(reader, message)]
            elif answer := (yield other, message):
                by_name[name] = answer
        return [by_name[name] for name in _in_order(by_name, reader, writer)]

    def _messages(self, reader: Message, writer: Message) -> _Frame:
        self._spend(len(reader.fields) + len(writer.fields))
        found: Found = [*_oneofs_filled(reader, writer)]
        for number in _to_be_looked_at(reader, writer):
            field, written = reader.fields.get(number), writer.fields.get(number)
            if field is None:
                found += _field_removed(reader, writer, writer.fields[number])
            elif written is None:
                rule = rules.REQUIRED_FIELD_ADDED
                found.append(of_added_field(rule, reader, writer, field, {}))
            else:
                use = _Use(reader, field, written)
                found += yield from self._types(use, field, written)
        if answer := (yield from self._siblings(reader, writer)):
            found.append(answer)
        return found

    def _types(self, use: "_Use", reader: Field, writer: Field) -> _Frame:
        """Compare two types that meet at a field: its own, or those in its map."""
        shape = shape_of(reader)
        if shape is not shape_of(writer):
            return [use.broken(rules.FIELD_KIND_CHANGED)]
        if shape is Shape.SCALAR:
            return [*use.scalars_broken(reader, writer)]
        inner, written = reader.message, writer.message
        if inner is None or written is None:
            is_same = reader.type_name == writer.type_name
            return [] if is_same else [use.named_type_broken()]
        if shape is Shape.MAP:
            return (yield from self._entries(use, inner, written))
        if inner.local_name != written.local_name:
            return [use.named_type_broken()]
        if not _may_differ_unseen(inner, written):
            return _COMPATIBLE
        self._spend(_DEEP_LOOK)
        answer = yield inner, written
        if not answer:
            return _COMPATIBLE
        return [answer, use.named_type_broken(cause_of(answer))]

    def _entries(self, use: "_Use", reader: Message, writer: Message) -> _Frame:
        found: Found = []
        for number in (KEY, VALUE):
            found += yield from self._types(
                use, reader.fields[number], writer.fields[number]
            )
        return found

    def _spend(self, steps: int) -> None:
        self.steps += steps + 1
        if self.steps > MAX_STEPS:
            raise ComparisonTooLargeError


@dataclass(frozen=True, slots=True)
class _Use:
    """A field that both sides have, at which all is told of the types that meet there.

    Attributes:
        message: The reader's.

    """

    message: Message
    field: Field
    written: Field

    def broken(self, rule: Rule, because: str = "") -> Violation:
        details = {**both_types(self.field, self.written), "because": because}
        return of_field(rule, self.message, self.field, self.written, details)

    def named_type_broken(self, cause: Violation | None = None) -> Violation:
        because = "" if cause is None else f"; the cause is {cause.element}"
        return self.broken(rules.FIELD_NAMED_TYPE_CHANGED, because)

    def scalars_broken(self, reader: Field, writer: Field) -> Iterator[Violation]:
        if writer.kind not in SCALAR_GROUPS[reader.kind]:
            yield self.broken(rules.FIELD_SCALAR_KIND_CHANGED)
        elif reader is self.field:  # What is inside a map has no label of its own.
            details = numeric_label_changed(reader, writer)
            if details is not None:
                rule = rules.FIELD_NUMERIC_LABEL_CHANGED
                yield of_field(rule, self.message, reader, writer, details)


def _found(done: StopIteration) -> Found:
    """What a frame has returned; its type gets lost on the way."""
    found: Found = done.value
    return found


def _package_changed(reader: File, writer: File) -> Iterator[Violation]:
    if reader.package != writer.package:
        details = {
            "reader_package": package_word(reader),
            "writer_package": package_word(writer),
        }
        yield Violation(
            rules.PACKAGE_CHANGED,
            "#/",
            reader.package or writer.package,
            reader.package_spot,
            writer.package_spot,
            details,
            anchor="#/",
        )


def _message_removed(reader: _Home, message: Message) -> Violation:
    path = path_of(message)
    return Violation(
        rules.MESSAGE_REMOVED,
        path,
        message.local_name,
        reader.spot,
        message.spot,
        reader_lacks=True,
        anchor=path,
    )


def _in_order(
    names: Mapping[str, Found], reader: _Home, writer: _Home
) -> Sequence[str]:
    """Sort messages into the order in which they are told."""
    if len(names) < 2:
        return [*names]
    first, others = (
        {
            name
            for name, each in home.messages.items()
            if not (each.is_map_entry or each.is_group_body)
        }
        for home in (writer, reader)
    )
    return in_hash_order(names, len(first), len(first | others))


def _oneofs_filled(reader: Message, writer: Message) -> Iterator[Violation]:
    """The oneofs of the reader that hold what the writer may write at once."""
    for oneof in reader.oneofs.values():
        origins = Origins.of(oneof, writer)
        rule = origins.broken_rule()
        if rule is not None:
            path = path_of(reader, oneof.name)
            yield Violation(
                rule,
                path,
                f"{reader.local_name}.{oneof.name}",
                oneof.spot,
                writer.spot,
                origins.details(oneof),
                anchor=path,
            )


def _to_be_looked_at(reader: Message, writer: Message) -> list[int]:
    """The numbers, ascending, of the fields that are not compatible at a glance."""
    read, written = reader.fields, writer.fields
    numbers = [
        number
        for number, field in written.items()
        if (other := read.get(number)) is None or not _is_plain(other, field)
    ]
    numbers += [
        number
        for number, field in read.items()
        if field.label is Label.REQUIRED and number not in written
    ]
    return sorted(numbers)


def _is_plain(reader: Field, writer: Field) -> bool:
    """Whether a pair of fields is compatible at a glance; most pairs are."""
    if reader.kind is not writer.kind or reader.label is not writer.label:
        return False
    return not reader.type_name or reader.kind is Kind.ENUM


def _may_differ_unseen(reader: Message, writer: Message) -> bool:
    """Whether two types of the same name have not met already, as siblings in files.

    Bodies of groups are left aside; `gaps` looks into them.
    """
    if reader.is_group_body or writer.is_group_body:
        return False
    return bool(reader.spot.source or writer.spot.source)


def _field_removed(
    reader: Message, writer: Message, field: Field
) -> Iterator[Violation]:
    if field.oneof:
        if not wholly_deleted(writer.oneofs[field.oneof], reader):
            rule, details = rules.ONEOF_FIELD_REMOVED, {"oneof": field.oneof}
            yield of_removed_field(rule, reader, writer, field, details)
    elif field.is_required:
        rule = rules.REQUIRED_FIELD_REMOVED
        yield of_removed_field(rule, reader, writer, field, {})

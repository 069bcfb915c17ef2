"""What passes the check and may still hurt: warnings over a pair of type graphs.

Goes along the pairs of messages and enums that a decoder would bring together, each
pair once. The verdict is not touched; a pair of fields that cannot be read at all is
left to the violations.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Final, Protocol

from registry.domain.budgets import Budget
from registry.domain.formats.protobuf import rules, walk
from registry.domain.formats.protobuf.breaches import (
    MAX_VIOLATIONS,
    Details,
    cause_of,
    of_field,
    path_of,
)
from registry.domain.formats.protobuf.checks import (
    KEY,
    VALUE,
    both_types,
    is_refused,
)
from registry.domain.formats.protobuf.gap_checks import (
    ENUM_GAPS,
    FIELD_GAPS,
    TYPE_GAPS,
    Check,
    constants_renamed,
    rpc_changed,
)
from registry.domain.formats.protobuf.graph import Graph
from registry.domain.formats.protobuf.nodes import Enum, Field, File, Kind, Message
from registry.domain.formats.protobuf.walk import (
    Comparison,
    ComparisonTooLargeError,
)
from registry.domain.rules import Rule, Spot, Violation

_MOST_STEPS: Final = walk.MAX_STEPS // 4
"""The same for warnings, each of which costs more to look for."""

_STEPS_PER_SECOND: Final = walk.STEPS_PER_SECOND // 4

_Home = File | Message


def warnings(
    reader: Graph, writer: Graph, budget: Budget | None = None
) -> tuple[Violation, ...]:
    """What a decoder does without complaint and a person should know.

    At most `breaches.MAX_VIOLATIONS`, and only what `_MOST_STEPS` of work find. What
    was removed cannot be told from what was added here: see `removals`.
    """
    search = _Search()
    search.files(reader.file, writer.file)
    if budget is not None:
        budget.spend(search.steps, _STEPS_PER_SECOND)
    return tuple(search.found[:MAX_VIOLATIONS])


class _Search:
    """One walk over the meetings of types; the first to come is the first told."""

    def __init__(self) -> None:
        self.found: list[Violation] = []
        self.steps = 0
        self._groups = Comparison()
        self._seen: set[tuple[Message | Enum, Message | Enum]] = set()
        self._ahead: list[tuple[Message, Message]] = []

    def files(self, reader: File, writer: File) -> None:
        self._siblings(reader, writer)
        while self._ahead and self._may_go_on():
            self._messages(*self._ahead.pop())
        self._extensions(reader, writer)
        self._methods(reader, writer)

    def _may_go_on(self) -> bool:
        return self.steps < _MOST_STEPS and len(self.found) < MAX_VIOLATIONS

    def _siblings(self, reader: _Home, writer: _Home) -> None:
        """Look at what stands side by side in two homes; messages only later."""
        self.found += _reordered(reader, writer)
        for name, enum in writer.enums.items():
            if (read := reader.enums.get(name)) is not None:
                self._enums(read, enum)
        for message in reversed([*writer.messages.values()]):
            other = reader.messages.get(message.name)
            # Bodies of groups meet at their fields, and so do the entries of maps.
            if other and not (message.is_map_entry or message.is_group_body):
                self._meet(other, message)

    def _meet(self, reader: Message, writer: Message) -> None:
        """Note that two messages are to be looked at, if they have not been."""
        if (reader, writer) not in self._seen:
            self._seen.add((reader, writer))
            self._ahead.append((reader, writer))

    def _messages(self, reader: Message, writer: Message) -> None:
        self.steps += len(writer.fields) + len(reader.fields) + 1
        names = _Names(reader, writer)
        for number, written in writer.fields.items():
            field = reader.fields.get(number)
            if field is None or _is_plain(field, written):
                continue
            if not self._may_go_on():
                return
            if not is_refused(field, written):
                if field.name != written.name:
                    self.found.append(names.changed(field, written))
                self._hold(FIELD_GAPS, reader, field, written, (field, written))
                self._types(reader, field, written)
        self._siblings(reader, writer)

    def _types(self, message: Message, field: Field, written: Field) -> None:
        """Look at the type of a field, or at those in its map."""
        for pair in _meeting(field, written):
            reader, writer = (each.message for each in pair)
            if reader is not None and writer is not None:
                if pair[0].kind is Kind.GROUP:
                    self._group(message, field, written)
                if reader.local_name == writer.local_name:
                    self._meet(reader, writer)
                continue
            self._hold(TYPE_GAPS, message, field, written, pair)
            if (read := pair[0].enum) and (enum := pair[1].enum):
                self._enums(read, enum)

    def _hold(
        self,
        checks: Sequence[Check],
        message: Message,
        field: Field,
        written: Field,
        pair: tuple[Field, Field],
    ) -> None:
        """Hold a pair against checks; what they find is told of the field."""
        for check in checks:
            details = check.find(*pair)
            if details is not None:
                self.found.append(
                    of_field(check.rule, message, field, written, details)
                )

    def _group(self, message: Message, field: Field, written: Field) -> None:
        """Compare the bodies of a group, as the check would if it looked there."""
        body, other = field.message, written.message
        if (
            body is None
            or other is None
            or not (body.is_group_body or other.is_group_body)
        ):
            return
        try:
            broken = self._groups.of_messages(body, other)
        except ComparisonTooLargeError:
            self.steps = _MOST_STEPS
            return
        if broken:
            cause = cause_of(broken)
            details = {"cause": cause.element, "cause_rule": cause.rule.id}
            self.found.append(
                of_field(rules.GROUP_CHANGED, message, field, written, details)
            )

    def _enums(self, reader: Enum, writer: Enum) -> None:
        if (reader, writer) in self._seen:
            return
        self._seen.add((reader, writer))
        self.steps += len(writer.values) + len(reader.values)
        path = path_of(reader)
        for rule, find in ENUM_GAPS:
            details = find(reader, writer)
            if details is not None:
                self._tell(rule, path, reader.local_name, (reader, writer), details)
        renamed = constants_renamed(reader, writer)
        for value, written, details in islice(renamed, MAX_VIOLATIONS):
            self._tell(
                rules.ENUM_CONSTANT_RENAMED,
                f"{path}/{value.number}",
                f"{reader.local_name}.{value.name}",
                (value, written),
                details,
            )

    def _extensions(self, reader: File, writer: File) -> None:
        read = _extensions_of(reader)
        for key, written in _extensions_of(writer).items():
            field = read.get(key)
            if field is not None and is_refused(field, written):
                extendee, number = key
                details = both_types(field, written)
                more = {"extendee": extendee, "number": str(number)}
                self._tell(
                    rules.EXTENSION_CHANGED,
                    f"#/[{extendee}]/{number}",
                    field.name,
                    (field, written),
                    {**details, **more},
                )

    def _methods(self, reader: File, writer: File) -> None:
        for service in writer.services.values():
            read = reader.services.get(service.name)
            for name, method in service.methods.items() if read else ():
                other = read.methods.get(name) if read else None
                details = None if other is None else rpc_changed(other, method)
                if other is not None and details is not None:
                    self._tell(
                        rules.RPC_CHANGED,
                        f"#/{service.name}/{name}",
                        f"{service.name}.{name}",
                        (other, method),
                        details,
                    )

    def _tell(
        self,
        rule: Rule,
        path: str,
        element: str,
        pair: tuple["_Spotted", "_Spotted"],
        details: Details,
    ) -> None:
        reader, writer = pair[0].spot, pair[1].spot
        found = Violation(rule, path, element, reader, writer, details, anchor=path)
        self.found.append(found)


def _meeting(field: Field, written: Field) -> Iterator[tuple[Field, Field]]:
    """Yield the types that meet at a field: its own, or those in its map."""
    if not field.is_map:
        yield field, written
    elif (entry := field.message) and (other := written.message):
        for number in (KEY, VALUE):
            pair = entry.fields[number], other.fields[number]
            if not is_refused(*pair):
                yield pair


class _Spotted(Protocol):
    @property
    def spot(self) -> Spot: ...


class _Names:
    """The names of the fields of two messages that meet."""

    def __init__(self, reader: Message, writer: Message) -> None:
        self._reader = reader
        self._writer = writer

    @cached_property
    def _in_both(self) -> frozenset[str]:
        """Names that both have, under whatever number."""
        read, written = (
            {field.name for field in each.fields.values()}
            for each in (self._reader, self._writer)
        )
        return frozenset(read & written)

    def changed(self, field: Field, written: Field) -> Violation:
        """Tell of a number whose field has another name on each side.

        A name that the other side has under another number was not given up: the
        number was.
        """
        is_reused = not self._in_both.isdisjoint((field.name, written.name))
        rule = rules.FIELD_NUMBER_REUSED if is_reused else rules.FIELD_RENAMED
        details = {
            "number": str(field.number),
            "parent": self._reader.local_name,
            "reader_name": field.name,
            "writer_name": written.name,
        }
        return of_field(rule, self._reader, field, written, details)


def _is_plain(reader: Field, writer: Field) -> bool:
    """Whether there is nothing to warn of at a glance, as for most fields."""
    return (
        not reader.type_name
        and reader.features == writer.features
        and reader.proto == writer.proto
    )


def _reordered(reader: _Home, writer: _Home) -> Iterator[Violation]:
    """The first message that has another place among its siblings."""
    read = {name: index for index, name in enumerate(_indexed(reader))}
    for index, name in enumerate(_indexed(writer)):
        if name in read and read[name] != index:
            message, written = reader.messages[name], writer.messages[name]
            path = path_of(message)
            yield Violation(
                rules.MESSAGES_REORDERED,
                path,
                message.local_name,
                message.spot,
                written.spot,
                {"reader_index": str(read[name]), "writer_index": str(index)},
                anchor=path,
            )
            return


def _indexed(home: _Home) -> Iterator[str]:
    """The names of the messages that payloads count."""
    for name, message in home.messages.items():
        if not message.is_map_entry:
            yield name


def _extensions_of(file: File) -> Mapping[tuple[str, int], Field]:
    inside = (field for each in file.all_messages() for field in each.extensions)
    return {
        (field.proto.extendee.removeprefix("."), field.number): field
        for field in (*file.extensions, *inside)
    }

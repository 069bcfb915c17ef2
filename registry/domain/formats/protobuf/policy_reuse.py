"""What comes back: numbers and names that an earlier version gave another meaning.

Only what the latest version does not have is looked at: a field that it has was let in
by then, and is held against it by the other rules.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from registry.domain.formats.protobuf import policy_rules as rules
from registry.domain.formats.protobuf.policy_parts import (
    Details,
    Enum,
    EnumNumber,
    Field,
    Message,
    Part,
    Parts,
    quoted,
)
from registry.domain.rules import Rule, Violation

TypeChange = Callable[[Field, Field], Details | None]
"""Whether the type of a field has changed by the standards of a policy."""

_NOTHING: Final[Mapping[Any, Any]] = {}


def reuses(
    new: Parts, latest: Parts | None, earlier: Parts, type_change: TypeChange
) -> Iterator[Violation]:
    """Yield what the new version reuses of an earlier one, in the order of its text."""
    yield from _Comparison(new, latest, earlier, type_change).violations()


@dataclass(frozen=True, slots=True)
class _Comparison:
    new: Parts
    latest: Parts | None
    earlier: Parts
    type_change: TypeChange

    def violations(self) -> Iterator[Violation]:
        for name, message in self.new.messages.items():
            if (same := self.earlier.messages.get(name)) is not None:
                yield from self._message(message, same)
        for name, enum in self.new.enums.items():
            if (present := self.earlier.enums.get(name)) is not None:
                yield from self._enum(enum, present)
        for key, extension in self.new.extensions.items():
            is_known = self.latest is not None and key in self.latest.extensions
            before = self.earlier.extensions.get(key)
            if not is_known and before is not None:
                yield from self._field(extension, before)

    def _message(self, new: Message, earlier: Message) -> Iterator[Violation]:
        latest = self.latest and self.latest.messages.get(new.node.full_name)
        known = latest.fields if latest else _NOTHING
        names = {field.simple_name for field in known.values()}
        for number, field in new.fields.items():
            if number not in known and number in earlier.fields:
                yield from self._field(field, earlier.fields[number])
            if number not in known and number in earlier.reserved:
                yield _reserved(rules.RESERVED_NUMBER_REUSED, field, earlier)
            name = field.simple_name
            if name not in names and name in earlier.reserved_names:
                yield _reserved(rules.RESERVED_NAME_REUSED, field, earlier)

    def _field(self, new: Field, earlier: Field) -> Iterator[Violation]:
        is_same = new.written_name == earlier.written_name
        if is_same and self.type_change(new, earlier) is None:
            return
        yield _violation(
            rules.FIELD_NUMBER_REUSED,
            new,
            earlier,
            new_field=_described(new),
            earlier_field=_described(earlier),
        )

    def _enum(self, new: Enum, earlier: Enum) -> Iterator[Violation]:
        latest = self.latest and self.latest.enums.get(new.node.full_name)
        known = latest.numbers if latest else _NOTHING
        names = latest.values if latest else _NOTHING
        for number, value in new.numbers.items():
            if number not in known and number in earlier.numbers:
                yield from self._value(value, earlier.numbers[number])
            if number not in known and number in earlier.reserved:
                yield _reserved(rules.RESERVED_NUMBER_REUSED, value, earlier)
            for name in value.names:
                if name not in names and name in earlier.reserved_names:
                    yield _reserved(rules.RESERVED_NAME_REUSED, value, earlier, name)

    def _value(self, new: EnumNumber, earlier: EnumNumber) -> Iterator[Violation]:
        if set(new.names).isdisjoint(earlier.names):
            yield _violation(
                rules.ENUM_VALUE_NUMBER_REUSED,
                new,
                earlier,
                earlier_names=quoted(earlier.names),
            )


def _described(field: Field) -> str:
    return f"{field.type} '{field.written_name}'"


def _reserved(
    rule: Rule, part: Field | EnumNumber, home: Message | Enum, name: str = ""
) -> Violation:
    kind = "message" if isinstance(home, Message) else "enum"
    return _violation(rule, part, home, kind=kind, name=name or part.simple_name)


def _violation(rule: Rule, new: Part, earlier: Part, **details: str) -> Violation:
    told = {**new.details, **details}
    return Violation(
        rule, new.path, new.element, new.spot, earlier.spot, told, anchor=new.path
    )

"""Violations as they are found: shared by all places that lead to them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from registry.domain.formats.protobuf.nodes import Enum, Field, Message
from registry.domain.formats.protobuf.wording import element_of
from registry.domain.rules import Rule, Violation

MAX_VIOLATIONS: Final = 1_000
"""Violations told of one comparison; there is always one if there are any.

Those inside an imported type are told for each of its uses, so that n types that each
use the next one twice would tell of 2^n.
"""

MAX_PATH_CHARACTERS: Final = 500_000
"""Characters in the paths of one comparison, after which no more are told."""

_MOST_STEPS_TO_CAUSE: Final = 64
"""Imports that lead to imports are as many as a registry has schemas."""

Details = Mapping[str, str]
"""What the templates of a rule are filled with."""

Found = list["Violation | Found"]
"""Violations in order; a list within a list is shared by the uses of a type."""


def told(found: Found) -> Iterator[Violation]:
    """Yield the violations in order, until there are enough."""
    characters = number = 0
    stack = [iter(found)]
    while stack and number < MAX_VIOLATIONS and characters < MAX_PATH_CHARACTERS:
        each = next(stack[-1], None)
        if each is None:
            stack.pop()
        elif isinstance(each, list):
            stack.append(iter(each))
        else:
            number += 1
            characters += len(each.path) + len(each.element)
            yield each


def is_cut(violations: Sequence[Violation]) -> bool:
    """Whether there may be more than what was told."""
    characters = sum(len(each.path) + len(each.element) for each in violations)
    is_long = characters >= MAX_PATH_CHARACTERS
    return is_long or len(violations) >= MAX_VIOLATIONS


def cause_of(found: Found) -> Violation:
    """What to name as the cause of some violations; there must be one.

    That is the first of them, unless it is very far away.
    """
    each: Violation | Found = found
    for _ in range(_MOST_STEPS_TO_CAUSE):
        if isinstance(each, Violation):
            return each
        each = each[0]
    while not isinstance(each, Violation):
        each = each[-1]
    return each


def path_of(type_: Message | Enum, *below: str) -> str:
    """A place as on the wire: the names of the types, then what is below."""
    return "#/" + "/".join((*type_.local_name.split("."), *below))


def path_of_field(message: Message, field: Field) -> str:
    oneof = (field.oneof,) if field.oneof else ()
    return path_of(message, *oneof, str(field.number))


def of_field(
    rule: Rule,
    message: Message,
    reader: Field,
    writer: Field,
    details: Details,
) -> Violation:
    """A violation of a field that both sides have, told where the reader has it."""
    path = path_of_field(message, reader)
    return Violation(
        rule,
        path,
        element_of(message, reader),
        reader.spot,
        writer.spot,
        details,
        anchor=path,
    )


def of_removed_field(
    rule: Rule, reader: Message, writer: Message, field: Field, details: Details
) -> Violation:
    """A violation of a field that only the writer has, told where that has it."""
    path = path_of_field(writer, field)
    return Violation(
        rule,
        path,
        element_of(writer, field),
        reader.spot,
        field.spot,
        details,
        reader_lacks=True,
        anchor=path,
    )


def of_added_field(
    rule: Rule, reader: Message, writer: Message, field: Field, details: Details
) -> Violation:
    """A violation of a field that only the reader has."""
    path = path_of_field(reader, field)
    return Violation(
        rule,
        path,
        element_of(reader, field),
        field.spot,
        writer.spot,
        details,
        writer_lacks=True,
        anchor=path,
    )

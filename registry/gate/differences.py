"""What is different between two schemas, row by row, and what that means."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Final

from registry.domain import json_text
from registry.domain.levels import Direction, Level
from registry.domain.model import SchemaType
from registry.domain.rules import Violation
from registry.domain.schema import AnyFormat, ParsedSchema

_STRUCTURAL: Final = frozenset(
    (
        "enumType",
        "field",
        "fields",
        "messageType",
        "nestedType",
        "properties",
        "type",
        "value",
    )
)
"""Members that every element of a kind has; a path is told without them."""

_DOCUMENTATION: Final = frozenset(
    ["doc", "description", "title", "examples", "example", "$comment"]
)


_OF_FILES: Final = frozenset({"name", "sourceCodeInfo"})
"""Members of a Protobuf file that say nothing of its types."""


class ChangeClass(IntEnum):
    """How large a change is, in the words of Semantic Versioning 2.0.0."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One difference.

    Attributes:
        path: The element: `OrderCreated.items.quantity`.
        kind: `added`, `removed` or `changed`.
        breaks: In which directions it breaks; none for what harms nobody.
        rules: The ids of the rules that say so.
        is_documentation: Whether only people read what is different.

    """

    path: str
    kind: str
    old: Any = None
    new: Any = None
    breaks: frozenset[Direction] = frozenset()
    rules: tuple[str, ...] = ()
    is_documentation: bool = False

    def is_allowed(self, level: Level) -> bool:
        return self.breaks.isdisjoint(level.directions)


def rows(form: AnyFormat, old: ParsedSchema, new: ParsedSchema) -> tuple[Row, ...]:
    """Return all differences of two schemas of one language, in the order of the text.

    What a rule is about that no row names is a row of its own.
    """
    language = form.schema_type
    found = [*_different(_value(language, old), _value(language, new), "")]
    for way in (Direction.BACKWARD, Direction.FORWARD):
        pair = (new, old) if way is Direction.BACKWARD else (old, new)
        for violation in form.violations(*pair):
            _attribute(found, violation, way)
    return tuple(found)


def change_class(found: Sequence[Row], level: Level) -> ChangeClass:
    """Return how large a change is for a contract of a level.

    Where nothing is promised, what breaks in any direction is major.
    """
    if not found:
        return ChangeClass.NONE
    promised = level if level.directions else Level.FULL
    if not all(each.is_allowed(promised) for each in found):
        return ChangeClass.MAJOR
    is_said = all(each.is_documentation for each in found)
    return ChangeClass.PATCH if is_said else ChangeClass.MINOR


def next_version(before: str, change: ChangeClass) -> str | None:
    """Return the least version that tells of a change; None if `before` is none.

    Before 1.0.0, as Semantic Versioning has it, anything may change with the minor one.
    """
    numbers = parsed_version(before)
    if numbers is None:
        return None
    major, minor, patch = numbers
    if change is ChangeClass.MAJOR and major == 0:
        change = ChangeClass.MINOR
    after = {
        ChangeClass.NONE: (major, minor, patch),
        ChangeClass.PATCH: (major, minor, patch + 1),
        ChangeClass.MINOR: (major, minor + 1, 0),
        ChangeClass.MAJOR: (major + 1, 0, 0),
    }[change]
    return ".".join(map(str, after))


def parsed_version(text: str) -> tuple[int, int, int] | None:
    """Return the three numbers of a version; None if it is none."""
    parts = text.partition("-")[0].partition("+")[0].split(".")
    if len(parts) != len(ChangeClass) - 1:
        return None
    if not all(each.isascii() and each.isdigit() and len(each) < 10 for each in parts):
        return None
    major, minor, patch = map(int, parts)
    return major, minor, patch


def _value(language: SchemaType, schema: Any) -> Any:
    if language is SchemaType.PROTOBUF:
        # Late: only this language brings its library along.
        from google.protobuf.json_format import MessageToDict

        said = MessageToDict(schema.meant[1])
        return {key: each for key, each in said.items() if key not in _OF_FILES}
    return json_text.read(schema.canonical)


def _different(old: Any, new: Any, path: str) -> Iterator[Row]:
    if isinstance(old, dict) and isinstance(new, dict):
        at = path or str(new.get("name", ""))
        for key in dict.fromkeys((*old, *new)):
            for row in _of_member(old, new, key, at):
                is_said = row.is_documentation or key in _DOCUMENTATION
                yield replace(row, is_documentation=is_said)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _of_lists(old, new, path)
    elif old != new or type(old) is not type(new):
        yield Row(path, "changed", old, new)


def _of_member(old: Any, new: Any, key: str, path: str) -> Iterator[Row]:
    below = path if key in _STRUCTURAL else f"{path}.{key}".lstrip(".")
    if key not in new:
        yield from _alone(old[key], below, "removed")
    elif key not in old:
        yield from _alone(new[key], below, "added")
    else:
        yield from _different(old[key], new[key], below)


def _alone(value: Any, path: str, kind: str) -> Iterator[Row]:
    named = _named(value)
    for name, each in named.items() if named else ():
        yield _one_sided(f"{path}.{name}".lstrip("."), kind, each)
    if not named:
        yield _one_sided(path, kind, value)


def _one_sided(path: str, kind: str, value: Any) -> Row:
    sides = {"old": value} if kind == "removed" else {"new": value}
    return Row(path, kind, **sides)


def _of_lists(old: list[Any], new: list[Any], path: str) -> Iterator[Row]:
    before, after = _named(old), _named(new)
    if before is not None and after is not None:
        for name in dict.fromkeys((*before, *after)):
            yield from _of_member(before, after, name, path)
    elif _is_of_scalars(old) and _is_of_scalars(new):
        # Of a list of names, what comes and goes counts, not where it stands.
        yield from (Row(path, "removed", old=each) for each in old if each not in new)
        yield from (Row(path, "added", new=each) for each in new if each not in old)
    elif old != new:
        yield Row(path, "changed", old, new)


def _named(value: Any) -> Mapping[str, Any] | None:
    """Return the elements of a list by their names; None if they have none."""
    if not isinstance(value, list):
        return None
    names = [each.get("name") if isinstance(each, dict) else None for each in value]
    if None in names or len({*map(str, names)}) < len(names):
        return None
    return {str(name): each for name, each in zip(names, value, strict=True)}


def _is_of_scalars(value: Iterable[Any]) -> bool:
    return not any(isinstance(each, dict | list) for each in value)


def _attribute(found: list[Row], violation: Violation, way: Direction) -> None:
    """Put a violation to the rows that it is about, or make it one."""
    element, rule = violation.element, violation.rule.id
    about = [each for each in found if _is_about(each.path, element)]
    if not about:
        found.append(Row(element, "changed", breaks=frozenset({way}), rules=(rule,)))
        return
    # The nearest: what is said of a field is not said of all that is in it.
    nearest = max(len(each.path) for each in about)
    for index, row in enumerate(found):
        if row in about and len(row.path) == nearest:
            rules = tuple(dict.fromkeys((*row.rules, rule)))
            found[index] = replace(row, breaks=row.breaks | {way}, rules=rules)


def _is_about(path: str, element: str) -> bool:
    def is_in(one: str, other: str) -> bool:
        return one == other or one.startswith(f"{other}.")

    return bool(path) and (is_in(element, path) or is_in(path, element))

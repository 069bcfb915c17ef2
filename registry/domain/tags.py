"""Tags on the parts of a schema, written into its text: what is personal or secret.

Source: Confluent, inline tags of schemas.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self

from registry.domain.errors import InvalidSchemaError

KEYWORD: Final = "confluent:tags"
"""The member that carries tags in the languages that are written in JSON."""

EVERY: Final = "*"
"""Stands for all tags where some are asked for."""


_LONGEST_ECHO: Final = 512
"""Characters of a path that a message quotes."""


class EntityKind(StrEnum):
    """What a path leads to, in the spelling of the wire."""

    RECORD = "sr_record"
    FIELD = "sr_field"


@dataclass(frozen=True, slots=True, order=True)
class Entity:
    """A part of a schema that may be tagged.

    Attributes:
        path: Names with dots between them, as the language of the schema has it.

    """

    path: str
    kind: EntityKind

    @classmethod
    def at(cls, path: str, kind: EntityKind) -> Self:
        """Return what a client calls so; a dot in front of a path means nothing."""
        return cls(path.removeprefix("."), kind)


Tagged = Mapping[Entity, tuple[str, ...]]
"""Entities with their tags, in the order of the text."""


@dataclass(frozen=True, slots=True)
class Tagging:
    """A change of tags.

    Attributes:
        add: To be there afterwards.
        remove: Not to be there afterwards; it wins.
        inherited: As `add`, but an entity that is not there is left out.

    """

    add: Tagged = field(default_factory=dict)
    remove: Tagged = field(default_factory=dict)
    inherited: Tagged = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        add: Iterable[tuple[Entity, Sequence[str]]],
        remove: Iterable[tuple[Entity, Sequence[str]]],
    ) -> Self:
        """Gather what is said of one entity in several places."""
        return cls(_gathered(add), _gathered(remove))

    def __bool__(self) -> bool:
        return bool(self.add or self.remove or self.inherited)

    def entities(self) -> Iterator[tuple[Entity, bool]]:
        """Yield each entity once, and whether it has to be there."""
        required = {**self.add, **self.remove}
        for entity in {**self.inherited, **required}:
            yield entity, entity in required

    def applied(self, entity: Entity, present: Sequence[str]) -> tuple[str, ...]:
        """Return the tags of an entity after the change."""
        brought = (self.inherited.get(entity, ()), self.add.get(entity, ()))
        gone = frozenset(self.remove.get(entity, ()))
        every = dict.fromkeys(tag for tags in (present, *brought) for tag in tags)
        return tuple(tag for tag in every if tag not in gone)


NO_TAGGING: Final = Tagging()


def carrying(tagged: Tagged, wanted: Iterable[str]) -> Tagged:
    """Return the entities that carry one of the tags, with all of their tags."""
    asked = frozenset(wanted)
    return {
        entity: tags
        for entity, tags in tagged.items()
        if EVERY in asked or not asked.isdisjoint(tags)
    }


def unknown(entity: Entity) -> InvalidSchemaError:
    what = "record" if entity.kind is EntityKind.RECORD else "field"
    path = entity.path
    shown = path if len(path) <= _LONGEST_ECHO else f"{path[:_LONGEST_ECHO]}…"
    return InvalidSchemaError(f"expected a {what} '{shown}' to tag, found none")


def stated(value: object) -> tuple[str, ...]:
    """Return the tags that a value of `KEYWORD` states; others than texts are none."""
    if not isinstance(value, list):
        return ()
    return tuple(dict.fromkeys(each for each in value if isinstance(each, str)))


def _gathered(said: Iterable[tuple[Entity, Sequence[str]]]) -> Tagged:
    found: defaultdict[Entity, dict[str, None]] = defaultdict(dict)
    for entity, tags in said:
        found[entity].update(dict.fromkeys(tags))
    return {entity: tuple(tags) for entity, tags in found.items()}

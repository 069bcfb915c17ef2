"""What only new schemas are held to: the metaschema, and references that lead on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from graphlib import CycleError, TopologicalSorter
from typing import Final

from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.jsonschema import metaschemas, patterns
from registry.domain.formats.jsonschema.documents import Located, Resolver
from registry.domain.formats.jsonschema.drafts import Draft
from registry.domain.formats.jsonschema.metaschemas import RefusedError
from registry.domain.formats.jsonschema.wording import shown
from registry.domain.json_text import escaped

REFERENCES: Final = ("$ref", "$recursiveRef", "$dynamicRef")
"""Keywords that stand for another schema."""

_SAME_VALUE: Final = frozenset(
    ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas")
)
"""Keywords whose schemas are applied to the very value that theirs is applied to."""

_SHOWN: Final = 5
"""Schemas of a loop that a message names."""


class FaultError(Exception):
    """A rule that a text breaks.

    Attributes:
        reason: What was expected and what was found, without the place.
        pointer: Where in the schema's own text.

    """

    def __init__(self, reason: str, pointer: str) -> None:
        self.reason = reason
        self.pointer = pointer
        super().__init__(reason)


def check(resolver: Resolver) -> None:
    """Hold a schema to every rule; what it refers to was held to them before.

    Raises:
        FaultError: A rule is broken.

    """
    targets: dict[Located, Sequence[Located]] = {}
    for visit in walked(resolver.root(), partial(_followed, resolver)):
        if visit.is_entry:
            # The root, or what stands where no keyword of the draft has schemas.
            _check_metaschema(visit.schema)
        _check_patterns(visit.schema)
        targets[visit.schema] = visit.targets
    if any(targets.values()):
        _check_loops(targets)


def check_lengths(resolver: Resolver, longest: int) -> None:
    """Refuse expressions that are too long even to be looked at by the metaschema.

    What looks at them takes a hundred times as much memory as they have characters.

    Raises:
        FaultError: There is one.

    """
    for visit in walked(resolver.root(), partial(known_targets, resolver)):
        for pointer, pattern in _expressions(visit.schema):
            if len(pattern) > longest:
                reason = (
                    f"expected a regular expression of at most {longest}"
                    f" characters, found one of {len(pattern)}"
                )
                raise FaultError(reason, pointer)


@dataclass(frozen=True, slots=True)
class Visit:
    """A schema on the way through a text.

    Attributes:
        targets: What its references stand for.
        is_entry: Whether only a reference leads here, or nothing does.

    """

    schema: Located
    targets: Sequence[Located]
    is_entry: bool


def walked(
    root: Located, follow: Callable[[Located], Sequence[Located]]
) -> Iterator[Visit]:
    """Visit each schema of a text once: all below the root, then what they refer to.

    Args:
        follow: Returns what the references of a schema stand for.

    """
    seen: set[Located] = set()
    left = [root]
    while left:
        entry = left.pop()
        for schema in entry.all_schemas() if entry not in seen else ():
            if schema not in seen:
                seen.add(schema)
                targets = follow(schema)
                left += (each for each in targets if each.document is root.document)
                yield Visit(schema, targets, schema is entry)


def references(schema: Located) -> Iterator[tuple[str, str]]:
    """Yield each keyword of a schema that refers to another one, and what it says."""
    if isinstance(schema.value, dict):
        for keyword in REFERENCES:
            reference = schema.value.get(keyword)
            if keyword in schema.document.draft.keywords and isinstance(reference, str):
                yield keyword, reference


def _check_metaschema(schema: Located) -> None:
    draft = schema.document.draft
    if metaschemas.is_satisfied(schema.value, draft):
        return
    # What is wrong in every schema around is told once, where it is.
    worst = schema
    while (inner := _first_wrong(worst)) is not None:
        worst = inner
    try:
        metaschemas.check(worst.value, draft)
    except RefusedError as error:
        pointer = worst.pointer + error.pointer
        raise FaultError(error.reason, pointer) from error


def _first_wrong(schema: Located) -> Located | None:
    draft = schema.document.draft
    below = schema.written_schemas()
    wrong = (each for each in below if not metaschemas.is_satisfied(each.value, draft))
    return next(wrong, None)


def _followed(resolver: Resolver, schema: Located) -> list[Located]:
    found = []
    for keyword, reference in references(schema):
        try:
            found.append(resolver.follow(reference, schema))
        except InvalidSchemaError as error:
            raise FaultError(error.reason, f"{schema.pointer}/{keyword}") from error
    return found


def known_targets(resolver: Resolver, schema: Located) -> list[Located]:
    """Return what the references of a schema stand for, as far as they lead on."""
    named = (resolver.find(reference, schema) for _, reference in references(schema))
    return [each for each in named if each is not None]


def _expressions(schema: Located) -> Iterator[tuple[str, str]]:
    """Yield each regular expression, whether it is one or not, after its place."""
    if not isinstance(schema.value, dict):
        return
    if isinstance(pattern := schema.value.get("pattern"), str):
        yield f"{schema.pointer}/pattern", pattern
    members = schema.value.get("patternProperties")
    if isinstance(members, dict):
        for name in members:
            yield f"{schema.pointer}/patternProperties/{escaped(name)}", name


def _check_patterns(schema: Located) -> None:
    """Look at the names of `patternProperties`, which draft 4's metaschema does not."""
    if schema.document.draft is not Draft.DRAFT4 or not isinstance(schema.value, dict):
        return
    for pattern in schema.value.get("patternProperties", ()):
        if not patterns.is_valid(pattern):
            reason = (
                f"expected {metaschemas.REGULAR_EXPRESSION}, found {shown(pattern)}"
            )
            pointer = f"{schema.pointer}/patternProperties/{escaped(pattern)}"
            raise FaultError(reason, pointer)


def _check_loops(targets: Mapping[Located, Sequence[Located]]) -> None:
    """Refuse a schema that must be applied before it can be applied.

    A validator that came to it would not end. One that leads back to itself by way of
    a property or an element is well-founded: values end.
    """
    needs = {
        schema: [*_same_value(schema), *_by_ref(schema, found)]
        for schema, found in targets.items()
    }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        # There, each is needed by the next; to be read, it goes the other way round.
        loop: list[Located] = error.args[1][:0:-1]
        first = min(range(len(loop)), key=lambda index: loop[index].pointer)
        turned = [*loop[first:], *loop[:first]]
        reason = (
            "expected $ref to lead to a schema that does not need this one first, found"
            f" the loop {_way(turned)}"
        )
        raise FaultError(reason, turned[0].pointer) from error


def _way(loop: Sequence[Located]) -> str:
    names = [shown(f"#{each.pointer}") for each in loop[:_SHOWN]]
    end = "…" if len(loop) > _SHOWN else names[0]
    return " → ".join((*names, end))


def _same_value(schema: Located) -> Iterator[Located]:
    """Yield the schemas right below that are applied to the same value."""
    return (each for each in schema.schemas() if _keyword(each, schema) in _SAME_VALUE)


def _keyword(below: Located, schema: Located) -> str:
    """Return the keyword of a schema under which another one stands."""
    while below.around is not None and below.around != schema:
        below = below.around
    return str(below.token)


def _by_ref(schema: Located, found: Sequence[Located]) -> Sequence[Located]:
    """Return what `$ref` stands for; the dynamic ones may lead elsewhere in the end."""
    return (
        found[:1] if isinstance(schema.value, dict) and "$ref" in schema.value else ()
    )

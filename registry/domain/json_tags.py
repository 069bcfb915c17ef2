"""Tags in a JSON text, put where they belong and the rest left as it was written."""

from collections.abc import Callable
from dataclasses import dataclass

from registry.domain import json_edits
from registry.domain.json_text import Layout
from registry.domain.schema import Edit
from registry.domain.tags import KEYWORD, Entity, Tagging, unknown


@dataclass(frozen=True, slots=True)
class Taggable:
    """An object of the text that may have tags.

    Attributes:
        pointer: Where it is.

    """

    pointer: str
    tags: tuple[str, ...]


def retagged(
    layout: Layout, tagging: Tagging, find: Callable[[Entity], Taggable | None]
) -> str:
    """Return a text after a change of tags; the same one if nothing changes.

    Raises:
        InvalidSchemaError: There is no such entity.

    """
    before: dict[str, tuple[str, ...]] = {}
    after: dict[str, tuple[str, ...]] = {}
    for entity, is_required in tagging.entities():
        found = find(entity)
        if found is not None:
            # One object may be known by two paths.
            present = after.get(found.pointer, found.tags)
            before[found.pointer] = found.tags
            after[found.pointer] = tagging.applied(entity, present)
        elif is_required:
            raise unknown(entity)
    changed = {at: tags for at, tags in after.items() if tags != before[at]}
    return Edit.apply(layout.text, [_edit(layout, *each) for each in changed.items()])


def _edit(layout: Layout, pointer: str, tags: tuple[str, ...]) -> Edit:
    if tags:
        return json_edits.with_member(layout, pointer, KEYWORD, list(tags))
    return json_edits.without(layout, f"{pointer}/{KEYWORD}")

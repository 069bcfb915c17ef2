"""Tags of records and their fields, by full names: `namespace.Record.field`."""

from collections.abc import Iterator

from registry.domain import json_tags, tags
from registry.domain.formats.avro.nodes import Field, Node, Record, children
from registry.domain.json_tags import Taggable
from registry.domain.json_text import Layout
from registry.domain.tags import Entity, EntityKind, Tagged, Tagging

_Part = Record | Field


def inline_tags(root: Node) -> Tagged:
    """Return what is tagged, in referenced texts as well."""
    found = ((entity, _tags(part)) for entity, part in _entities(root))
    return {entity: stated for entity, stated in found if stated}


def retagged(layout: Layout, root: Node, tagging: Tagging) -> str:
    """Return the schema's own text after a change of tags.

    Raises:
        InvalidSchemaError: There is no such record or field in it.

    """
    own = {entity: part for entity, part in _entities(root) if not part.spot.source}

    def find(entity: Entity) -> Taggable | None:
        part = own.get(entity)
        return None if part is None else Taggable(part.spot.pointer, _tags(part))

    return json_tags.retagged(layout, tagging, find)


def _entities(root: Node) -> Iterator[tuple[Entity, _Part]]:
    seen: set[Node] = set()
    left = [root]
    while left:
        node = left.pop()
        if node in seen:
            continue
        seen.add(node)
        if isinstance(node, Record):
            yield Entity(node.full_name, EntityKind.RECORD), node
            for each in node.fields:
                yield Entity(f"{node.full_name}.{each.name}", EntityKind.FIELD), each
        left.extend(reversed([*children(node)]))


def _tags(part: _Part) -> tuple[str, ...]:
    return tags.stated(part.props.get(tags.KEYWORD))

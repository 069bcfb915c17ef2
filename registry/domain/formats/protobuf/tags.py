"""Tags of messages and their fields: options that `confluent/meta.proto` defines.

A path has no package: `Message.Nested.field`, and `Message.oneof.field` for a member.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from registry.domain import tags
from registry.domain.formats.protobuf.elements import copied
from registry.domain.formats.protobuf.members import is_in_oneof
from registry.domain.formats.protobuf.options import resolved
from registry.domain.tags import Entity, EntityKind, Tagged, Tagging

META: Final = "confluent/meta.proto"

_OPTIONS: Final = {
    EntityKind.RECORD: "confluent.message_meta",
    EntityKind.FIELD: "confluent.field_meta",
}
Imports = Mapping[str, FileDescriptorProto]


def inline_tags(file: FileDescriptorProto, imports: Imports) -> Tagged:
    """Return what is tagged in a file itself."""
    if META not in imports:
        return {}
    read = resolved(file, imports)
    found = ((entity, _tags(part, entity)) for entity, part in _entities(read))
    return {entity: stated for entity, stated in found if stated}


def changed(file: FileDescriptorProto, imports: Imports, tagging: Tagging) -> Tagged:
    """Return the entities that a change of tags concerns, with all tags after it.

    Raises:
        InvalidSchemaError: There is no such message or field.

    """
    known = {**dict.fromkeys(entity for entity, _ in _entities(file))}
    before = inline_tags(file, imports)
    found: dict[Entity, tuple[str, ...]] = {}
    for entity, is_required in tagging.entities():
        own = _own(entity, file.package, known)
        if own is not None:
            present = found.get(own, before.get(own, ()))
            found[own] = tagging.applied(entity, present)
        elif is_required:
            raise tags.unknown(entity)
    return {
        each: after for each, after in found.items() if after != before.get(each, ())
    }


def importing_meta(read: FileDescriptorProto) -> FileDescriptorProto:
    """Return a copy of a file that imports what defines tags."""
    file = copied(read)
    file.dependency.append(META)
    return file


def tagged(read: FileDescriptorProto, after: Tagged) -> FileDescriptorProto:
    """Return a copy of a file whose entities have just these tags.

    Args:
        read: With its options read by the classes of its imports, `META` among them.

    """
    file = copied(read)
    for entity, part in _entities(file):
        if entity in after:
            _tag(part, entity, after[entity])
    return file


def _own(entity: Entity, package: str, known: Mapping[Entity, None]) -> Entity | None:
    """Return an entity as it is called here; with the package it means the same."""
    bare = Entity(entity.path.removeprefix(f"{package}."), entity.kind)
    return next((each for each in (entity, bare) if each in known), None)


def _entities(file: FileDescriptorProto) -> Iterator[tuple[Entity, Any]]:
    left = [("", message) for message in reversed(file.message_type)]
    while left:
        around, message = left.pop()
        if message.options.map_entry:
            continue
        path = f"{around}{message.name}"
        yield Entity(path, EntityKind.RECORD), message
        for each in message.field:
            name = each.name
            if is_in_oneof(each):
                name = f"{message.oneof_decl[each.oneof_index].name}.{name}"
            yield Entity(f"{path}.{name}", EntityKind.FIELD), each
        left += ((f"{path}.", each) for each in reversed(message.nested_type))


def _option(part: Any, entity: Entity) -> Any:
    """Return the extension that holds the tags, in the classes of the part itself."""
    pool = part.options.DESCRIPTOR.file.pool
    return pool.FindExtensionByName(_OPTIONS[entity.kind])


def _tags(part: Any, entity: Entity) -> tuple[str, ...]:
    if not part.HasField("options"):
        return ()
    option = _option(part, entity)
    has_any = part.options.HasExtension(option)
    return tuple(part.options.Extensions[option].tags) if has_any else ()


def _tag(part: Any, entity: Entity, after: tuple[str, ...]) -> None:
    option = _option(part, entity)
    meta = part.options.Extensions[option]
    meta.tags[:] = after
    if not meta.ListFields():
        part.options.ClearExtension(option)
    if not part.options.ListFields():
        part.ClearField("options")

"""What lint says of types, defaults and evolution in Avro schemas."""

from collections.abc import Iterator
from typing import Final

from registry.domain import json_text
from registry.domain.formats.avro.canonical import STORED, beginning
from registry.domain.formats.avro.format import AvroSchema
from registry.domain.formats.avro.lint_parts import Parts, at, is_optional, value_of
from registry.domain.formats.avro.logical_types import KNOWN, logical_type
from registry.domain.formats.avro.nodes import Field, Named, Record, Union
from registry.domain.lint import Around, Remark
from registry.domain.meanings import is_id, is_money, is_time, is_uuid
from registry.domain.schema import Edit

MOST_BRANCHES: Final = 5
MOST_DEPTH: Final = 12
MOST_CHARACTERS: Final = 64 * 1024
_COMPARED_CHARACTERS: Final = 10_000
_FLOATING: Final = ("float", "double")
_PLAIN: Final = ("int", "long", "string", *_FLOATING)


def logical_types(schema: AvroSchema, _around: Around[AvroSchema]) -> Iterator[Remark]:
    parts = Parts.of(schema.root)
    for node, element in parts.types:
        name = None if isinstance(node, Union) else node.props.get("logicalType")
        if isinstance(name, str) and name in KNOWN and logical_type(node) is None:
            message = (
                f"the logical type '{name}' does not fit what it stands on ({node.kind}"
                " with these attributes), so that readers take no notice of it"
            )
            yield Remark(at(node.spot, "logicalType"), element, message)
    for field, element in parts.fields:
        if "logicalType" in field.props:
            message = (
                f"the logical type of '{field.name}' stands beside the type instead of"
                " in it, so that readers take no notice of it"
            )
            yield Remark(at(field.spot, "logicalType"), element, message)


def enum_default(schema: AvroSchema, _around: Around[AvroSchema]) -> Iterator[Remark]:
    for enum in Parts.of(schema.root).enums:
        if enum.default is None:
            message = (
                f"the enum '{enum.name}' has no default: a reader that meets a symbol"
                " that it does not know yet fails"
            )
            yield Remark(enum.spot, enum.name, message)


def null_first(schema: AvroSchema, _around: Around[AvroSchema]) -> Iterator[Remark]:
    for union, element in Parts.of(schema.root).unions:
        if is_optional(union) and union.branches[0].kind != "null":
            message = f"null is not the first branch of the union of '{element}'"
            yield Remark(union.spot, element, message)


def optional_default(
    schema: AvroSchema, _around: Around[AvroSchema]
) -> Iterator[Remark]:
    for field, element in Parts.of(schema.root).fields:
        if is_optional(field.type) and not field.has_default:
            message = f"'{field.name}' may be null and has no default"
            title = f"give '{field.name}' the default null"
            yield Remark(field.spot, element, message, title, _null(schema, field))


def _null(schema: AvroSchema, field: Field) -> tuple[Edit, ...]:
    """Return the edit that adds a default of null after the type."""
    extent = schema.layout.find(f"{field.spot.pointer}/type")
    if extent is None:
        return ()
    return (Edit(extent.end, extent.end, ', "default": null'),)


def union_default(schema: AvroSchema, _around: Around[AvroSchema]) -> Iterator[Remark]:
    for field, element in Parts.of(schema.root).fields:
        node = field.type
        if not isinstance(node, Union) or not field.has_default:
            continue
        is_null = field.default is None
        if is_null is not (node.branches[0].kind == "null"):
            message = (
                f"the default of '{field.name}' is of another branch than the first,"
                " which libraries before Avro 1.12 refuse"
            )
            yield Remark(at(field.spot, "default"), element, message)


def new_field_default(
    schema: AvroSchema, around: Around[AvroSchema]
) -> Iterator[Remark]:
    for _, field, element in _new_fields(schema, around):
        if not field.has_default:
            message = f"the new field '{field.name}' has no default"
            yield Remark(field.spot, element, message)


def alias_on_rename(schema: AvroSchema, around: Around[AvroSchema]) -> Iterator[Remark]:
    """A field that took the place of another of the same type, without an alias."""
    earlier = around.earlier
    if earlier is None:
        return
    former = {each.full_name: each for each in Parts.of(earlier.root).records}
    for record, field, element in _new_fields(schema, around):
        present = {each.name for each in record.fields}
        aliases = {alias for each in record.fields for alias in each.aliases}
        for other in former[record.full_name].fields:
            is_gone = other.name not in present | aliases
            if is_gone and other.type.kind == field.type.kind and not field.aliases:
                message = (
                    f"'{field.name}' stands where '{other.name}' was; if it was"
                    f" renamed, it needs the alias '{other.name}'"
                )
                yield Remark(field.spot, element, message)
                break


def _new_fields(
    schema: AvroSchema, around: Around[AvroSchema]
) -> Iterator[tuple[Record, Field, str]]:
    if around.earlier is None:
        return
    former = {each.full_name: each for each in Parts.of(around.earlier.root).records}
    for record in Parts.of(schema.root).records:
        if (before := former.get(record.full_name)) is None:
            continue
        known = {each.name for each in before.fields}
        for field in record.fields:
            if field.name not in known and not known.intersection(field.aliases):
                yield record, field, f"{record.name}.{field.name}"


def timestamps(schema: AvroSchema, _around: Around[AvroSchema]) -> Iterator[Remark]:
    for field, element in Parts.of(schema.root).fields:
        node = value_of(field.type)
        is_plain = node.kind in _PLAIN and logical_type(node) is None
        if is_time(field.name) and is_plain:
            message = (
                f"'{field.name}' is a point in time by its name and a plain"
                f" {node.kind} by its type"
            )
            yield Remark(at(field.spot, "type"), element, message)


def uuids(schema: AvroSchema, _around: Around[AvroSchema]) -> Iterator[Remark]:
    for field, element in Parts.of(schema.root).fields:
        node = value_of(field.type)
        is_plain = node.kind == "string" and logical_type(node) is None
        if is_uuid(field.name) and is_plain:
            message = f"'{field.name}' is a UUID by its name and a plain string by type"
            yield Remark(at(field.spot, "type"), element, message)


def money(schema: AvroSchema, _around: Around[AvroSchema]) -> Iterator[Remark]:
    for field, element in Parts.of(schema.root).fields:
        node = value_of(field.type)
        if is_money(field.name) and node.kind in _FLOATING:
            message = f"the amount '{field.name}' is a {node.kind}, which rounds"
            yield Remark(at(field.spot, "type"), element, message)


def branches(schema: AvroSchema, _around: Around[AvroSchema]) -> Iterator[Remark]:
    for union, element in Parts.of(schema.root).unions:
        if len(union.branches) > MOST_BRANCHES:
            message = (
                f"the union of '{element}' has {len(union.branches)} branches, more"
                f" than {MOST_BRANCHES}"
            )
            yield Remark(union.spot, element, message)


def top_level(schema: AvroSchema, _around: Around[AvroSchema]) -> Iterator[Remark]:
    root = schema.root
    # Enums and fixed types are there to be referred to.
    if not isinstance(root, Named):
        message = f"the schema is {_a(root.kind)}, no record, enum or fixed"
        yield Remark(root.spot, root.kind, message)


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def depth(schema: AvroSchema, _around: Around[AvroSchema]) -> Iterator[Remark]:
    parts = Parts.of(schema.root)
    if parts.depth > MOST_DEPTH:
        message = f"{parts.depth} types are in one another, more than {MOST_DEPTH}"
        yield Remark(schema.root.spot, parts.types[0][1], message)


def size(schema: AvroSchema, _around: Around[AvroSchema]) -> Iterator[Remark]:
    if len(schema.text) > MOST_CHARACTERS:
        message = (
            f"the schema has {len(schema.text)} characters, more than {MOST_CHARACTERS}"
        )
        yield Remark(schema.root.spot, Parts.of(schema.root).types[0][1], message)


def same_twice(schema: AvroSchema, _around: Around[AvroSchema]) -> Iterator[Remark]:
    """Records with the same fields under two names."""
    seen: dict[str, str] = {}
    for record in Parts.of(schema.root).records:
        if not record.fields:
            continue
        inside = json_text.compact(
            [
                [each.name, beginning(each.type, STORED, _COMPARED_CHARACTERS)]
                for each in record.fields
            ]
        )
        first = seen.setdefault(inside, record.name)
        if first != record.name:
            message = f"the record '{record.name}' has the very fields of '{first}'"
            yield Remark(record.spot, record.name, message)


def id_and_time(schema: AvroSchema, _around: Around[AvroSchema]) -> Iterator[Remark]:
    root = schema.root
    if not isinstance(root, Record):
        return
    names = [each.name for each in root.fields]
    wanted = (("an id", is_id), ("a point in time", is_time))
    missing = [what for what, holds in wanted if not any(map(holds, names))]
    if missing:
        message = f"the event '{root.name}' has no field that is {' or '.join(missing)}"
        yield Remark(at(root.spot, "fields"), root.name, message)

"""The messages of a Protobuf schema, which rules see as they are."""

from typing import Any

from registry.application.parsing import Parsing, Source
from registry.gate.payloads.protobuf import descriptor
from registry.gate.quality.shapes import Declared, Scalar, Struct


def values(parsing: Parsing, source: Source, message: str | None) -> Declared:
    """See `types.of`."""
    schema: Any = parsing.parse(source)
    made = descriptor(schema.file, schema.imports, message)
    file = made.file
    structs: dict[str, Struct] = {}
    ahead = [made]
    while ahead:
        each = ahead.pop()
        if each.full_name in structs:
            continue
        names = {field.name: field for field in each.fields}
        structs[each.full_name] = Struct(
            each.name, fields=dict.fromkeys(names, Scalar.ANY)
        )
        ahead += (field.message_type for field in names.values() if field.message_type)
    return Declared(
        file.pool, made.full_name, file.package, structs, are_mappings=False
    )

"""The types of a schema's values, by its language, imported when they are asked for."""

from importlib import import_module
from typing import Final

from registry.application.parsing import Parsing, Source
from registry.domain.model import SchemaType
from registry.gate.quality.shapes import Declared

_MODULES: Final = {
    SchemaType.AVRO: "registry.gate.quality.avro",
    SchemaType.JSON: "registry.gate.quality.jsonschema",
    SchemaType.PROTOBUF: "registry.gate.quality.protobuf",
}


def of(parsing: Parsing, source: Source, message: str | None = None) -> Declared:
    """Return what CEL is told of the values of a schema.

    Args:
        message: Which of several Protobuf messages; None for the first.

    Raises:
        InvalidSchemaError: The text is no schema, or has no such message.

    """
    module = import_module(_MODULES[source.schema_type])
    found: Declared = module.values(parsing, source, message)
    return found

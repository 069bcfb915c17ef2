"""The codec of each language, imported when it is asked for."""

from importlib import import_module
from typing import Final

from registry.application.parsing import Parsing, Source
from registry.domain.model import SchemaType
from registry.gate.misfits import Try

_MODULES: Final = {
    SchemaType.AVRO: "registry.gate.payloads.avro",
    SchemaType.JSON: "registry.gate.payloads.jsonschema",
    SchemaType.PROTOBUF: "registry.gate.payloads.protobuf",
}


def trial(parsing: Parsing, source: Source, message: str | None = None) -> Try:
    """Return what takes payloads of a schema through encode and decode.

    Args:
        message: Which of several Protobuf messages; None for the first.

    Raises:
        InvalidSchemaError: The text is no schema, or has no such message.

    """
    module = import_module(_MODULES[source.schema_type])
    made: Try = module.trial(parsing, source, message)
    return made

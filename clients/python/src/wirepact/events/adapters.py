"""The schema languages to what adapts classes to them."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final

from wirepact.codecs.language import Adapter, ResolvedSchema
from wirepact.events.faults import EventTypeError
from wirepact.events.members import place
from wirepact.schemas import AVRO, JSON, PROTOBUF

_MODULES: Final[Mapping[str, str]] = {
    AVRO: "wirepact.events.avro_adapter",
    JSON: "wirepact.events.json_adapter",
    PROTOBUF: "wirepact.events.protobuf_adapter",
}


def adapter_of(cls: type, resolved: ResolvedSchema) -> Adapter:
    """Compile the conversions between a class and a schema.

    Raises:
        EventTypeError: The class does not fit the schema, or its language is unknown.

    """
    language = resolved.schema.schema_type
    if language not in _MODULES:
        raise EventTypeError(place(cls), f"no adapter for schemas of type {language!r}")
    adapt: Callable[[type, ResolvedSchema], Any]
    adapt = import_module(_MODULES[language]).adapter
    adapter: Adapter = adapt(cls, resolved)
    return adapter

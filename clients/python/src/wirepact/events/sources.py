"""Where the schema of an event type comes from: its hints, or what was given."""

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from wirepact.codecs.language import ResolvedSchema
from wirepact.events.faults import EventTypeError
from wirepact.events.members import is_message, place
from wirepact.events.naming import Naming
from wirepact.schemas import AVRO, JSON, PROTOBUF, Schema

LANGUAGE_OF_SUFFIX: Final[Mapping[str, str]] = {
    ".avsc": AVRO,
    ".json": JSON,
    ".proto": PROTOBUF,
}

_DERIVING: Final[Mapping[str, str]] = {
    AVRO: "wirepact.events.avro_deriving",
    JSON: "wirepact.events.json_deriving",
}


def derived(cls: type, name: str, schema_type: str, naming: Naming) -> ResolvedSchema:
    """Derive a schema from the type hints of a class.

    Raises:
        EventTypeError: The class has something that the schema language has not.

    """
    if is_message(cls):
        return import_module("wirepact.events.protobuf_adapter").schema_of(cls)  # type: ignore[no-any-return]  # by name
    if schema_type not in _DERIVING:
        raise EventTypeError(
            place(cls),
            f"no schema of type {schema_type!r} is derived from hints; give it by"
            " schema=, or decorate the class that protoc generates",
        )
    text = import_module(_DERIVING[schema_type]).derive(cls, name, naming)
    return ResolvedSchema(Schema(text, schema_type))


def given(source: Any, cls: type) -> ResolvedSchema:
    """Return the schema that a declaration gives.

    Raises:
        EventTypeError: The file cannot be read.

    """
    if isinstance(source, ResolvedSchema):
        return source
    if isinstance(source, Schema):
        return ResolvedSchema(source)
    file = _folder(cls) / Path(source)
    language = LANGUAGE_OF_SUFFIX.get(file.suffix)
    if language is None:
        known = ", ".join(LANGUAGE_OF_SUFFIX)
        raise EventTypeError(place(cls), f"{file}: a schema's file ends in {known}")
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EventTypeError(place(cls), f"its schema: {error}") from error
    return ResolvedSchema(Schema(text, language))


def _folder(cls: type) -> Path:
    module = sys.modules.get(cls.__module__)
    file = getattr(module, "__file__", None)
    return Path(file).parent if file else Path()

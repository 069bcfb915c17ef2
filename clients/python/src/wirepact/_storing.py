"""Schemas as JSON, for the folder and the bundle; read back as if a registry spoke."""

from collections.abc import Mapping
from typing import Any

from wirepact import _reading
from wirepact._requests import submission
from wirepact.schemas import RegisteredSchema, Schema


def schema_to_json(schema: Schema) -> dict[str, Any]:
    guid = {} if schema.guid is None else {"guid": str(schema.guid)}
    return {**submission(schema), **guid}


def registered_to_json(found: RegisteredSchema) -> dict[str, Any]:
    place = {"subject": found.subject, "version": found.version, "id": found.id}
    return {**place, **schema_to_json(found.schema)}


def kept_to_json(value: Schema | RegisteredSchema) -> dict[str, Any]:
    if isinstance(value, Schema):
        return schema_to_json(value)
    return registered_to_json(value)


def kept_from_json(said: Mapping[str, Any]) -> Schema | RegisteredSchema:
    """Read what `kept_to_json` has written.

    Raises:
        MalformedError: It was not written by it.

    """
    if "subject" in said:
        return _reading.registered(said)
    return _reading.schema(said)

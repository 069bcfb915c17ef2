"""Schemas that import others by path, and the subjects that the imports are under.

The subject of an import is its path, as it is for Confluent's clients.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from wirepact._resolving import Ask, Asking
from wirepact.codecs.language import ResolvedSchema
from wirepact.errors import NotFoundError, SchemaNotRegisteredError
from wirepact.schemas import PROTOBUF, Reference, RegisteredSchema, Schema


def with_references(
    local: ResolvedSchema, method: str, options: Mapping[str, Any]
) -> Asking[Schema]:
    """Return a local schema with references to the versions that hold its imports.

    Args:
        method: Of the client: `register`, or `lookup`.

    Raises:
        SchemaNotRegisteredError: An import is not registered under its path.

    """
    schema = local.schema
    if schema.schema_type != PROTOBUF or schema.references or not local.references:
        return schema
    # Whoever has such a schema has the library.
    from wirepact.codecs.protobuf_files import LocalSchema, local_imports

    def added(each: LocalSchema) -> Asking[Schema]:
        references = []
        for path, inner in each.imports:
            held = yield from registered(path, inner)
            references.append(Reference(path, path, held.version))
        return replace(each.schema, references=tuple(references))

    def registered(path: str, each: LocalSchema) -> Asking[RegisteredSchema]:
        complete = yield from added(each)
        try:
            found: RegisteredSchema = yield Ask(method, (path, complete), options)
        except NotFoundError as error:
            raise SchemaNotRegisteredError(
                error.status,
                error.code,
                f"the import {path} is not registered under the subject of that name."
                " Register it first, or have the serializer do so with"
                " Registration.REGISTER",
                error.call,
            ) from error
        return found

    return (yield from added(local_imports(local)))

"""A schema together with all that it refers to, fetched by whoever runs the steps."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from wirepact.codecs.language import ResolvedSchema
from wirepact.errors import CodecError
from wirepact.schemas import Reference, RegisteredSchema, Schema

Result = TypeVar("Result")

_MOST_REFERENCES: Final = 2_000
_MOST_DEPTH: Final = 32
_MOST_CHARACTERS: Final = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Ask:
    """Call a method of the registry client. What it returns or raises comes back."""

    method: str
    arguments: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


Asking = Generator[Ask, Any, Result]
"""Steps that ask the registry, whose client blocks or is awaited."""


def resolve(
    schema: Schema, schema_id: int | None, form: str = ""
) -> Asking[ResolvedSchema]:
    """Return a schema with what it refers to; all of it is asked for once.

    Args:
        form: The rendering of the texts that are referred to.

    Raises:
        CodecError: They refer to each other in a circle, are too many, or one name
            means two of them.

    """
    closure = _Closure(form)
    for reference in schema.references:
        yield from closure.add(reference, 1)
    return ResolvedSchema(schema, closure.found, form, schema_id)


def complete(local: ResolvedSchema, form: str) -> Asking[ResolvedSchema]:
    """Fetch what a local schema refers to, unless it was brought along."""
    if local.references or not local.schema.references:
        return local
    return (yield from resolve(local.schema, None, form))


class _Closure:
    def __init__(self, form: str) -> None:
        self.found: dict[str, Schema] = {}
        self._form = form
        self._meant: dict[str, tuple[str, int]] = {}
        self._characters = 0

    def add(self, reference: Reference, depth: int) -> Asking[None]:
        """Fetch what is referred to, what that refers to before it."""
        means = (reference.subject, reference.version)
        known = self._meant.setdefault(reference.name, means)
        if known != means:
            raise CodecError(
                f"reference {reference.name} means version {known[1]} of {known[0]}"
                f" and version {means[1]} of {means[0]}"
            )
        if reference.name in self.found:
            return
        if depth > _MOST_DEPTH or len(self._meant) > _MOST_REFERENCES:
            raise CodecError(f"reference {reference.name}: too many references")
        schema = yield from self._fetched(reference)
        for inner in schema.references:
            yield from self.add(inner, depth + 1)
        self.found[reference.name] = schema

    def _fetched(self, reference: Reference) -> Asking[Schema]:
        version = (reference.subject, reference.version)
        found: RegisteredSchema = yield Ask("get_version", version, {"deleted": True})
        schema: Schema = found.schema
        if self._form:
            schema = yield Ask("get_schema", (found.id,), {"form": self._form})
        self._characters += len(schema.text)
        if self._characters > _MOST_CHARACTERS:
            raise CodecError(f"reference {reference.name}: the texts are too long")
        return schema

"""Versions that are to be moved in, made ready before anything is locked.

Either word by word, as the registry's own export has them, or understood and put into
canonical form, as what comes from elsewhere needs it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from registry.application.parsing import Parsing
from registry.application.ports import Ports, SchemaReader
from registry.application.records import Incoming
from registry.application.resolving import Resolver
from registry.domain import identity
from registry.domain.errors import (
    InvalidSchemaError,
    RegistryError,
    SchemaTooLargeError,
)
from registry.domain.model import Content, StoredContent
from registry.domain.schema import Strictness


@dataclass(frozen=True, slots=True)
class Form:
    """One way to store a content."""

    stored: StoredContent
    sha256: bytes

    @classmethod
    def of(cls, incoming: Incoming, content: Content) -> "Form":
        digested = identity.identity_bytes(content)
        guid = identity.guid(digested)
        stored = StoredContent(content, incoming.schema_id, guid)
        return cls(stored, identity.sha256(digested))


@dataclass(frozen=True, slots=True)
class Ready:
    """A version that may be written.

    Attributes:
        forms: The canonical one, then that of the source, if it differs: two ids of a
            source may come to the same canonical text, and each has to keep its own.

    """

    incoming: Incoming
    forms: tuple[Form, ...]


def made_ready(
    ports: Ports, incoming: Sequence[Incoming], *, verbatim: bool
) -> list[Ready | RegistryError]:
    """Return what each comes to, or why it cannot be stored, in the same order."""
    if verbatim:
        return [_verbatim(ports.parsing, each) for each in incoming]
    with ports.transactions.read() as store:
        drafts = [_source(ports.parsing, store, each) for each in incoming]
    return [
        draft if isinstance(draft, RegistryError) else _canonical(ports.parsing, *draft)
        for draft in drafts
    ]


def _verbatim(parsing: Parsing, incoming: Incoming) -> Ready | RegistryError:
    try:
        _hold_storable(parsing, incoming)
    except RegistryError as error:
        return error
    return Ready(incoming, (Form.of(incoming, incoming.content),))


def _source(
    parsing: Parsing, store: SchemaReader, incoming: Incoming
) -> tuple[Incoming, Resolver] | RegistryError:
    try:
        _hold_storable(parsing, incoming)
        resolver = Resolver(store, incoming.subject.context, parsing.limits)
        # Read now, while there is a reader; it is kept by the resolver.
        resolver.source_of(incoming.content)
    except RegistryError as error:
        return error
    return incoming, resolver


def _canonical(
    parsing: Parsing, incoming: Incoming, resolver: Resolver
) -> Ready | RegistryError:
    content = incoming.content
    try:
        schema = parsing.parse(resolver.source_of(content), Strictness.LENIENT)
    except RegistryError as error:
        return error
    ours = replace(content, text=schema.canonical)
    forms = (ours,) if ours == content else (ours, content)
    return Ready(incoming, tuple(Form.of(incoming, each) for each in forms))


def _hold_storable(parsing: Parsing, incoming: Incoming) -> None:
    incoming.subject.checked()
    text, most = incoming.content.text, parsing.limits.max_schema_bytes
    parsing.schema_type(incoming.content.schema_type)
    # No encoding of it is shorter than its characters.
    size = len(text) if len(text) > most else len(text.encode(errors="replace"))
    if size > most:
        raise SchemaTooLargeError(size, most)
    if not text or "\0" in text:
        raise InvalidSchemaError("expected a schema, found nothing or a NUL in it")

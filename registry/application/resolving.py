"""From references to the texts that they stand for, read from the store."""

from collections.abc import Iterable

from registry.application.parsing import Source
from registry.application.ports import SchemaReader
from registry.application.stored import Visibility
from registry.domain.limits import Limits
from registry.domain.model import (
    LATEST,
    Content,
    Reference,
    SchemaType,
    Subject,
    Version,
)
from registry.domain.references import missing, resolve, target


class Resolver:
    """Reads references of one context through one reader, each version once.

    New schemas may only refer to live versions; stored ones keep what they have.
    """

    def __init__(self, store: SchemaReader, context: str, limits: Limits) -> None:
        self._store = store
        self._context = context
        self._limits = limits
        self._read: dict[tuple[Subject, int], Content | None] = {}

    def pinned(self, references: Iterable[Reference]) -> tuple[Reference, ...]:
        """Return the references with real versions in place of `LATEST`.

        Raises:
            InvalidSchemaError: A target does not exist or is deleted.

        """
        return tuple(self._pin(each) for each in references)

    def source_of(self, content: Content) -> Source:
        """Return what a stored content needs to be parsed again."""
        return self.source(content.schema_type, content.text, content.references)

    def source(
        self, schema_type: SchemaType, text: str, references: tuple[Reference, ...]
    ) -> Source:
        closure = (
            resolve(references, self._context, self._fetch, self._limits)
            if references
            else ()
        )
        return Source(schema_type, text, closure)

    def _pin(self, reference: Reference) -> Reference:
        subject = target(reference, self._context)
        found = (
            self._store.find_latest(subject)
            if reference.version == LATEST
            else self._store.find_version(
                subject, Version(reference.version), Visibility.LIVE
            )
        )
        if found is None:
            raise missing(reference, subject)
        self._read[subject, found.version] = found.content
        return Reference(reference.name, reference.subject, found.version)

    def _fetch(self, subject: Subject, version: int) -> Content | None:
        key = (subject, version)
        if key not in self._read:
            found = self._store.find_version(subject, Version(version), Visibility.ALL)
            self._read[key] = None if found is None else found.content
        return self._read[key]

"""From references to the texts that they stand for, read from the store."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from registry.application.parsing import Source
from registry.application.ports import SchemaReader
from registry.application.stored import Visibility
from registry.domain.limits import Limits
from registry.domain.model import (
    LATEST,
    Content,
    Reference,
    SchemaType,
    SchemaVersion,
    Subject,
    Version,
)
from registry.domain.references import missing, resolve, target

_MOST_AT_ONCE: Final = 1_000

Places = dict[tuple[Subject, int], Content | None]
"""What versions of subjects hold; None where there is no such version."""


def sources_of(
    store: SchemaReader, versions: Sequence[SchemaVersion], limits: Limits
) -> list[Source]:
    """Return what stored versions need to be parsed again.

    Their references are read layer by layer, so that the number of statements grows
    with how deep they refer, not with how many there are.

    Raises:
        InvalidSchemaError: A reference leads nowhere, or a limit is passed.

    """
    read = closures_of(store, versions, limits)
    return [
        Resolver(store, each.subject.context, limits, read).source_of(each.content)
        for each in versions
    ]


def closures_of(
    store: SchemaReader, versions: Sequence[SchemaVersion], limits: Limits
) -> Places:
    """Return all that stored versions refer to, directly or not.

    What lies deeper than a closure may be is not read.
    """
    read: Places = {}
    layer = _targets((each.subject.context, each.content) for each in versions)
    for _ in range(limits.max_closure_depth):
        fresh = layer - read.keys()
        if not fresh:
            break
        read |= _read(store, fresh)
        layer = _targets((at.context, read[at, number]) for at, number in fresh)
    return read


def _targets(
    contents: Iterable[tuple[str, Content | None]],
) -> set[tuple[Subject, int]]:
    return {
        (target(reference, context), reference.version)
        for context, content in contents
        if content is not None
        for reference in content.references
    }


def _read(store: SchemaReader, places: Iterable[tuple[Subject, int]]) -> Places:
    """Read versions, deleted or not, some statements for each context."""
    found: Places = dict.fromkeys(places)
    of: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for subject, number in found:
        of[subject.context].append((subject.name, number))
    for context, wanted in of.items():
        for start in range(0, len(wanted), _MOST_AT_ONCE):
            part = wanted[start : start + _MOST_AT_ONCE]
            placed = store.moving.placed(context, part)
            ids = {each.schema_id for each in placed.values()}
            contents = store.moving.contents(context, ids)
            for (name, number), each in placed.items():
                found[Subject(name, context), number] = contents.get(each.schema_id)
    return found


class Resolver:
    """Reads references of one context through one reader, each version once.

    New schemas may only refer to live versions; stored ones keep what they have.

    Args:
        read: What has been read before; grows with what this reads.

    """

    def __init__(
        self,
        store: SchemaReader,
        context: str,
        limits: Limits,
        read: Places | None = None,
    ) -> None:
        self._store = store
        self._context = context
        self._limits = limits
        self._read: Places = {} if read is None else read

    @property
    def subjects(self) -> set[Subject]:
        """Whatever was read so far: what the texts depend on."""
        return {subject for subject, _ in self._read}

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

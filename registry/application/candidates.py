"""From a submission to a candidate: what is missing filled in, parsed, and named.

Steps, as reading the store and parsing are kept apart: `draft` reads and `parsed` is
pure; whether the candidate is there already, `find_exact` and `likenesses` read, and
`first_equal` parses and compares what they could not decide.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from registry.application.parsing import Parsing, Source
from registry.application.ports import SchemaReader
from registry.application.resolving import Resolver
from registry.application.stored import Visibility
from registry.application.submission import Submission
from registry.domain.configuration import Config
from registry.domain.errors import InvalidSchemaError
from registry.domain.identity import identity_bytes
from registry.domain.model import (
    Content,
    Metadata,
    Reference,
    SchemaVersion,
    Subject,
)
from registry.domain.promises import hold_field_names, strictness_of
from registry.domain.rule_sets import same_metadata
from registry.domain.schema import ParsedSchema, Strictness

_EMPTY = "Empty schema"


@dataclass(frozen=True, slots=True)
class Draft:
    """All that parsing a submission needs."""

    source: Source
    references: tuple[Reference, ...]
    metadata: Metadata | None
    submission: Submission
    normalizes: bool


@dataclass(frozen=True, slots=True)
class Parsed:
    """A submission, understood.

    Attributes:
        schema: Of the text as submitted: places and edits refer to it.
        content: What would be stored.

    """

    schema: ParsedSchema
    source: Source
    content: Content

    @property
    def identity(self) -> bytes:
        return identity_bytes(self.content)


@dataclass(frozen=True, slots=True)
class Likeness:
    """A version that may mean the same as a candidate.

    Attributes:
        source: What is to be parsed to know; None when it does for sure.
        is_inlined: Whether the candidate has in its text what the version refers to.

    """

    version: SchemaVersion
    source: Source | None
    is_inlined: bool = False


def completed(
    store: SchemaReader, subject: Subject, submission: Submission
) -> Submission:
    """Return a submission that has a text: without one, that of the latest version.

    Raises:
        InvalidSchemaError: There is no latest version either.

    """
    if not _is_blank(submission.text):
        return submission
    latest = store.find_latest(subject)
    if latest is None:
        raise InvalidSchemaError(_EMPTY)
    content = latest.content
    return replace(
        submission,
        text=content.text,
        schema_type=content.schema_type,
        references=content.references,
    )


def draft(
    parsing: Parsing,
    store: SchemaReader,
    subject: Subject,
    submission: Submission,
    config: Config,
) -> Draft:
    """Read what a submission needs to be parsed: the texts of its references.

    Raises:
        InvalidSchemaError: There is no text, the type is unknown, or a reference
            points at nothing.

    """
    schema_type = parsing.schema_type(submission.schema_type)
    text = submission.text
    if text is None or _is_blank(text):
        raise InvalidSchemaError(_EMPTY)
    resolver = Resolver(store, subject.context, parsing.limits)
    normalizes = (
        config.normalize if submission.normalize is None else submission.normalize
    )
    pinned = resolver.pinned(submission.references)
    return Draft(
        resolver.source(schema_type, text, pinned),
        _normalized(pinned) if normalizes else pinned,
        submission.metadata,
        submission,
        bool(normalizes),
    )


def tagged_earlier(
    parsing: Parsing, store: SchemaReader, subject: Subject, submission: Submission
) -> Source | None:
    """Read the schema whose tags a submission asks for; None for none."""
    latest = store.find_latest(subject) if submission.propagates_tags else None
    if latest is None:
        return None
    resolver = Resolver(store, subject.context, parsing.limits)
    return resolver.source_of(latest.content)


def retagged(parsing: Parsing, draft: Draft, earlier: Source | None) -> Draft:
    """Return a draft whose text has the tags that its submission asks for.

    Args:
        earlier: What `tagged_earlier` has read.

    Raises:
        InvalidSchemaError: The text is no schema, or lacks what is to be tagged.

    """
    tagging, source = draft.submission.tagging, draft.source
    form = parsing.format(source.schema_type)
    if earlier is not None and earlier.schema_type is source.schema_type:
        tagging = replace(tagging, inherited=form.inline_tags(parsing.parse(earlier)))
    if not tagging:
        return draft
    schema = parsing.parse(source)
    text = form.retagged(schema, tagging, source.closure)
    return replace(draft, source=replace(source, text=text))


def parsed(
    parsing: Parsing, draft: Draft, strictness: Strictness = Strictness.STRICT
) -> Parsed:
    """Parse a draft.

    Raises:
        InvalidSchemaError: With the place, and what was expected there.

    """
    source = draft.source
    schema = parsing.parse(source, strictness)
    form = parsing.format(source.schema_type)
    stored = form.normalized(schema) if draft.normalizes else schema
    content = Content(
        source.schema_type,
        stored.canonical,
        draft.references,
        draft.metadata,
        draft.submission.rule_set,
    )
    return Parsed(schema, source, content)


def new(parsing: Parsing, draft: Draft, config: Config) -> Parsed:
    """Parse a draft that is to become a version, as strictly as the config says.

    Raises:
        InvalidSchemaError: With the place, and what was expected there.

    """
    found = parsed(parsing, draft, strictness_of(config))
    if config.validate_fields:
        form = parsing.format(found.source.schema_type)
        hold_field_names(form.top_level_names(found.schema))
    return found


def inheriting(parsed: Parsed, latest: SchemaVersion | None, config: Config) -> Parsed:
    """Return the candidate as it would be stored: with what it need not bring itself.

    Metadata and rules that it leaves out are those of the latest version; to them
    comes what the config in scope adds.
    """
    content = parsed.content
    if latest is not None:
        theirs = latest.content
        # An empty metadata object is a statement; only an absent one inherits.
        content = replace(
            content,
            metadata=theirs.metadata if content.metadata is None else content.metadata,
            rule_set=theirs.rule_set if content.rule_set is None else content.rule_set,
        )
    return replace(parsed, content=config.added_to(content))


def find_exact(
    store: SchemaReader, subject: Subject, candidate: Parsed, visibility: Visibility
) -> SchemaVersion | None:
    """Return the newest version with the very content, by one indexed read."""
    content, identity = candidate.content, candidate.identity
    return store.find_content(subject, content, identity, visibility)


def likenesses(
    parsing: Parsing,
    store: SchemaReader,
    candidate: Parsed,
    history: Sequence[SchemaVersion],
    config: Config,
) -> list[Likeness]:
    """Return what to compare the candidate with, in the order in which it counts.

    Newest first; then all once more with what the candidate inherits.

    Args:
        history: The versions that a look-up sees, oldest first.

    Source: Confluent, look-up of a schema under a subject.
    """
    if not history:
        return []
    # What earlier versions refer to counts, be it readable or not: nothing of it shows.
    resolver = Resolver(store.whole, history[0].subject.context, parsing.limits)
    contents = [candidate.content]
    inherited = inheriting(candidate, history[-1], config).content
    if inherited != candidate.content:
        contents.append(inherited)
    found: list[Likeness] = []
    for wanted, version in itertools.product(contents, reversed(history)):
        likeness = _likeness(resolver, wanted, version)
        if likeness is not None:
            found.append(likeness)
            if likeness.source is None:
                # Equal for sure: what comes after it does not count.
                break
    return found


def first_equal(
    parsing: Parsing, candidate: Parsed, among: Iterable[Likeness]
) -> SchemaVersion | None:
    """Return the first version that means the same as the candidate; reads nothing."""
    for likeness in among:
        source = likeness.source
        if source is None or _means_the_same(
            parsing, candidate, source, is_inlined=likeness.is_inlined
        ):
            return likeness.version
    return None


def _likeness(
    resolver: Resolver, wanted: Content, version: SchemaVersion
) -> Likeness | None:
    stored = version.content
    if (
        wanted.schema_type is not stored.schema_type
        or wanted.rule_set != stored.rule_set
        or not same_metadata(wanted.metadata, stored.metadata, version.version)
    ):
        return None
    is_inlined = wanted.references != stored.references
    if is_inlined and wanted.references:
        return None
    if not is_inlined and wanted.text == stored.text:
        return Likeness(version, None)
    return Likeness(version, resolver.source_of(stored), is_inlined)


def _means_the_same(
    parsing: Parsing, candidate: Parsed, source: Source, *, is_inlined: bool
) -> bool:
    form = parsing.format(source.schema_type)
    other = parsing.parse(source)
    if not is_inlined:
        return form.is_equivalent(candidate.schema, other)
    resolve = form.renderings.get("resolved")
    return resolve is not None and resolve(candidate.schema) == resolve(other)


def _is_blank(text: str | None) -> bool:
    return text is None or not text.strip()


def _normalized(references: tuple[Reference, ...]) -> tuple[Reference, ...]:
    return tuple(
        sorted(dict.fromkeys(references), key=lambda each: (each.subject, each.version))
    )

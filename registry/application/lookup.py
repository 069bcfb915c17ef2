"""Finding what is registered. Nothing in here writes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice, product
from typing import TypeVar
from uuid import UUID

from registry.application import candidates, namesakes
from registry.application.parsing import Source
from registry.application.ports import Ports, SchemaReader
from registry.application.resolving import Resolver, sources_of
from registry.application.stored import (
    Page,
    Use,
    Visibility,
)
from registry.application.submission import Submission
from registry.domain.configuration import in_scope
from registry.domain.errors import (
    InvalidSchemaError,
    SchemaNotFoundError,
    SubjectNotFoundError,
    VersionNotFoundError,
)
from registry.domain.limits import Limits
from registry.domain.model import (
    DEFAULT_CONTEXT,
    LATEST,
    Content,
    SchemaId,
    SchemaVersion,
    Subject,
    Version,
)
from registry.domain.rule_sets import has_properties
from registry.domain.schema import ParsedSchema, Strictness

Item = TypeVar("Item")

_SHOWS: dict[Visibility, Callable[[Use], bool]] = {
    Visibility.LIVE: lambda use: not use.is_deleted,
    Visibility.DELETED: lambda use: use.is_deleted,
    Visibility.ALL: lambda _use: True,
}


def find_registered(
    ports: Ports, subject: Subject, submission: Submission, visibility: Visibility
) -> SchemaVersion:
    """Return the version under which a schema is registered.

    One that an unqualified subject does not have may be that of a namesake in another
    context, the first of them by the context's name.

    Raises:
        SubjectNotFoundError: The subject has no version that can be seen.
        SchemaNotFoundError: It has, but none of them is this schema.
        InvalidSchemaError: The text is no schema.

    """
    if submission.text is None or not submission.text.strip():
        with ports.transactions.read() as store:
            _hold_visible(store, subject, visibility)
        raise SchemaNotFoundError
    with ports.transactions.read() as store:
        config = in_scope(store.policy(subject).configs, ports.defaults)
        draft = candidates.draft(ports.parsing, store, subject, submission, config)
    parsed = candidates.parsed(ports.parsing, draft, Strictness.LENIENT)
    with ports.transactions.read() as store:
        found = candidates.find_exact(store, subject, parsed, visibility)
        if found is not None:
            return found
        history = store.history(subject, visibility)
        alike = candidates.likenesses(ports.parsing, store, parsed, history, config)
    found = candidates.first_equal(ports.parsing, parsed, alike)
    if found is None and not subject.is_qualified:
        sought = namesakes.Sought(subject.name, parsed, submission, config)
        found = namesakes.find_registered(ports, sought, visibility)
    if found is not None:
        return found
    raise SchemaNotFoundError if history else SubjectNotFoundError(str(subject))


def get_version(
    ports: Ports, subject: Subject, wanted: int, visibility: Visibility
) -> SchemaVersion:
    """Return a version; `LATEST` is the newest live one, whatever the visibility.

    One that an unqualified subject does not have may be that of a namesake, as in
    `find_registered`.

    Raises:
        SubjectNotFoundError: The subject has no version that can be seen.
        VersionNotFoundError: It has, but not this one.

    """
    with ports.transactions.read() as store:
        return _version_anywhere(store, subject, wanted, visibility)


def find_with_metadata(
    ports: Ports,
    subject: Subject,
    asked: Iterable[Mapping[str, str]],
    visibility: Visibility,
) -> SchemaVersion:
    """Return the newest version whose metadata has all properties that are asked for.

    Args:
        asked: Alternatives; the first that any version has counts. No properties at
            all are had by any metadata, but not by a version without.

    Raises:
        SubjectNotFoundError: The subject has no version that can be seen.
        SchemaNotFoundError: It has, but none with such metadata.

    """
    with ports.transactions.read() as store:
        history = store.history(subject, visibility)
    if not history:
        raise SubjectNotFoundError(str(subject))
    for wanted, version in product(asked, reversed(history)):
        if has_properties(version.metadata, wanted):
            return version
    raise SchemaNotFoundError


def version_in(
    store: SchemaReader, subject: Subject, wanted: int, visibility: Visibility
) -> SchemaVersion:
    """Return a version of this very subject, within a transaction.

    Raises:
        SubjectNotFoundError, VersionNotFoundError: As `get_version`.

    """
    found = _find_version(store, subject, wanted, visibility)
    if found is None:
        _hold_visible(store, subject, visibility)
        raise VersionNotFoundError(wanted)
    return found


def list_versions(
    ports: Ports, subject: Subject, visibility: Visibility, page: Page
) -> list[Use]:
    """Return the versions of a subject, oldest first.

    Raises:
        SubjectNotFoundError: There is none. A subject whose versions are all
            soft-deleted is there when these can be seen.

    """
    with ports.transactions.read() as store:
        uses = store.uses_of(subject)
    if not uses or (visibility is Visibility.LIVE and all(u.is_deleted for u in uses)):
        raise SubjectNotFoundError(str(subject))
    return _part(filter(_SHOWS[visibility], uses), page)


def list_subjects(
    ports: Ports, context: str | None, prefix: str, visibility: Visibility, page: Page
) -> list[Subject]:
    """Return subjects, by context and name; None stands for all contexts."""
    with ports.transactions.read() as store:
        return store.subjects(context, prefix, visibility, page)


def get_by_id(
    ports: Ports, schema_id: SchemaId, subject: Subject | None
) -> SchemaVersion:
    """Return the content of an id at one of its places, soft-deleted or not.

    A qualified subject has to hold the id. An unqualified one that does not is looked
    for in the other contexts, by their names; then it is overlooked, as clients often
    name a wrong one.

    Raises:
        SchemaNotFoundError: Nothing holds the id.

    """
    context = DEFAULT_CONTEXT if subject is None else subject.context
    preferred = subject if subject is not None and subject.name else None
    with ports.transactions.read() as store:
        found = store.find_by_id(context, schema_id, preferred)
        if preferred is not None and (found is None or found.subject != preferred):
            if preferred.is_qualified:
                raise SchemaNotFoundError(schema_id)
            found = store.find_by_id_elsewhere(preferred.name, schema_id) or found
    if found is None:
        raise SchemaNotFoundError(schema_id)
    return found


def get_by_guid(ports: Ports, guid: UUID) -> SchemaVersion:
    """Return the content of a GUID at one of its places, soft-deleted or not.

    The default context is searched first.

    Raises:
        SchemaNotFoundError: No context has it.

    """
    with ports.transactions.read() as store:
        found = store.find_by_guid(guid)
    if found is None:
        raise SchemaNotFoundError(guid)
    return found


def list_uses_of_id(
    ports: Ports,
    schema_id: SchemaId,
    subject: Subject | None,
    visibility: Visibility,
    page: Page,
) -> list[Use]:
    """Return where an id is used: the newest version of each subject that holds it.

    Args:
        subject: Whose uses alone count, if it has a name; one that is unqualified is
            looked for as in `get_by_id`.

    Raises:
        SchemaNotFoundError: Nothing holds the id.

    """
    wanted = Subject("") if subject is None else subject
    with ports.transactions.read() as store:
        uses = store.uses_of_id(wanted.context, schema_id)
        own = [use for use in uses if wanted.name in {"", use.subject.name}]
        if not (own or wanted.is_qualified):
            others = store.uses_of_id_elsewhere(wanted.name, schema_id)
            own = [use for use in others if use.subject == others[0].subject]
    if not (uses or own):
        raise SchemaNotFoundError
    newest = {use.subject: use for use in filter(_SHOWS[visibility], own)}
    return _part(newest.values(), page)


def list_referrers(
    ports: Ports, subject: Subject, wanted: int, visibility: Visibility, page: Page
) -> list[SchemaId]:
    """Return the ids of the schemas that refer to a version, ascending.

    Raises:
        SubjectNotFoundError, VersionNotFoundError: There is no such version, live or
            soft-deleted.

    """
    with ports.transactions.read() as store:
        found = _version_anywhere(store, subject, wanted, Visibility.ALL)
        referrers = store.referrers(found.subject, found.version)
    shown = {
        referrer.schema_id
        for referrer in referrers
        if visibility is Visibility.ALL or not referrer.is_deleted
    }
    return _part(sorted(shown), page)


def list_ids_of_guid(ports: Ports, guid: UUID) -> list[tuple[str, SchemaId]]:
    """Return contexts and ids of a GUID, the default context first; often just one."""
    with ports.transactions.read() as store:
        return store.ids_of_guid(guid)


def max_id(ports: Ports, context: str) -> int:
    """Return the highest id given in a context that may be seen; 0 for none."""
    with ports.transactions.read() as store:
        return store.max_id(context)


def rendered(ports: Ports, subject: Subject, content: Content, form: str) -> str:
    """Return a content's text in one of its format's renderings.

    A rendering that the format does not know is the canonical text, as Confluent has
    it; most calls ask for none and cost nothing.
    """
    renderings = ports.parsing.format(content.schema_type).renderings
    render = renderings.get(form.lower())
    if render is None:
        return content.text
    return render(parsed(ports, subject, content))


def rendered_each(
    ports: Ports, versions: Sequence[SchemaVersion], form: str
) -> list[str]:
    """Return the texts of versions as `rendered` does, in few reads for all of them.

    One that refers to what the caller may not read stays as it is: the others are not
    to be withheld because of it.
    """
    texts = [each.content.text for each in versions]
    if not form:
        return texts
    renders = [
        ports.parsing.format(each.content.schema_type).renderings.get(form.lower())
        for each in versions
    ]
    wanted = [at for at, render in enumerate(renders) if render is not None]
    if not wanted:
        return texts
    sources = _sources(ports, [versions[at] for at in wanted])
    for at, source in zip(wanted, sources, strict=True):
        render = renders[at]
        if render is not None and source is not None:
            texts[at] = render(ports.parsing.parse(source))
    return texts


def parsed(ports: Ports, subject: Subject, content: Content) -> ParsedSchema:
    """Return what the content of a version of a subject means."""
    with ports.transactions.read() as store:
        resolver = Resolver(store, subject.context, ports.parsing.limits)
        source = resolver.source_of(content)
    return ports.parsing.parse(source)


def _sources(ports: Ports, versions: Sequence[SchemaVersion]) -> list[Source | None]:
    limits = ports.parsing.limits
    with ports.transactions.read() as store:
        if ports.access.reads_everything:
            return [*sources_of(store, versions, limits)]
        return [_source_or_none(store, each, limits) for each in versions]


def _source_or_none(
    store: SchemaReader, version: SchemaVersion, limits: Limits
) -> Source | None:
    try:
        return Resolver(store, version.subject.context, limits).source_of(
            version.content
        )
    except InvalidSchemaError:
        return None


def _find_version(
    store: SchemaReader, subject: Subject, wanted: int, visibility: Visibility
) -> SchemaVersion | None:
    if wanted == LATEST:
        return store.find_latest(subject)
    return store.find_version(subject, Version(wanted), visibility)


def _version_anywhere(
    store: SchemaReader, subject: Subject, wanted: int, visibility: Visibility
) -> SchemaVersion:
    found = _find_version(store, subject, wanted, visibility)
    if found is None and not subject.is_qualified:
        found = namesakes.find_version(store, subject.name, wanted, visibility)
    return found or version_in(store, subject, wanted, visibility)


def _hold_visible(
    store: SchemaReader, subject: Subject, visibility: Visibility
) -> None:
    if not any(map(_SHOWS[visibility], store.uses_of(subject))):
        raise SubjectNotFoundError(str(subject))


def _part(items: Iterable[Item], page: Page) -> list[Item]:
    end = None if page.limit is None else page.offset + page.limit
    return list(islice(items, page.offset, end))

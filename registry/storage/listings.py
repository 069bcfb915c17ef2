"""Lists of subjects and versions: queries composed of what was asked for."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, exists, func, select
from sqlalchemy.orm import Mapped, aliased
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col

from registry.application.ports import Page, Visibility
from registry.storage.tables import ContentRow, ReferenceRow, SubjectRow, VersionRow

_LAST_CODE_POINT = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)

_VERSION_COLUMNS = (
    col(VersionRow.context),
    col(VersionRow.subject),
    col(VersionRow.version),
    col(VersionRow.created_ms),
    col(VersionRow.is_deleted),
    col(ContentRow.id),
    col(ContentRow.guid),
    col(ContentRow.schema_type),
    col(ContentRow.text),
    col(ContentRow.reference_json),
    col(ContentRow.metadata_json),
    col(ContentRow.rule_set_json),
)


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a list is asked for; the context is None for all."""

    context: str | None
    prefix: str
    page: Page

    def among(
        self, context: Mapped[str], name: Mapped[str]
    ) -> list[ColumnElement[bool]]:
        """Return the conditions on names, in a form that an index answers."""
        conditions = [] if self.context is None else [context == self.context]
        if self.prefix:
            conditions.append(name >= self.prefix)
        end = after_all_with(self.prefix)
        if end is not None:
            conditions.append(name < end)
        return conditions

    def of(self, query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
        if self.page.limit is None and not self.page.offset:
            return query
        return query.offset(self.page.offset).limit(self.page.limit)


def after_all_with(prefix: str) -> str | None:
    """Return the least text beyond all that begin with a prefix; None if none is.

    Texts compare by code point; half a surrogate pair cannot be stored or compared.
    """
    kept = prefix.rstrip(chr(_LAST_CODE_POINT))
    if not kept:
        return None
    following = ord(kept[-1]) + 1
    if following in _SURROGATES:
        following = _SURROGATES.stop
    return kept[:-1] + chr(following)


def subjects(part: Part, visibility: Visibility) -> Select[*tuple[Any, ...]]:
    """Select context and name; a subject is deleted when all its versions are."""
    context, name = col(SubjectRow.context), col(SubjectRow.name)
    versions = and_(col(VersionRow.context) == context, col(VersionRow.subject) == name)
    has_any = exists().where(versions)
    has_live = exists().where(versions, ~col(VersionRow.is_deleted))
    visible = {
        Visibility.LIVE: has_live,
        Visibility.DELETED: and_(has_any, ~has_live),
        Visibility.ALL: has_any,
    }
    query = select(context, name).where(*part.among(context, name), visible[visibility])
    return part.of(query.order_by(context, name))


def versions(
    part: Part, visibility: Visibility, *, latest_only: bool
) -> Select[*tuple[Any, ...]]:
    """Select the columns that `rows.to_version` reads."""
    # By the subjects, since their key has the order that is asked for.
    context, subject = col(SubjectRow.context), col(SubjectRow.name)
    query = (
        select(*_VERSION_COLUMNS)
        .select_from(SubjectRow)
        .join(
            VersionRow,
            and_(
                col(VersionRow.context) == context, col(VersionRow.subject) == subject
            ),
        )
        .join(
            ContentRow,
            and_(
                col(ContentRow.context) == col(VersionRow.context),
                col(ContentRow.id) == col(VersionRow.schema_id),
            ),
        )
        .where(*part.among(context, subject), *_seen(VersionRow, visibility))
    )
    if latest_only:
        query = query.where(col(VersionRow.version) == _newest(visibility))
    return part.of(query.order_by(context, subject, col(VersionRow.version)))


def trash(part: Part) -> Select[*tuple[Any, ...]]:
    """Select place, id, schema type and time of deletion of soft-deleted versions."""
    context, subject = col(VersionRow.context), col(VersionRow.subject)
    query = (
        select(
            context,
            subject,
            col(VersionRow.version),
            col(VersionRow.schema_id),
            col(ContentRow.schema_type),
            col(VersionRow.deleted_ms),
        )
        .join(
            ContentRow,
            and_(
                col(ContentRow.context) == context,
                col(ContentRow.id) == col(VersionRow.schema_id),
            ),
        )
        .where(col(VersionRow.is_deleted), *part.among(context, subject))
    )
    return part.of(query.order_by(context, subject, col(VersionRow.version)))


def referrers_of_trash(part: Part) -> Select[*tuple[Any, ...]]:
    """Select the place of each, then the id and place of what refers to it."""
    of = trash(part).subquery()
    return (
        select(
            of.c.context,
            of.c.subject,
            of.c.version,
            col(VersionRow.schema_id),
            col(VersionRow.context),
            col(VersionRow.subject),
            col(VersionRow.version),
            col(VersionRow.is_deleted),
        )
        .distinct()
        .select_from(of)
        .join(
            ReferenceRow,
            and_(
                col(ReferenceRow.target_context) == of.c.context,
                col(ReferenceRow.target_subject) == of.c.subject,
                col(ReferenceRow.target_version) == of.c.version,
            ),
        )
        .join(
            VersionRow,
            and_(
                col(VersionRow.context) == col(ReferenceRow.context),
                col(VersionRow.subject) == col(ReferenceRow.subject),
                col(VersionRow.version) == col(ReferenceRow.version),
            ),
        )
        .order_by(
            col(VersionRow.context), col(VersionRow.subject), col(VersionRow.version)
        )
    )


def _newest(visibility: Visibility) -> ColumnElement[int]:
    other = aliased(VersionRow)
    return (
        select(func.max(col(other.version)))
        .where(
            col(other.context) == col(VersionRow.context),
            col(other.subject) == col(VersionRow.subject),
            *_seen(other, visibility),
        )
        .correlate(VersionRow)
        .scalar_subquery()
    )


def _seen(row: type[VersionRow], visibility: Visibility) -> list[ColumnElement[bool]]:
    if visibility is Visibility.ALL:
        return []
    return [col(row.is_deleted).is_(visibility is Visibility.DELETED)]

"""Lists of contexts, subjects and versions: queries composed of what was asked for."""

from itertools import groupby
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, aliased
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Boolean
from sqlmodel import col

from registry.application.ports import Page, Selection, Visibility
from registry.domain.model import DEFAULT_CONTEXT, GLOBAL_CONTEXT
from registry.storage.associations import is_bound
from registry.storage.tables import (
    ContentRow,
    ContextRow,
    ReferenceRow,
    SubjectRow,
    VersionRow,
)

Query = Select[*tuple[Any, ...]]
Condition = ColumnElement[bool]

_LAST_CODE_POINT: Final = 0x10FFFF
_SURROGATES: Final = range(0xD800, 0xE000)

_VERSION_COLUMNS: Final = (
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


# What is called "type" further inside is a parameter of a rule.
_HAS_RULE: Final = """EXISTS (
  SELECT 1 FROM json_tree({stored}) AS part
  WHERE part.key = 'type' AND part.path LIKE '$.%]' AND part.value = {wanted}
)"""


class _HasRule(FunctionElement[bool]):
    """Whether a stored rule set has a rule of a type; `rows.rule_set_json` wrote it."""

    type = Boolean()
    inherit_cache = True
    name = "has_rule"


@compiles(_HasRule, "sqlite")
def _has_rule_in_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    stored, wanted = (compiler.process(each, **more) for each in element.clauses)
    return _HAS_RULE.replace("{stored}", stored).replace("{wanted}", wanted)


@compiles(_HasRule, "postgresql")
def _has_rule_in_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    stored, wanted = (compiler.process(each, **more) for each in element.clauses)
    return (
        f"jsonb_path_exists(CAST({stored} AS jsonb),"
        " '$.*[*] ? (@.type == $wanted)',"
        f" jsonb_build_object('wanted', CAST({wanted} AS text)))"
    )


def contexts(prefix: str, page: Page) -> Query:
    """Select the names of contexts in which something was registered."""
    name = col(ContextRow.name)
    has_subjects = exists().where(col(SubjectRow.context) == name)
    is_there = and_(name != GLOBAL_CONTEXT, ~col(ContextRow.is_dropped), has_subjects)
    query = select(name).where(
        *_beginning(name, prefix), or_(name == DEFAULT_CONTEXT, is_there)
    )
    return _part(query.order_by(name), page)


def subjects(wanted: Selection) -> Query:
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
    query = select(context, name).where(
        *_among(wanted, context, name), visible[wanted.visibility]
    )
    return _part(query.order_by(context, name), wanted.page)


def versions(wanted: Selection) -> Query:
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
        .where(*_among(wanted, context, subject), *_seen(VersionRow, wanted.visibility))
    )
    if wanted.latest_only:
        query = query.where(col(VersionRow.version) == _newest(wanted.visibility))
    if wanted.rule_type is not None:
        rule_type = bindparam("rule_type", wanted.rule_type, type_=Text())
        query = query.where(_HasRule(col(ContentRow.rule_set_json), rule_type))
    if wanted.bound is not None:
        query = query.where(is_bound(context, subject, wanted.bound))
    ordered = query.order_by(context, subject, col(VersionRow.version))
    return _part(ordered, wanted.page)


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


def _part(query: Query, page: Page) -> Query:
    if page.limit is None and not page.offset:
        return query
    return query.offset(page.offset).limit(page.limit)


def _among(
    wanted: Selection, context: Mapped[str], name: Mapped[str]
) -> list[Condition]:
    """Return the conditions on names, in a form that an index answers."""
    conditions = _beginning(name, wanted.prefix)
    if wanted.context is not None:
        conditions.append(context == wanted.context)
    if not (wanted.also and conditions):
        return conditions
    others = [
        and_(context == each, name.in_([subject.name for subject in subjects]))
        for each, subjects in groupby(
            sorted(wanted.also, key=lambda each: each.context),
            key=lambda each: each.context,
        )
    ]
    return [or_(and_(*conditions), *others)]


def _beginning(name: Mapped[str], prefix: str) -> list[Condition]:
    conditions: list[Condition] = [name >= prefix] if prefix else []
    end = after_all_with(prefix)
    return conditions if end is None else [*conditions, name < end]


def trash(wanted: Selection) -> Query:
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
        .where(col(VersionRow.is_deleted), *_among(wanted, context, subject))
    )
    ordered = query.order_by(context, subject, col(VersionRow.version))
    return _part(ordered, wanted.page)


def referrers_of_trash(wanted: Selection) -> Query:
    """Select the place of each, then the id and place of what refers to it."""
    of = trash(wanted).subquery()
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


def _seen(row: type[VersionRow], visibility: Visibility) -> list[Condition]:
    if visibility is Visibility.ALL:
        return []
    return [col(row.is_deleted).is_(visibility is Visibility.DELETED)]

"""Lists of contexts, subjects and versions: statements composed of what was asked for.

Composed as texts, as `statements` has them: through SQLAlchemy's expressions, a list
would cost twice as much as its rows.
"""

import json
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final, Self

from registry.application.association_ports import Bound
from registry.application.stored import (
    Page,
    Selection,
    Visibility,
)
from registry.domain.access import Areas
from registry.domain.model import Subject
from registry.storage import areas
from registry.storage.link import Dialect
from registry.storage.statements import VERSION_COLUMNS

_VERSIONS_OF: Final = "SELECT 1 FROM version AS v WHERE v.context = s.context"
_HAS_ANY: Final = f"EXISTS ({_VERSIONS_OF} AND v.subject = s.name)"
_HAS_LIVE: Final = (
    f"EXISTS ({_VERSIONS_OF} AND v.subject = s.name AND NOT v.is_deleted)"
)
_VISIBLE_SUBJECTS: Final = {
    Visibility.LIVE: _HAS_LIVE,
    Visibility.DELETED: f"{_HAS_ANY} AND NOT {_HAS_LIVE}",
    Visibility.ALL: _HAS_ANY,
}
_VISIBLE_VERSIONS: Final = {
    Visibility.LIVE: "NOT {}.is_deleted",
    Visibility.DELETED: "{}.is_deleted",
    Visibility.ALL: "",
}
_NEWEST: Final = """v.version = (
  SELECT max(o.version) FROM version AS o
  WHERE o.context = s.context AND o.subject = s.name{}
)"""
_WITH_SUBJECTS: Final = """
(name = '.' OR name <> '.__GLOBAL' AND NOT is_dropped
AND EXISTS (SELECT 1 FROM subject AS s WHERE s.context = context.name{}))
"""
# By the subjects, since their key has the order that is asked for.
_VERSIONS: Final = f"""
SELECT {VERSION_COLUMNS} FROM subject AS s
JOIN version AS v ON v.context = s.context AND v.subject = s.name
JOIN content AS c ON c.context = v.context AND c.id = v.schema_id
"""  # noqa: S608 - constants
# From a part of the table that has an index of its own.
_TRASH: Final = """
SELECT s.context, s.name, s.version, s.schema_id, c.schema_type, s.deleted_ms FROM (
  SELECT context, subject AS name, version, schema_id, deleted_ms
  FROM version WHERE is_deleted
) AS s JOIN content AS c ON c.context = s.context AND c.id = s.schema_id
"""
_REFERRERS_OF_TRASH: Final = """
SELECT DISTINCT t.context, t.name, t.version,
v.schema_id, v.context, v.subject, v.version, v.is_deleted
FROM ({}) AS t JOIN reference AS r ON r.target_context = t.context
AND r.target_subject = t.name AND r.target_version = t.version
JOIN version AS v
ON v.context = r.context AND v.subject = r.subject AND v.version = r.version
ORDER BY v.context, v.subject, v.version
"""

_ASSOCIATIONS: Final = "SELECT 1 FROM association AS a"
_OWN: Final = "a.context = s.context AND a.subject = s.name"

_ALL_FROM: Final = f" LIMIT {2**63 - 1} OFFSET ?"


@dataclass(slots=True)
class Query:
    """A statement on its way: conditions, and the parameters in their order."""

    head: str
    conditions: list[str] = field(default_factory=list)
    parameters: list[object] = field(default_factory=list)
    tail: str = ""

    def where(self, condition: str, *parameters: object) -> Self:
        """Add a condition; an empty one is none."""
        if condition:
            self.conditions.append(condition)
            self.parameters += parameters
        return self

    def ordered(self, order: str, page: Page) -> Self:
        """End the statement."""
        self.tail = f" ORDER BY {order}"
        if page.limit is not None:
            self.tail += " LIMIT ?"
            self.parameters.append(page.limit)
        if page.offset:
            # SQLite has no offset without a limit.
            self.tail += " OFFSET ?" if page.limit is not None else _ALL_FROM
            self.parameters.append(page.offset)
        return self

    @property
    def text(self) -> str:
        where = f" WHERE {' AND '.join(self.conditions)}" if self.conditions else ""
        return f"{self.head}{where}{self.tail}"


def contexts(
    prefix: str, page: Page, dialect: Dialect, among: Areas | None = None
) -> Query:
    """Select the names of contexts in which something was registered."""
    condition, *values = areas.inside(among, "s.context", "s.name", dialect)
    seen = f" AND {condition}" if condition else ""
    query = Query("SELECT name FROM context")
    query.where(_WITH_SUBJECTS.format(seen), *values)
    return query.where(*areas.beginning("name", prefix)).ordered("name", page)


def subjects(wanted: Selection, dialect: Dialect) -> Query:
    """Select context and name; a subject is deleted when all its versions are."""
    query = Query("SELECT s.context, s.name FROM subject AS s")
    query.where(*_between(wanted)).where(_VISIBLE_SUBJECTS[wanted.visibility])
    query.where(*_inside(wanted, dialect))
    return query.ordered("s.context, s.name", wanted.page)


def versions(wanted: Selection, dialect: Dialect) -> Query:
    """Select the columns that `rows.to_version` reads."""
    seen = _VISIBLE_VERSIONS[wanted.visibility]
    query = Query(_VERSIONS).where(*_among(wanted, dialect.ONE_OF))
    query.where(*_inside(wanted, dialect)).where(seen.format("v"))
    if wanted.latest_only:
        among = f" AND {seen.format('o')}" if seen else ""
        query.where(_NEWEST.format(among))
    if wanted.rule_type is not None:
        query.where(dialect.HAS_RULE, wanted.rule_type)
    if wanted.bound is not None:
        query.where(*_bound(wanted.bound, dialect.ONE_OF))
    return query.ordered("s.context, s.name, v.version", wanted.page)


def trash(wanted: Selection, dialect: Dialect) -> Query:
    """Select place, id, schema type and time of deletion of soft-deleted versions."""
    query = Query(_TRASH).where(*_between(wanted)).where(*_inside(wanted, dialect))
    return query.ordered("s.context, s.name, s.version", wanted.page)


def referrers_of_trash(wanted: Selection, dialect: Dialect) -> Query:
    """Select the place of each, then the id and place of what refers to it."""
    of = trash(wanted, dialect)
    return Query(_REFERRERS_OF_TRASH.format(of.text), parameters=of.parameters)


def _inside(wanted: Selection, dialect: Dialect) -> tuple[str, ...]:
    return areas.inside(wanted.among, "s.context", "s.name", dialect)


def _among(wanted: Selection, one_of: str) -> tuple[str, ...]:
    """Return a condition on names, and its values."""
    condition, *values = _between(wanted)
    if condition and wanted.also:
        for context, others in groupby(sorted(wanted.also, key=_context), key=_context):
            condition += f" OR s.context = ? AND s.name {one_of}"
            values += [context, json.dumps([each.name for each in others])]
        condition = f"({condition})"
    return condition, *values


def _bound(wanted: Bound, one_of: str) -> tuple[str, ...]:
    """Return the condition that a subject is used as wanted, and its values."""
    fitting = Query(_ASSOCIATIONS).where(_OWN)
    if wanted.association_types:
        fitting.where(
            f"a.association_type {one_of}", json.dumps(wanted.association_types)
        )
    if wanted.lifecycles:
        fitting.where(f"a.lifecycle {one_of}", json.dumps(wanted.lifecycles))
    has_fitting = f"EXISTS ({fitting.text})"
    values = [str(each) for each in fitting.parameters]
    if not wanted.or_not_at_all:
        return has_fitting, *values
    has_none = f"NOT EXISTS ({Query(_ASSOCIATIONS).where(_OWN).text})"
    if not wanted.lifecycles:
        return (has_none,)
    return f"({has_fitting} OR {has_none})", *values


def _between(wanted: Selection) -> tuple[str, ...]:
    """Return a condition on names, in a form that an index answers, and its values."""
    condition, *values = areas.beginning("s.name", wanted.prefix)
    if wanted.context is None:
        return condition, *values
    within = "s.context = ?"
    condition = f"{within} AND {condition}" if condition else within
    return condition, wanted.context, *values


def _context(subject: Subject) -> str:
    return subject.context

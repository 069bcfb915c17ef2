"""Associations in a SQL database: rows in, domain values out, no commit."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from sqlalchemy import Select, select, tuple_
from sqlmodel import col

from registry.application.association_ports import Bound, Wanted
from registry.domain.associations import Association, Lifecycle, Resource
from registry.domain.model import Subject
from registry.storage import statements
from registry.storage.link import Link
from registry.storage.rows import Row
from registry.storage.tables import AssociationRow

_COLUMNS: Final = (
    "resource_id, resource_type, association_type, resource_name, resource_namespace,"
    " context, subject, lifecycle, created_ms"
)
_NAMES: Final = tuple(_COLUMNS.split(", "))
_OF_SUBJECT: Final = f"""
SELECT {_COLUMNS} FROM association WHERE context = ? AND subject = ?
ORDER BY resource_name, resource_namespace, resource_type, association_type
"""  # noqa: S608 - constants
_OF_RESOURCE: Final = f"""
SELECT {_COLUMNS} FROM association WHERE resource_type = ? AND resource_id = ?
ORDER BY association_type
"""  # noqa: S608 - constants
_OF_NAME: Final = f"""
SELECT {_COLUMNS} FROM association
WHERE resource_type = ? AND resource_name = ? AND resource_namespace = ?
ORDER BY association_type
"""  # noqa: S608 - constants
_PAGE: Final = f"""
SELECT {_COLUMNS} FROM association
WHERE (resource_id, resource_type, association_type) > (?, ?, ?)
ORDER BY resource_id, resource_type, association_type LIMIT ?
"""  # noqa: S608 - constants
_INSERT: Final = f"""
INSERT INTO association ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""  # noqa: S608 - constants
_DELETE: Final = """
DELETE FROM association
WHERE resource_id = ? AND resource_type = ? AND association_type = ?
"""
_OF_ROW: Final = """
SELECT 1 FROM association AS a WHERE a.context = s.context AND a.subject = s.name
"""


class SqlAssociations:
    """An `AssociationStore` over the connection of a store, whose locks it takes."""

    def __init__(self, link: Link, lock: Callable[[str], None]) -> None:
        self._link = link
        self._lock = lock

    def find(self, wanted: Wanted, offset: int, limit: int | None) -> list[Association]:
        query = _selected(wanted).offset(offset).limit(limit)
        return [_association(row) for row in self._link.select(query)]

    def page(self, after: Sequence[str], limit: int) -> list[Association]:
        key = (*(after or ("", "", "")), limit)
        return [_association(row) for row in self._link.rows(_PAGE, key)]

    def of_subject(self, subject: Subject) -> list[Association]:
        return self._all(_OF_SUBJECT, subject.context, subject.name)

    def of_subjects(self, subjects: Collection[Subject]) -> list[Association]:
        names = [(each.context, each.name) for each in subjects]
        pair = tuple_(col(AssociationRow.context), col(AssociationRow.subject))
        query = _in_order().where(pair.in_(names))
        return [_association(row) for row in self._link.select(query)]

    def of_resource(self, resource_type: str, resource_id: str) -> list[Association]:
        return self._all(_OF_RESOURCE, resource_type, resource_id)

    def of_name(
        self, resource_type: str, name: str, namespace: str
    ) -> list[Association]:
        return self._all(_OF_NAME, resource_type, name, namespace)

    def add(self, association: Association) -> None:
        resource, subject = association.resource, association.subject
        self._lock(subject.context)
        if association.lifecycle is Lifecycle.STRONG:
            # Who refers to the subject has decided under other circumstances.
            self._link.change(statements.BUMP_SETTINGS, (subject.context,))
        named = (resource.name, resource.namespace, subject.context, subject.name)
        rest = (str(association.lifecycle), association.created_ms)
        self._link.change(_INSERT, (*_key(association), *named, *rest))

    def remove(self, association: Association) -> None:
        self._lock(association.subject.context)
        self._link.change(_DELETE, _key(association))

    def _all(self, statement: str, *key: str) -> list[Association]:
        return [_association(row) for row in self._link.rows(statement, key)]


def is_bound(wanted: Bound) -> tuple[str, ...]:
    """Return the condition that a subject is used as is asked for, and its values.

    The subject is a row that the statement calls `s`.
    """
    fitting, values = _OF_ROW, [*wanted.association_types, *map(str, wanted.lifecycles)]
    for name, count in (
        ("association_type", len(wanted.association_types)),
        ("lifecycle", len(wanted.lifecycles)),
    ):
        if count:
            fitting += f" AND a.{name} IN ({', '.join('?' * count)})"
    has_fitting, has_none = f"EXISTS ({fitting})", f"NOT EXISTS ({_OF_ROW})"
    if not wanted.or_not_at_all:
        return has_fitting, *values
    if wanted.lifecycles:
        return f"({has_fitting} OR {has_none})", *values
    return (has_none,)


def _selected(wanted: Wanted) -> Select[*tuple[Any, ...]]:
    row = AssociationRow
    conditions = [col(row.resource_type) == wanted.resource_type]
    exact = {
        "resource_id": wanted.resource_id,
        "resource_name": wanted.name,
        "resource_namespace": wanted.namespace,
        "lifecycle": wanted.lifecycle,
    }
    if wanted.subject is not None:
        exact |= {"context": wanted.subject.context, "subject": wanted.subject.name}
    conditions += [
        getattr(row, name) == str(value)
        for name, value in exact.items()
        if value is not None
    ]
    if wanted.association_types:
        conditions.append(col(row.association_type).in_(wanted.association_types))
    return _in_order().where(*conditions)


def _in_order() -> Select[*tuple[Any, ...]]:
    row = AssociationRow
    order = (
        row.resource_name,
        row.resource_namespace,
        row.resource_type,
        row.association_type,
    )
    columns = (getattr(row, name) for name in _NAMES)
    return select(*columns).order_by(*map(col, order))


def _key(association: Association) -> tuple[str, str, str]:
    resource = association.resource
    return resource.id, resource.type, association.association_type


def _association(row: Row) -> Association:
    resource_id, kind, association_type, name, namespace, *rest = row
    context, subject, lifecycle, created_ms = rest
    return Association(
        Resource(name, namespace, resource_id, kind),
        association_type,
        Subject(subject, context),
        Lifecycle(lifecycle),
        created_ms,
    )

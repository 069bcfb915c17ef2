"""Associations in a SQL database: rows in, domain values out, no commit."""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from typing import Final

from registry.application.association_ports import Wanted
from registry.application.stored import Page
from registry.domain.associations import Association, Lifecycle, Resource
from registry.domain.model import Subject
from registry.storage import areas, statements
from registry.storage.link import Dialect, Link
from registry.storage.listings import Query
from registry.storage.rows import Row

_COLUMNS: Final = (
    "resource_id, resource_type, association_type, resource_name, resource_namespace,"
    " context, subject, lifecycle, created_ms"
)
_ORDER: Final = "resource_name, resource_namespace, resource_type, association_type"
_ALL: Final = f"SELECT {_COLUMNS} FROM association"  # noqa: S608 - constants
_OF_SUBJECT: Final = f"""
SELECT {_COLUMNS} FROM association WHERE context = ? AND subject = ?
ORDER BY {_ORDER}
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


class SqlAssociations:
    """An `AssociationStore` over the connection of a store, whose locks it takes."""

    def __init__(self, link: Link, lock: Callable[[str], None]) -> None:
        self._link = link
        self._lock = lock

    def find(self, wanted: Wanted, offset: int, limit: int | None) -> list[Association]:
        query = _selected(wanted, self._link.dialect)
        query.ordered(_ORDER, Page(offset, limit))
        rows = self._link.rows(query.text, query.parameters)
        return [_association(row) for row in rows]

    def page(self, after: Sequence[str], limit: int) -> list[Association]:
        key = (*(after or ("", "", "")), limit)
        return [_association(row) for row in self._link.rows(_PAGE, key)]

    def of_subject(self, subject: Subject) -> list[Association]:
        return self._all(_OF_SUBJECT, subject.context, subject.name)

    def of_subjects(self, subjects: Collection[Subject]) -> list[Association]:
        names: defaultdict[str, list[str]] = defaultdict(list)
        for each in subjects:
            names[each.context].append(each.name)
        condition = f"context = ? AND subject {self._link.dialect.ONE_OF}"
        query = Query(_ALL).where(condition).ordered(_ORDER, Page())
        return [
            _association(row)
            for context, these in sorted(names.items())
            for row in self._link.rows(query.text, (context, json.dumps(these)))
        ]

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


def _selected(wanted: Wanted, dialect: Dialect) -> Query:
    query = Query(_ALL).where("resource_type = ?", wanted.resource_type)
    query.where(*areas.inside(wanted.among, "context", "subject", dialect))
    if wanted.subject is not None:
        subject = wanted.subject
        query.where("context = ? AND subject = ?", subject.context, subject.name)
    exact = {
        "resource_id = ?": wanted.resource_id,
        "resource_name = ?": wanted.name,
        "resource_namespace = ?": wanted.namespace,
        "lifecycle = ?": wanted.lifecycle,
    }
    for condition, value in exact.items():
        if value is not None:
            query.where(condition, str(value))
    if wanted.association_types:
        types = json.dumps(wanted.association_types)
        query.where(f"association_type {dialect.ONE_OF}", types)
    return query


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

"""Grants in a SQL database: rows in, domain values out, no commit."""

from typing import Final

from registry.domain.access import (
    ANY,
    Area,
    Grant,
    Grantee,
    GranteeKind,
    Pattern,
    PatternKind,
    Role,
)
from registry.storage.link import Link
from registry.storage.rows import Row

_COLUMNS: Final = "grantee_kind, grantee, role, context, pattern_kind, pattern"
# In the order of the key, which answers it.
_ALL: Final = f"SELECT {_COLUMNS} FROM access_grant ORDER BY {_COLUMNS}"  # noqa: S608 - constants
_INSERT: Final = f"""
INSERT INTO access_grant ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""  # noqa: S608 - constants
_DELETE: Final = """
DELETE FROM access_grant WHERE grantee_kind = ? AND grantee = ? AND role = ?
AND context = ? AND pattern_kind = ? AND pattern = ?
"""


class SqlGrants:
    """A `GrantStore` over the connection of a store."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def all(self) -> list[Grant]:
        return [_grant(row) for row in self._link.rows(_ALL)]

    def add(self, grant: Grant) -> None:
        self._link.change(_INSERT, _key(grant))

    def remove(self, grant: Grant) -> None:
        self._link.change(_DELETE, _key(grant))


def _key(grant: Grant) -> tuple[str, ...]:
    area = grant.area
    return (
        str(grant.grantee.kind),
        grant.grantee.name,
        str(grant.role),
        # No context is called so: they begin with a dot.
        ANY if area.context is None else area.context,
        str(area.pattern.kind),
        area.pattern.text,
    )


def _grant(row: Row) -> Grant:
    kind, name, role, context, pattern_kind, pattern = row
    return Grant(
        Grantee(GranteeKind(kind), name),
        Role(role),
        Area(
            None if context == ANY else context,
            Pattern(PatternKind(pattern_kind), pattern),
        ),
    )

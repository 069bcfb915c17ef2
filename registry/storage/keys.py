"""Keys of clients that encrypt, in a SQL database: rows in, domain values out."""

import json
from collections.abc import Callable, Sequence
from typing import Final

from registry.application.key_ports import KekUse
from registry.application.stored import Page
from registry.domain.access import Areas
from registry.domain.keys import Algorithm, Dek, DekSlot, Kek, KekName
from registry.domain.model import Subject
from registry.storage import areas
from registry.storage.link import Link
from registry.storage.listings import Query
from registry.storage.rows import Row

_KEK: Final = (
    "context, name, kms_type, kms_key_id, kms_props_json, doc, written_ms, is_deleted"
)
_DEK: Final = (
    "kek_context, kek_name, context, subject, algorithm, version, material,"
    " written_ms, is_deleted"
)
_FIND_KEK: Final = f"SELECT {_KEK} FROM kek WHERE context = ? AND name = ?"  # noqa: S608 - constants
_KEKS: Final = f"SELECT {_KEK} FROM kek"  # noqa: S608 - constants
_USES: Final = """
SELECT DISTINCT kek_context, kek_name, context, subject, is_deleted FROM dek
ORDER BY kek_context, kek_name, context, subject, is_deleted
"""
_USES_OF: Final = """
SELECT DISTINCT kek_context, kek_name, context, subject, is_deleted FROM dek
WHERE kek_context = ? AND kek_name = ? ORDER BY context, subject, is_deleted
"""
_DEKS: Final = f"""
SELECT {_DEK} FROM dek
WHERE kek_context = ? AND kek_name = ? AND context = ? AND subject = ?
ORDER BY algorithm, version
"""  # noqa: S608 - constants
_KEK_PAGE: Final = f"""
SELECT {_KEK} FROM kek WHERE (context, name) > (?, ?) ORDER BY context, name LIMIT ?
"""  # noqa: S608 - constants
_DEK_PAGE: Final = f"""
SELECT {_DEK} FROM dek
WHERE (kek_context, kek_name, context, subject, algorithm, version)
> (?, ?, ?, ?, ?, ?)
ORDER BY kek_context, kek_name, context, subject, algorithm, version LIMIT ?
"""  # noqa: S608 - constants
_PUT_KEK: Final = f"""
INSERT INTO kek ({_KEK}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (context, name) DO UPDATE SET kms_type = excluded.kms_type,
kms_key_id = excluded.kms_key_id, kms_props_json = excluded.kms_props_json,
doc = excluded.doc, written_ms = excluded.written_ms, is_deleted = excluded.is_deleted
"""  # noqa: S608 - constants
_DELETE_KEK: Final = "DELETE FROM kek WHERE context = ? AND name = ?"
_PUT_DEK: Final = f"""
INSERT INTO dek ({_DEK}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (kek_context, kek_name, context, subject, algorithm, version)
DO UPDATE SET material = excluded.material, written_ms = excluded.written_ms,
is_deleted = excluded.is_deleted
"""  # noqa: S608 - constants
_DELETE_DEK: Final = """
DELETE FROM dek WHERE kek_context = ? AND kek_name = ? AND context = ?
AND subject = ? AND algorithm = ? AND version = ?
"""


class SqlKeys:
    """A `KeyStore` over the connection of a store, whose locks it takes."""

    def __init__(self, link: Link, lock: Callable[[str], None]) -> None:
        self._link = link
        self._lock = lock

    def find_kek(self, name: KekName) -> Kek | None:
        row = self._link.row(_FIND_KEK, (name.context, name.name))
        return None if row is None else _kek(row)

    def keks(self, among: Areas | None = None) -> list[Kek]:
        query = Query(_KEKS)
        query.where(*areas.inside(among, "context", "name", self._link.dialect))
        query.ordered("context, name", Page())
        return [_kek(row) for row in self._link.rows(query.text, query.parameters)]

    def kek_page(self, after: Sequence[str], limit: int) -> list[Kek]:
        key = (*(after or ("", "")), limit)
        return [_kek(row) for row in self._link.rows(_KEK_PAGE, key)]

    def dek_page(self, after: Sequence[str | int], limit: int) -> list[Dek]:
        key = (*(after or ("", "", "", "", "", 0)), limit)
        return [_dek(row) for row in self._link.rows(_DEK_PAGE, key)]

    def kek_uses(self, name: KekName | None = None) -> list[KekUse]:
        if name is None:
            return [_use(row) for row in self._link.rows(_USES)]
        key = (name.context, name.name)
        return [_use(row) for row in self._link.rows(_USES_OF, key)]

    def deks(self, name: KekName, subject: Subject) -> list[Dek]:
        key = (name.context, name.name, subject.context, subject.name)
        return [_dek(row) for row in self._link.rows(_DEKS, key)]

    def put_kek(self, kek: Kek) -> None:
        self._lock(kek.name.context)
        props = None if kek.kms_props is None else json.dumps(dict(kek.kms_props))
        named = (kek.name.context, kek.name.name, kek.kms_type, kek.kms_key_id)
        rest = (props, kek.doc, kek.written_ms, kek.is_deleted)
        self._link.change(_PUT_KEK, (*named, *rest))

    def remove_kek(self, name: KekName) -> None:
        self._lock(name.context)
        self._link.change(_DELETE_KEK, (name.context, name.name))

    def put_dek(self, dek: Dek) -> None:
        self._lock(dek.slot.kek.context)
        rest = (dek.material, dek.written_ms, dek.is_deleted)
        self._link.change(_PUT_DEK, (*_key(dek), *rest))

    def remove_deks(self, deks: Sequence[Dek]) -> None:
        self._link.change_each(_DELETE_DEK, map(_key, deks))


def _key(dek: Dek) -> tuple[object, ...]:
    slot = dek.slot
    kek, subject = slot.kek, slot.subject
    named = (kek.context, kek.name, subject.context, subject.name)
    return (*named, str(slot.algorithm), dek.version)


def _kek(row: Row) -> Kek:
    context, name, kms_type, kms_key_id, props, doc, written_ms, is_deleted = row
    return Kek(
        KekName(name, context),
        kms_type,
        kms_key_id,
        None if props is None else json.loads(props),
        doc,
        written_ms,
        bool(is_deleted),
    )


def _dek(row: Row) -> Dek:
    kek_context, kek_name, context, subject, algorithm, *rest = row
    version, material, written_ms, is_deleted = rest
    kek, of = KekName(kek_name, kek_context), Subject(subject, context)
    slot = DekSlot(kek, of, Algorithm(algorithm))
    return Dek(slot, version, material, written_ms, bool(is_deleted))


def _use(row: Row) -> KekUse:
    kek_context, kek_name, context, subject, is_deleted = row
    return KekUse(
        KekName(kek_name, kek_context), Subject(subject, context), bool(is_deleted)
    )

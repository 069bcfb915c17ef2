"""All that a registry holds, in pages: one kind of record after the other.

Pages are read one by one, so that a registry that is written meanwhile is exported as
it is at different moments; what is there all the time is there once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from registry.application.ports import Ports, SchemaReader
from registry.application.records import (
    AliasRecord,
    AssociationRecord,
    ConfigRecord,
    ContextRecord,
    DekRecord,
    KekRecord,
    ModeRecord,
    PoliciesRecord,
    Record,
    VersionRecord,
)

_MOST_CHARACTERS: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kind:
    """How the records of a kind are read, and what they are ordered by.

    Attributes:
        key_types: Of the fields of a key.

    """

    read: Callable[[SchemaReader, Sequence[Any], int], Sequence[Record]]
    key: Callable[[Any], Sequence[Any]]
    key_types: tuple[type, ...]

    def accepts(self, after: Sequence[Any]) -> bool:
        """Say whether something from outside may be a key, or nothing at all."""
        return not after or tuple(map(type, after)) == self.key_types


def _version_key(record: VersionRecord) -> Sequence[Any]:
    version = record.version
    return version.subject.name, version.subject.context, version.version


def _scope_key(record: ConfigRecord | ModeRecord) -> Sequence[Any]:
    return record.scope.context, record.scope.name


def _alias_key(record: AliasRecord) -> Sequence[Any]:
    return record.guid.hex, record.context, record.schema_id


def _context_key(record: ContextRecord) -> Sequence[Any]:
    return (record.name,)


def _policies_key(record: PoliciesRecord) -> Sequence[Any]:
    return record.subject.context, record.subject.name


def _association_key(record: AssociationRecord) -> Sequence[Any]:
    resource = record.association.resource
    return resource.id, resource.type, record.association.association_type


def _kek_key(record: KekRecord) -> Sequence[Any]:
    return record.kek.name.context, record.kek.name.name


def _dek_key(record: DekRecord) -> Sequence[Any]:
    slot = record.dek.slot
    kek, subject = slot.kek, slot.subject
    named = (kek.context, kek.name, subject.context, subject.name)
    return (*named, str(slot.algorithm), record.dek.version)


def _associations(
    store: SchemaReader, after: Sequence[Any], limit: int
) -> Sequence[Record]:
    return [*map(AssociationRecord, store.associations.page(after, limit))]


def _keks(store: SchemaReader, after: Sequence[Any], limit: int) -> Sequence[Record]:
    return [*map(KekRecord, store.keys.kek_page(after, limit))]


def _deks(store: SchemaReader, after: Sequence[Any], limit: int) -> Sequence[Record]:
    return [*map(DekRecord, store.keys.dek_page(after, limit))]


KINDS: Final[Mapping[str, Kind]] = {
    "context": Kind(
        lambda store, *page: store.moving.contexts(*page), _context_key, (str,)
    ),
    "version": Kind(
        lambda store, *page: store.moving.versions(*page), _version_key, (str, str, int)
    ),
    "guidAlias": Kind(
        lambda store, *page: store.moving.aliases(*page), _alias_key, (str, str, int)
    ),
    "config": Kind(
        lambda store, *page: store.moving.configs(*page), _scope_key, (str, str)
    ),
    "policies": Kind(
        lambda store, *page: store.moving.policies(*page), _policies_key, (str, str)
    ),
    "association": Kind(_associations, _association_key, (str, str, str)),
    "kek": Kind(_keks, _kek_key, (str, str)),
    "dek": Kind(_deks, _dek_key, (str, str, str, str, str, int)),
    "mode": Kind(
        lambda store, *page: store.moving.modes(*page), _scope_key, (str, str)
    ),
}
"""In the order in which they are exported: what is needed first comes first. A mode may
forbid what would come after it."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: a kind, and the key of the last record before."""

    kind: str
    after: Sequence[Any] = ()


FIRST: Final = Cursor(next(iter(KINDS)))


def export(
    ports: Ports, cursor: Cursor, limit: int
) -> tuple[Sequence[Record], Cursor | None]:
    """Return a page of records of one kind, and where the next one begins, if any.

    A page has at the most `limit` records, and fewer where their texts are long.
    """
    kind = KINDS[cursor.kind]
    with ports.transactions.read() as store:
        read = kind.read(store, cursor.after, limit)
    found = _short(read)
    if len(read) == limit or len(found) < len(read):
        return found, Cursor(cursor.kind, tuple(kind.key(found[-1])))
    following = [*KINDS][[*KINDS].index(cursor.kind) + 1 :]
    return found, Cursor(following[0]) if following else None


def _short(records: Sequence[Record]) -> Sequence[Record]:
    """Return as many as have few enough characters, and at least one."""
    size = 0
    for position, record in enumerate(records):
        if isinstance(record, VersionRecord):
            size += len(record.version.content.text)
        if size > _MOST_CHARACTERS and position:
            return records[:position]
    return records

"""Whole registries, read and written in bulk."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlmodel import col

from registry.application.moving import Identified, Placed, Placing
from registry.application.records import (
    AliasRecord,
    ConfigRecord,
    ContextRecord,
    ModeRecord,
    PoliciesRecord,
    VersionRecord,
)
from registry.domain.configuration import Mode
from registry.domain.model import (
    GLOBAL_CONTEXT,
    Content,
    SchemaId,
    SchemaType,
    Subject,
)
from registry.domain.references import target
from registry.storage import statements as sql
from registry.storage.link import Link
from registry.storage.rows import (
    Row,
    metadata_json,
    reference_json,
    rule_set_json,
    to_config,
    to_content,
    to_version,
)
from registry.storage.tables import (
    ContentRow,
    GuidAliasRow,
    ModeRow,
    TombstoneRow,
    VersionRow,
)

_FIRST: Final = ("", "", 0)
_FIRST_ALIAS: Final = (b"", "", 0)


class SqlMoving:
    """A `Moving` over one connection; the caller owns transaction and locks."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def contexts(self, after: Sequence[Any], limit: int) -> list[ContextRecord]:
        key = (*(after or ("",)), limit)
        rows = self._link.rows(sql.CONTEXTS_AFTER, key)
        return [ContextRecord(name, last_id) for name, last_id in rows]

    def versions(self, after: Sequence[Any], limit: int) -> list[VersionRecord]:
        key = (*(after or _FIRST), limit)
        rows = self._link.rows(sql.VERSIONS_AFTER, key)
        return [VersionRecord(to_version(row[:-1]), row[-1]) for row in rows]

    def aliases(self, after: Sequence[Any], limit: int) -> list[AliasRecord]:
        guid, *rest = after or _FIRST_ALIAS
        first = bytes.fromhex(guid) if isinstance(guid, str) else guid
        rows = self._link.rows(sql.ALIASES_AFTER, (first, *rest, limit))
        return [
            AliasRecord(UUID(bytes=bytes(guid)), context, SchemaId(schema_id))
            for guid, context, schema_id in rows
        ]

    def configs(self, after: Sequence[Any], limit: int) -> list[ConfigRecord]:
        rows = self._places(sql.CONFIGS_AFTER, after, limit)
        return [ConfigRecord(Subject(r[1], r[0]), to_config(r[2:])) for r in rows]

    def modes(self, after: Sequence[Any], limit: int) -> list[ModeRecord]:
        rows = self._places(sql.MODES_AFTER, after, limit)
        return [ModeRecord(Subject(r[1], r[0]), Mode(r[2])) for r in rows]

    def policies(self, after: Sequence[Any], limit: int) -> list[PoliciesRecord]:
        found = []
        for context, name in self._places(sql.POLICIES_AFTER, after, limit):
            names = self._link.rows(sql.POLICIES_OF, (context, name))
            record = PoliciesRecord(
                Subject(name, context), tuple(sorted(each for (each,) in names))
            )
            found.append(record)
        return found

    def placed(
        self, context: str, places: Collection[tuple[str, int]]
    ) -> dict[tuple[str, int], Placed]:
        if not places:
            return {}
        wanted = {*places}
        names, versions = zip(*places, strict=True)
        query = select(
            col(VersionRow.subject),
            col(VersionRow.version),
            col(VersionRow.schema_id),
            col(VersionRow.created_ms),
            col(VersionRow.is_deleted),
            col(VersionRow.deleted_ms),
        ).where(
            # Of both lists, not of the pairs: PostgreSQL plans that many times faster.
            col(VersionRow.context) == context,
            col(VersionRow.subject).in_(sorted({*names})),
            col(VersionRow.version).in_(sorted({*versions})),
        )
        return {
            (subject, version): Placed(
                SchemaId(schema_id), created_ms, bool(is_deleted), deleted_ms
            )
            for subject, version, schema_id, created_ms, is_deleted, deleted_ms in (
                self._link.select(query)
            )
            if (subject, version) in wanted
        }

    def version_counts(self, context: str, names: Collection[str]) -> dict[str, int]:
        query = (
            select(col(VersionRow.subject), func.count())
            .where(
                col(VersionRow.context) == context,
                col(VersionRow.subject).in_(sorted(names)),
            )
            .group_by(col(VersionRow.subject))
        )
        return {row[0]: int(row[1]) for row in self._link.select(query)}

    def contents(self, context: str, ids: Collection[int]) -> dict[int, Content]:
        query = select(
            col(ContentRow.id),
            col(ContentRow.schema_type),
            col(ContentRow.text),
            col(ContentRow.reference_json),
            col(ContentRow.metadata_json),
            col(ContentRow.rule_set_json),
        ).where(col(ContentRow.context) == context, col(ContentRow.id).in_([*ids]))
        return {row[0]: to_content(row[1:]) for row in self._link.select(query)}

    def identified(
        self, context: str, ids: Collection[int], digests: Collection[bytes]
    ) -> dict[int, Identified]:
        query = select(
            col(ContentRow.id),
            col(ContentRow.schema_type),
            col(ContentRow.content_sha256),
        ).where(
            col(ContentRow.context) == context,
            or_(
                col(ContentRow.id).in_([*ids]),
                col(ContentRow.content_sha256).in_([*digests]),
            ),
        )
        return {
            schema_id: Identified(SchemaType(schema_type), bytes(digest))
            for schema_id, schema_type, digest in self._link.select(query)
        }

    def removed(
        self, context: str, ids: Collection[int]
    ) -> dict[int, Identified | None]:
        query = select(
            col(TombstoneRow.id),
            col(TombstoneRow.schema_type),
            col(TombstoneRow.content_sha256),
        ).where(col(TombstoneRow.context) == context, col(TombstoneRow.id).in_([*ids]))
        return {
            schema_id: None
            if schema_type is None or digest is None
            else Identified(SchemaType(schema_type), bytes(digest))
            for schema_id, schema_type, digest in self._link.select(query)
        }

    def modes_of(self, context: str, names: Collection[str]) -> dict[str, Mode]:
        query = select(
            col(ModeRow.context), col(ModeRow.subject), col(ModeRow.mode)
        ).where(
            col(ModeRow.context).in_([context, GLOBAL_CONTEXT]),
            col(ModeRow.subject).in_(["", *names]),
        )
        rows = self._link.select(query)
        found = {(at, name): Mode(mode) for at, name, mode in rows}
        own = {name: mode for (at, name), mode in found.items() if at == context}
        wide = found.get((GLOBAL_CONTEXT, ""))
        return own if wide is None else {"": wide, **own}

    def known_aliases(self, context: str, guids: Collection[UUID]) -> set[UUID]:
        if not guids:
            return set()
        query = select(col(GuidAliasRow.guid)).where(
            col(GuidAliasRow.context) == context,
            col(GuidAliasRow.guid).in_([each.bytes for each in guids]),
        )
        return {UUID(bytes=bytes(guid)) for (guid,) in self._link.select(query)}

    def place(self, context: str, placings: Sequence[Placing]) -> None:
        if not placings:
            return
        link = self._link
        names = sorted({each.version.subject.name for each in placings})
        former = [each for each in placings if each.former is not None]
        link.change_each(sql.TOUCH_SUBJECT, [(context, name) for name in names])
        contents = content_rows(placings)
        link.change_each(sql.INSERT_CONTENT, contents)
        self._remove_tombstones(context, [row[1] for row in contents])
        if former:
            link.change_each(sql.DELETE_REFERENCES, map(_key, former))
        link.change_each(sql.PLACE_VERSION, [version_row(each) for each in placings])
        if aliases := _aliases(placings):
            link.change_each(sql.PUT_ALIAS, aliases)
        link.change(sql.KEEP_CONTEXT, (context,))
        self.raise_last_id(context, max(each.version.schema_id for each in placings))
        for schema_id in sorted({each.former for each in former if each.former}):
            link.remove_unused(context, schema_id)

    def refer(self, placings: Sequence[Placing]) -> None:
        self._link.change_each(sql.INSERT_REFERENCE, reference_rows(placings))

    def raise_last_id(self, context: str, last_id: int) -> None:
        self._link.change(sql.RAISE_LAST_ID, (last_id, context, last_id))

    def put_alias(self, alias: AliasRecord) -> None:
        key = (alias.guid.bytes, alias.context, alias.schema_id)
        self._link.change(sql.PUT_ALIAS, key)

    def _places(self, statement: str, after: Sequence[Any], limit: int) -> list[Row]:
        return self._link.rows(statement, (*(after or ("", "")), limit))

    def _remove_tombstones(self, context: str, ids: Sequence[int]) -> None:
        if not ids:
            return
        # Asked for in one go: as a rule there are none.
        rows = self._link.rows(sql.TOMBSTONES, (context, min(ids), max(ids)))
        written = {*ids}
        for (schema_id,) in rows:
            if schema_id in written:
                self._link.change(sql.DELETE_TOMBSTONE, (context, schema_id))


def _key(placing: Placing) -> tuple[str, str, int]:
    subject = placing.version.subject
    return subject.context, subject.name, placing.version.version


def version_row(placing: Placing) -> Row:
    """Return the row of `statements.PLACE_VERSION`."""
    version = placing.version
    return (
        *_key(placing),
        version.schema_id,
        version.created_ms,
        version.is_deleted,
        placing.deleted_ms,
    )


def content_rows(placings: Iterable[Placing]) -> list[Row]:
    """Return the rows of `statements.INSERT_CONTENT`, for contents that are new."""
    return [
        (
            version.subject.context,
            version.schema_id,
            str(version.content.schema_type),
            version.content.text,
            placing.sha256,
            version.stored.guid.bytes,
            reference_json(version.content.references),
            metadata_json(version.content.metadata),
            rule_set_json(version.content.rule_set),
            version.created_ms,
        )
        for placing in placings
        if placing.is_new
        for version in (placing.version,)
    ]


def reference_rows(placings: Iterable[Placing]) -> list[Row]:
    """Return the rows of `statements.INSERT_REFERENCE`."""
    return [
        (*_key(placing), at, each.name, to.context, to.name, each.version)
        for placing in placings
        for at, each in enumerate(placing.version.content.references)
        for to in (target(each, placing.version.subject.context),)
    ]


def _aliases(placings: Iterable[Placing]) -> list[Row]:
    return [
        (guid.bytes, placing.version.subject.context, placing.version.schema_id)
        for placing in placings
        for guid in placing.aliases
    ]

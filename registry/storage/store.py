"""Schemas in a SQL database: rows in, domain values out, no commit."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self
from uuid import UUID

from registry.application.stored import (
    Alias,
    AuditEntry,
    NewVersion,
    Page,
    Policy,
    Referrer,
    Removed,
    Revision,
    Selection,
    StaleRevisionError,
    Trashed,
    Use,
    Visibility,
)
from registry.domain.access import Areas
from registry.domain.configuration import Config, Mode
from registry.domain.identity import sha256
from registry.domain.model import (
    GLOBAL_CONTEXT,
    Content,
    SchemaId,
    SchemaType,
    SchemaVersion,
    Subject,
    Version,
)
from registry.storage import areas, listings, placing, policies
from registry.storage import statements as sql
from registry.storage.accounts import SqlAccounts
from registry.storage.appending import Appending
from registry.storage.associations import SqlAssociations
from registry.storage.faults import Record
from registry.storage.grants import SqlGrants
from registry.storage.keys import SqlKeys
from registry.storage.link import Link
from registry.storage.moving import SqlMoving
from registry.storage.planning import SqlPlanning
from registry.storage.rows import (
    Row,
    from_config,
    from_entry,
    to_config,
    to_version,
)

# The values of is_deleted that are seen; both places of the statement must be filled.
_SEEN = {
    Visibility.LIVE: (False, False),
    Visibility.DELETED: (True, True),
    Visibility.ALL: (False, True),
}

# What a subject has beside its versions, and loses with the last of them.
_OWN = (sql.DELETE_CONFIG, sql.DELETE_MODE, sql.DELETE_POLICIES, sql.DELETE_OWNER)


class SqlSchemaStore:
    """A `SchemaStore` over one connection; the caller owns the transaction.

    Attributes:
        associations: What resources use which subjects.
        keys: Keys of clients that encrypt.
        grants: Who may do what.
        accounts: Who may show who they are, and by what.
        records: The last change that was recorded, by context.
        has_changed_settings: Whether configs, modes or policies have changed.

    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._locked: set[str] = set()
        self.associations = SqlAssociations(link, self.lock)
        self.keys = SqlKeys(link, self.lock)
        self.grants = SqlGrants(link)
        self.accounts = SqlAccounts(link)
        self.records: dict[str, Record] = {}
        self.has_changed_settings = False

    @property
    def whole(self) -> Self:
        return self

    @property
    def moving(self) -> SqlMoving:
        return SqlMoving(self._link)

    @property
    def planning(self) -> SqlPlanning:
        return SqlPlanning(self._link, self._change_settings, self._record_each)

    @property
    def changes(self) -> dict[str, int]:
        """The number of the last change, by context."""
        return {context: record.seq for context, record in self.records.items()}

    def policy(self, subject: Subject) -> Policy:
        context, name = subject.context, subject.name
        rows = self._link.rows(sql.POLICY, (context, *(context, name) * 4))
        return policies.Rows.of(rows).policy(subject)

    def find_config(self, scope: Subject) -> Config | None:
        row = self._link.row(sql.FIND_CONFIG, (scope.context, scope.name))
        return None if row is None else to_config(row)

    def find_mode(self, scope: Subject) -> Mode | None:
        row = self._link.row(sql.FIND_MODE, (scope.context, scope.name))
        return None if row is None else Mode(row[0])

    def policies(self, subject: Subject) -> tuple[str, ...]:
        rows = self._link.rows(sql.POLICIES_OF, (subject.context, subject.name))
        return tuple(sorted(name for (name,) in rows))

    def history(
        self, subject: Subject, visibility: Visibility = Visibility.LIVE
    ) -> list[SchemaVersion]:
        key = (subject.context, subject.name, *_SEEN[visibility])
        return [to_version(row) for row in self._link.rows(sql.HISTORY, key)]

    def find_version(
        self, subject: Subject, version: Version, visibility: Visibility
    ) -> SchemaVersion | None:
        key = (subject.context, subject.name, version, *_SEEN[visibility])
        return _version_or_none(self._link.row(sql.FIND_VERSION, key))

    def find_latest(self, subject: Subject) -> SchemaVersion | None:
        key = (subject.context, subject.name)
        return _version_or_none(self._link.row(sql.FIND_LATEST, key))

    def find_content(
        self,
        subject: Subject,
        content: Content,
        identity: bytes,
        visibility: Visibility,
    ) -> SchemaVersion | None:
        key = (
            subject.context,
            str(content.schema_type),
            sha256(identity),
            subject.name,
            *_SEEN[visibility],
        )
        return _version_or_none(self._link.row(sql.FIND_CONTENT, key))

    def find_id(
        self, context: str, content: Content, identity: bytes
    ) -> SchemaId | None:
        key = (context, str(content.schema_type), sha256(identity))
        row = self._link.row(sql.FIND_ID, key)
        return None if row is None else SchemaId(row[0])

    def uses_of(self, subject: Subject) -> list[Use]:
        rows = self._link.rows(sql.USES_OF, (subject.context, subject.name))
        return [_use(row) for row in rows]

    def subjects(
        self,
        context: str | None,
        prefix: str,
        visibility: Visibility,
        page: Page,
        among: Areas | None = None,
    ) -> list[Subject]:
        wanted = Selection(context, prefix, visibility, page, among=among)
        query = listings.subjects(wanted, self._link.dialect)
        rows = self._link.rows(query.text, query.parameters)
        return [Subject(name, context) for context, name in rows]

    def versions(self, wanted: Selection) -> list[SchemaVersion]:
        query = listings.versions(wanted, self._link.dialect)
        rows = self._link.rows(query.text, query.parameters)
        return [to_version(row) for row in rows]

    def contexts(
        self, prefix: str, page: Page, among: Areas | None = None
    ) -> list[str]:
        query = listings.contexts(prefix, page, self._link.dialect, among)
        rows = self._link.rows(query.text, query.parameters)
        return [name for (name,) in rows]

    def aliases(self) -> list[Alias]:
        return [
            Alias(Subject(name, context), target, target_for_deks)
            for context, name, target, target_for_deks in self._link.rows(sql.ALIASES)
        ]

    def find_version_elsewhere(
        self,
        name: str,
        version: Version,
        visibility: Visibility,
        among: Areas | None = None,
    ) -> SchemaVersion | None:
        key = (name, version, *_SEEN[visibility])
        rows = self._narrowed(sql.FIND_VERSION_ELSEWHERE, key, among)
        return _first_or_none(rows)

    def find_latest_elsewhere(
        self, name: str, among: Areas | None = None
    ) -> SchemaVersion | None:
        rows = self._narrowed(sql.FIND_LATEST_ELSEWHERE, (name,), among)
        return _first_or_none(rows)

    def histories_elsewhere(
        self, name: str, visibility: Visibility, among: Areas | None = None
    ) -> list[SchemaVersion]:
        key = (name, *_SEEN[visibility])
        rows = self._narrowed(sql.HISTORIES_ELSEWHERE, key, among)
        return [to_version(row) for row in rows]

    def find_by_id_elsewhere(
        self, name: str, schema_id: SchemaId, among: Areas | None = None
    ) -> SchemaVersion | None:
        key = (schema_id, name)
        rows = self._narrowed(sql.FIND_BY_ID_ELSEWHERE, key, among)
        return _first_or_none(rows)

    def uses_of_id_elsewhere(
        self, name: str, schema_id: SchemaId, among: Areas | None = None
    ) -> list[Use]:
        key = (schema_id, name)
        rows = self._narrowed(sql.USES_OF_ID_ELSEWHERE, key, among)
        return [_use(row) for row in rows]

    def find_by_id(
        self,
        context: str,
        schema_id: SchemaId,
        preferred: Subject | None = None,
        among: Areas | None = None,
    ) -> SchemaVersion | None:
        key = (context, schema_id)
        if preferred is None or preferred.context != context:
            return _first_or_none(self._narrowed(sql.FIND_BY_ID, key, among))
        keys = (*key, preferred.name, *key)
        rows = self._narrowed(sql.FIND_BY_ID_PREFERRING, keys, among)
        return to_version(rows[0][1:]) if rows else None

    def uses_of_id(
        self, context: str, schema_id: SchemaId, among: Areas | None = None
    ) -> list[Use]:
        rows = self._narrowed(sql.USES_OF_ID, (context, schema_id), among)
        return [_use(row) for row in rows]

    def ids_of_guid(
        self, guid: UUID, among: Areas | None = None
    ) -> list[tuple[str, SchemaId]]:
        dialect, key = self._link.dialect, (guid.bytes,)
        held = areas.holding(among, "c.context", "c.id", dialect)
        query = areas.narrowed(sql.IDS_OF_GUID, key, *held)
        also_held = areas.holding(among, "a.context", "a.schema_id", dialect)
        other = areas.narrowed(sql.IDS_OF_GUID_ALIAS, key, *also_held)
        rows = self._link.rows(*query) or self._link.rows(*other)
        return [(context, SchemaId(schema_id)) for context, schema_id in rows]

    def find_by_guid(
        self, guid: UUID, among: Areas | None = None
    ) -> SchemaVersion | None:
        key = (guid.bytes,)
        found = _first_or_none(self._narrowed(sql.FIND_BY_GUID, key, among))
        if found is not None:
            return found
        other = _first_or_none(self._narrowed(sql.FIND_BY_GUID_ALIAS, key, among))
        if other is None:
            return None
        return replace(other, stored=replace(other.stored, guid=guid))

    def referrers(
        self, subject: Subject, version: Version, among: Areas | None = None
    ) -> list[Referrer]:
        key = (subject.context, subject.name, version)
        return [_referrer(row) for row in self._narrowed(sql.REFERRERS, key, among)]

    def trash(
        self, context: str | None, prefix: str, page: Page, among: Areas | None = None
    ) -> list[Trashed]:
        wanted = Selection(context, prefix, Visibility.DELETED, page, among=among)
        referrers: dict[Row, list[Referrer]] = {}
        query = listings.referrers_of_trash(wanted, self._link.dialect)
        for row in self._link.rows(query.text, query.parameters):
            referrers.setdefault(row[:3], []).append(_referrer(row[3:]))
        query = listings.trash(wanted, self._link.dialect)
        return [
            Trashed(
                Subject(name, context),
                Version(version),
                SchemaId(schema_id),
                SchemaType(schema_type),
                deleted_ms,
                tuple(referrers.get((context, name, version), ())),
            )
            for context, name, version, schema_id, schema_type, deleted_ms in (
                self._link.rows(query.text, query.parameters)
            )
        ]

    def overdue_subjects(self, before_ms: int) -> list[Subject]:
        rows = self._link.rows(sql.OVERDUE_SUBJECTS, (before_ms,))
        return [Subject(name, context) for context, name in rows]

    def overdue(self, subject: Subject, before_ms: int) -> list[Version]:
        key = (subject.context, subject.name, before_ms)
        return [Version(version) for (version,) in self._link.rows(sql.OVERDUE, key)]

    def max_id(self, context: str, among: Areas | None = None) -> int:
        if among is None:
            row = self._link.row(sql.MAX_ID, (context,))
            return 0 if row is None else int(row[0])
        found = self._narrowed(sql.MAX_ID_AMONG, (context,), among)
        return int(found[0][0]) if found else 0

    def _narrowed(
        self, statement: str, parameters: Sequence[object], among: Areas | None
    ) -> list[Row]:
        """Run a statement about versions, of which it sees those in some areas."""
        seen = areas.inside(among, "v.context", "v.subject", self._link.dialect)
        return self._link.rows(*areas.narrowed(statement, parameters, *seen))

    def lock(self, context: str) -> None:
        if context in self._locked:
            return
        self._link.lock(context)
        self._locked.add(context)

    def lock_all(self) -> None:
        # Who creates a context waits for the row of all contexts.
        self.lock(GLOBAL_CONTEXT)
        self._link.lock_all()

    def append(
        self, new: NewVersion, based_on: Revision, entry: AuditEntry
    ) -> SchemaId:
        it = Appending.of(new, based_on, entry)
        if it.creates_context and it.context in self._locked:
            it = replace(it, based_on=self._born(it))
        is_first = not self._link.is_in_transaction
        replaced = self._replaceable(it)
        if replaced:
            before = json.dumps({"replaces": replaced})
            it = replace(it, entry=replace(entry, before=before))
        appended = self._link.append(it)
        if appended is None:
            raise StaleRevisionError
        self.records[it.context] = Record(appended.seq, entry)
        if replaced:
            self._remove(new.subject, replaced)
        if is_first:
            self._link.close_to_more()
        return SchemaId(appended.schema_id)

    def place(
        self,
        new: NewVersion,
        schema_id: SchemaId,
        based_on: Revision,
        entry: AuditEntry,
    ) -> None:
        it = Appending.of(new, based_on, entry)
        for context in sorted({it.context, *it.other_contexts}):
            self.lock(context)
        now = self.policy(new.subject).revision
        everywhere = self.policy(Subject("", GLOBAL_CONTEXT)).revision.settings
        if not placing.is_current(based_on, now, everywhere) or not self._are_live(it):
            raise StaleRevisionError
        replaced = self._replaceable(it)
        overwritten = placing.write(self._link, it, schema_id)
        self._remove(new.subject, replaced)
        gone: dict[str, object] = {"replaces": replaced} if replaced else {}
        if overwritten not in {None, schema_id}:
            gone["overwrites"] = overwritten
            self._link.remove_unused(it.context, overwritten or 0)
        before = json.dumps(gone) if gone else None
        self.record(it.context, replace(entry, before=before))

    def soft_delete(
        self, subject: Subject, versions: Sequence[Version], at_ms: int
    ) -> None:
        self._hide(subject, versions, (True, at_ms))

    def restore(self, subject: Subject, versions: Sequence[Version]) -> None:
        self._hide(subject, versions, (False, None))

    def hard_delete(self, subject: Subject, versions: Sequence[Version]) -> Removed:
        key = (subject.context, subject.name)
        self.lock(subject.context)
        self._link.change(sql.BUMP_SUBJECT, key)
        held = dict(map(_pair, self._link.rows(sql.IDS_OF, key)))
        self._remove(subject, versions)
        ids = tuple(
            SchemaId(schema_id)
            for schema_id in sorted({held[each] for each in versions if each in held})
            if self._link.remove_unused(subject.context, schema_id)
        )
        if self._link.row(sql.HAS_VERSIONS, key) is not None:
            return Removed(ids)
        self.has_changed_settings = True
        removed = Removed(
            ids,
            self.find_config(subject),
            self.find_mode(subject),
            self.policies(subject),
            self._owner(subject),
        )
        for statement in _OWN:
            self._link.change(statement, key)
        return removed

    def hard_delete_subjects(self, subjects: Sequence[Subject]) -> list[Removed]:
        for context in sorted({each.context for each in subjects}):
            self.lock(context)
        uses = {each: self.uses_of(each) for each in subjects}
        keys = [
            (subject.context, subject.name, use.version)
            for subject, versions in uses.items()
            for use in versions
        ]
        self._link.change_each(sql.DELETE_REFERENCES, keys)
        return [
            self.hard_delete(subject, [use.version for use in versions])
            for subject, versions in uses.items()
        ]

    def put_config(self, scope: Subject, config: Config) -> None:
        self._change_settings(scope.context)
        values = (scope.context, scope.name, *from_config(config))
        self._link.change(sql.PUT_CONFIG, values)

    def delete_config(self, scope: Subject) -> None:
        self._change_settings(scope.context)
        self._link.change(sql.DELETE_CONFIG, (scope.context, scope.name))

    def put_mode(self, scope: Subject, mode: Mode) -> None:
        self._change_settings(scope.context)
        self._link.change(sql.PUT_MODE, (scope.context, scope.name, str(mode)))

    def delete_mode(self, scope: Subject) -> None:
        self._change_settings(scope.context)
        self._link.change(sql.DELETE_MODE, (scope.context, scope.name))

    def delete_modes(self, context: str) -> None:
        self._change_settings(context)
        if context == GLOBAL_CONTEXT:
            self._link.change(sql.DELETE_ALL_MODES)
        else:
            self._link.change(sql.DELETE_MODES_OF, (context,))

    def put_policies(self, subject: Subject, names: Sequence[str]) -> None:
        key = (subject.context, subject.name)
        self._change_settings(subject.context)
        self._link.change(sql.DELETE_POLICIES, key)
        self._link.change_each(sql.INSERT_POLICY, [(*key, name) for name in names])

    def date_trash(self, at_ms: int) -> None:
        self._link.change(sql.DATE_TRASH, (at_ms,))

    def take_turn(self, name: str, now_ms: int, next_ms: int) -> bool:
        return bool(self._link.rows(sql.TAKE_TURN, (name, next_ms, now_ms)))

    def drop_context(self, context: str) -> None:
        self.lock(context)
        self._link.change(sql.DROP_CONTEXT, (context,))

    def record(self, context: str, entry: AuditEntry) -> None:
        self.lock(context)
        ((seq,),) = self._link.rows(sql.NEXT_CHANGE, (context,))
        self._link.change(sql.INSERT_AUDIT, from_entry(context, seq, entry))
        self.records[context] = Record(seq, entry)

    def has_recorded(self, records: Mapping[str, Record]) -> bool:
        """Say whether another transaction was committed; wait until it has ended.

        Args:
            records: What it recorded; nothing, if it wrote nothing.

        """
        if not records:
            return False
        # It was all or nothing, so that one row tells. Who wrote it held the context.
        context = min(records)
        self.lock(context)
        seq, entry = records[context].seq, records[context].entry
        own = (context, seq, entry.at_ms, entry.action, entry.target)
        if self._link.row(sql.IS_RECORDED, (*own, entry.origin.request_id)) is None:
            return False
        self.records.update(records)
        return True

    def _hide(
        self, subject: Subject, versions: Sequence[Version], how: tuple[object, object]
    ) -> None:
        key = (subject.context, subject.name)
        self.lock(subject.context)
        self._link.change(sql.BUMP_SUBJECT, key)
        self._link.change_each(sql.HIDE, ((*how, *key, each) for each in versions))

    def _record_each(self, context: str, entries: Sequence[AuditEntry]) -> None:
        if not entries:
            return
        self.lock(context)
        count = len(entries)
        ((last,),) = self._link.rows(sql.NEXT_CHANGES, (count, context))
        numbered = enumerate(entries, start=last - count + 1)
        rows = [from_entry(context, seq, entry) for seq, entry in numbered]
        self._link.change_each(sql.INSERT_AUDIT, rows)
        self.records[context] = Record(last, entries[-1])

    def _owner(self, subject: Subject) -> str | None:
        row = self._link.row(sql.OWNER_OF, (subject.context, subject.name))
        return None if row is None else str(row[0])

    def _born(self, it: Appending) -> Revision:
        """Return the revision on which it is based, now that its context is there.

        Whoever has created the context, its settings have not been changed since, and
        cannot be: this transaction holds it.
        """
        everywhere = self.policy(Subject("", GLOBAL_CONTEXT)).revision.settings
        now = self.policy(it.new.subject).revision
        if not placing.is_current(it.based_on, now, everywhere):
            raise StaleRevisionError
        return replace(it.based_on, settings=now.settings)

    def _change_settings(self, context: str) -> None:
        self.has_changed_settings = True
        self.lock(context)
        if context == GLOBAL_CONTEXT:
            self._link.lock_all()
            self._link.change(sql.BUMP_ALL_SETTINGS)
        else:
            self._link.change(sql.BUMP_SETTINGS, (context,))

    def _are_live(self, it: Appending) -> bool:
        for each in it.targets:
            subject, version = Subject(each.subject, each.context), each.version
            if self.find_version(subject, Version(version), Visibility.LIVE) is None:
                return False
            if any(each.is_frozen for each in self.associations.of_subject(subject)):
                return False
        return True

    def _replaceable(self, it: Appending) -> list[Version]:
        """Return which versions go when it comes, and see to it that it stays so."""
        if not it.new.replaces:
            return []
        for context in sorted({it.context, *it.other_contexts}):
            self.lock(context)
        content = (str(it.new.content.schema_type), it.sha256)
        place = (it.context, it.new.subject.name)
        return [
            version
            for version in it.new.replaces
            if self._link.row(sql.IS_REPLACEABLE, (*place, version, *content))
        ]

    def _remove(self, subject: Subject, versions: Sequence[Version]) -> None:
        # What they refer to goes first: they may refer to one another.
        keys = [(subject.context, subject.name, version) for version in versions]
        self._link.change_each(sql.DELETE_REFERENCES, keys)
        self._link.change_each(sql.DELETE_VERSION, keys)


def _version_or_none(row: Row | None) -> SchemaVersion | None:
    return None if row is None else to_version(row)


def _first_or_none(rows: Sequence[Row]) -> SchemaVersion | None:
    return to_version(rows[0]) if rows else None


def _pair(row: Row) -> tuple[Any, Any]:
    first, second = row
    return first, second


def _referrer(row: Row) -> Referrer:
    schema_id, context, name, version, is_deleted = row
    return Referrer(schema_id, Subject(name, context), version, bool(is_deleted))


def _use(row: Row) -> Use:
    context, subject, version, is_deleted = row
    return Use(Subject(subject, context), Version(version), bool(is_deleted))

"""Moving in what another registry holds, with its ids and version numbers.

A batch is written in one transaction or, if anything in it is refused, not at all. The
same batch again changes nothing.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final
from uuid import UUID

from registry.application import settling
from registry.application.arriving import Form, Ready, made_ready
from registry.application.importing import bringing_back, overwriting
from registry.application.moving import Identified, Placed, Placing
from registry.application.ports import Ports, SchemaStore
from registry.application.records import (
    AliasRecord,
    Arriving,
    AssociationRecord,
    ConfigRecord,
    ContextRecord,
    DekRecord,
    Incoming,
    KekRecord,
    ModeRecord,
    PoliciesRecord,
)
from registry.application.stored import (
    AuditEntry,
    Origin,
    StaleRevisionError,
)
from registry.application.writing import referring, refusal
from registry.domain.configuration import Mode
from registry.domain.errors import (
    IdDoesNotMatchError,
    InvalidSchemaError,
    OperationNotPermittedError,
    ReferenceExistsError,
    RegistryError,
    StoreUnavailableError,
    TooManyVersionsError,
)
from registry.domain.model import SchemaVersion, StoredContent, Subject
from registry.domain.references import missing, target

_MOST_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a record cannot be written; its position in the batch counts from 0."""

    position: int
    error: RegistryError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch. If anything was refused, nothing was written."""

    written: int = 0
    unchanged: int = 0
    refused: tuple[Refusal, ...] = ()


class _WithdrawnError(Exception):
    """The transaction is to be rolled back; the outcome is known."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


@dataclass(slots=True)
class _Tally:
    written: int = 0
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)
    contexts: dict[str, int] = field(default_factory=dict)

    def write(self, context: str) -> None:
        self.written += 1
        self.contexts[context] = self.contexts.get(context, 0) + 1

    @property
    def outcome(self) -> Outcome:
        refused = tuple(sorted(self.refused, key=lambda each: each.position))
        return Outcome(0 if refused else self.written, self.unchanged, refused)


def import_records(
    ports: Ports,
    records: Sequence[Arriving],
    origin: Origin,
    *,
    verbatim: bool,
    dry_run: bool = False,
) -> Outcome:
    """Write a batch of records.

    Versions go where the mode in scope is IMPORT and nowhere else; what a version
    refers to has to be there, or in the batch if this is verbatim.

    Args:
        verbatim: Store texts as they are: only for what a registry of this kind has
            exported. Others are parsed and put into canonical form, and what the
            source called them stays as an alias.
        dry_run: Write nothing, and say what would be written.

    Raises:
        StoreUnavailableError: The database is out of reach.

    """
    at = [i for i, each in enumerate(records) if isinstance(each, Incoming)]
    incoming = [each for each in records if isinstance(each, Incoming)]
    ready = dict(zip(at, made_ready(ports, incoming, verbatim=verbatim), strict=True))

    def act(store: SchemaStore) -> Outcome:
        tally = _Tally()
        for context in sorted({_context(each) for each in records} | _far(incoming)):
            store.lock(context)
        _Batch(ports, store, tally).write(records, ready)
        if tally.refused or dry_run:
            raise _WithdrawnError(tally.outcome)
        _record(ports, store, tally, origin)
        return tally.outcome

    for _ in range(_MOST_ATTEMPTS):
        try:
            return ports.transactions.write(act)
        except _WithdrawnError as withdrawn:
            return withdrawn.outcome
        except StaleRevisionError:
            # Somebody has taken a name that is unique beyond contexts: look again.
            continue
    raise StoreUnavailableError


def _context(record: Arriving) -> str:
    match record:
        case ContextRecord():
            return record.name
        case AliasRecord():
            return record.context
        case Incoming() | PoliciesRecord():
            return record.subject.context
        case ConfigRecord() | ModeRecord():
            return record.scope.context
        case AssociationRecord():
            return record.association.subject.context
        case KekRecord():
            return record.kek.name.context
        case DekRecord():
            return record.dek.slot.kek.context


def _far(incoming: Iterable[Incoming]) -> set[str]:
    """Return the contexts of what is referred to: nothing may vanish there."""
    return {
        target(reference, each.subject.context).context
        for each in incoming
        for reference in each.content.references
    }


def _record(ports: Ports, store: SchemaStore, tally: _Tally, origin: Origin) -> None:
    for context, count in tally.contexts.items():
        after = json.dumps({"records": count})
        where = str(Subject("", context)) or context
        entry = AuditEntry(origin, "import.write", where, None, after, ports.clock())
        store.record(context, entry)


@dataclass(frozen=True, slots=True)
class _Batch:
    """What is written in one transaction, whose contexts are locked."""

    ports: Ports
    store: SchemaStore
    tally: _Tally

    def write(
        self,
        records: Sequence[Arriving],
        ready: Mapping[int, Ready | RegistryError],
    ) -> None:
        versions = []
        for position, made in ready.items():
            if isinstance(made, RegistryError):
                self.tally.refused.append(Refusal(position, made))
            else:
                versions.append((position, made))
        targets = _targets(self.store, [ready.incoming for _, ready in versions])
        versions.sort(key=lambda each: each[1].incoming.subject.context)
        placings = {
            context: _Arrival.at(self, context, [*group], targets).placings()
            for context, group in groupby(
                versions, key=lambda each: each[1].incoming.subject.context
            )
        }
        if not self.tally.refused:
            for context, found in placings.items():
                self.store.moving.place(context, found)
            # Last, as they may go from any of the contexts to any other.
            for found in placings.values():
                self.store.moving.refer(found)
        for position, record in enumerate(records):
            if not isinstance(record, Incoming):
                self._write_other(position, record)

    def _write_other(self, position: int, record: Arriving) -> None:
        try:
            is_written = settling.write(self.ports, self.store, record)
        except RegistryError as error:
            self.tally.refused.append(Refusal(position, error))
            return
        if is_written:
            self.tally.write(_context(record))
        else:
            self.tally.unchanged += 1


@dataclass(frozen=True, slots=True)
class _Arrival:
    """The versions of a batch that go into one context, and what is there already.

    Attributes:
        targets: All that may be referred to.
        counts: Of the subjects' versions; grows with the batch.
        contents: By id; grows with the batch.
        taken: What the batch has written already.
        ids: Of contents; likewise.
        removed: What ids meant that mean nothing any more; None where nobody knows.

    """

    batch: _Batch
    context: str
    versions: list[tuple[int, Ready]]
    modes: Mapping[str, Mode]
    placed: Mapping[tuple[str, int], Placed]
    targets: set[tuple[Subject, int]]
    counts: dict[str, int]
    contents: dict[int, Identified]
    ids: dict[Identified, int]
    removed: Mapping[int, Identified | None]
    aliases: set[UUID]
    taken: set[tuple[str, int]] = field(default_factory=set)

    @classmethod
    def at(
        cls,
        batch: _Batch,
        context: str,
        versions: list[tuple[int, Ready]],
        targets: set[tuple[Subject, int]],
    ) -> "_Arrival":
        moving = batch.store.moving
        arriving = [ready.incoming for _, ready in versions]
        forms = [form for _, ready in versions for form in ready.forms]
        contents = moving.identified(
            context,
            {each.schema_id for each in arriving},
            {form.sha256 for form in forms},
        )
        guids = {each.guid for each in arriving if each.guid is not None}
        foreign = guids - {form.stored.guid for form in forms}
        return cls(
            batch,
            context,
            versions,
            moving.modes_of(context, {each.subject.name for each in arriving}),
            moving.placed(
                context, {(each.subject.name, each.version) for each in arriving}
            ),
            targets,
            moving.version_counts(context, {each.subject.name for each in arriving}),
            contents,
            {content: schema_id for schema_id, content in contents.items()},
            moving.removed(context, {each.schema_id for each in arriving}),
            {*moving.known_aliases(context, foreign)},
        )

    def placings(self) -> list[Placing]:
        """Return what is to be written, and tally the rest."""
        placings = []
        tally = self.batch.tally
        for position, ready in self.versions:
            try:
                placing = self._placing(ready)
            except RegistryError as error:
                tally.refused.append(Refusal(position, error))
                continue
            if placing is None:
                tally.unchanged += 1
            else:
                tally.write(self.context)
                placings.append(placing)
        return placings

    def _placing(self, ready: Ready) -> Placing | None:
        """Return what is to be written; None if it is there already."""
        incoming = ready.incoming
        form = self._form(ready)
        identified = Identified(form.stored.content.schema_type, form.sha256)
        is_new = incoming.schema_id not in self.contents
        aliases = self._aliases(incoming, form.stored)
        there = self.placed.get((incoming.subject.name, incoming.version))
        if not is_new and not aliases and _is_same(incoming, there):
            return None
        self._hold_to_mode(incoming.subject)
        self._hold_references(incoming)
        if there is not None and there.schema_id != incoming.schema_id:
            self._hold_unreferenced(incoming)
        place = (incoming.subject.name, incoming.version)
        if place in self.taken:
            raise InvalidSchemaError("The batch has this version twice")
        if there is None:
            self._count(incoming.subject)
        self.taken.add(place)
        self.contents[incoming.schema_id] = identified
        self.ids[identified] = incoming.schema_id
        now_ms = self.batch.ports.clock()
        created_ms = now_ms if there is None else there.created_ms
        if incoming.created_ms is not None:
            created_ms = incoming.created_ms
        deleted_ms = incoming.deleted_ms or now_ms
        version = SchemaVersion(
            incoming.subject,
            incoming.version,
            form.stored,
            created_ms,
            incoming.is_deleted,
        )
        return Placing(
            version,
            deleted_ms if incoming.is_deleted else None,
            form.sha256,
            is_new,
            None if there is None else there.schema_id,
            aliases,
        )

    def _form(self, ready: Ready) -> Form:
        """Choose the first form that neither id nor content speaks against."""
        schema_id = ready.incoming.schema_id
        for form in ready.forms:
            identified = Identified(form.stored.content.schema_type, form.sha256)
            if (
                self.contents.get(schema_id, identified) == identified
                and self.removed.get(schema_id, identified) == identified
                and self.ids.get(identified, schema_id) == schema_id
            ):
                return form
        if schema_id in self.contents:
            raise overwriting(self.context, schema_id)
        if schema_id in self.removed:
            raise bringing_back(self.context, schema_id)
        first = ready.forms[0]
        identified = Identified(first.stored.content.schema_type, first.sha256)
        raise IdDoesNotMatchError(schema_id, self.ids[identified])

    def _aliases(self, incoming: Incoming, stored: StoredContent) -> tuple[UUID, ...]:
        guid = incoming.guid
        if guid is None or guid == stored.guid or guid in self.aliases:
            return ()
        self.aliases.add(guid)
        return (guid,)

    def _hold_to_mode(self, subject: Subject) -> None:
        in_scope = self.modes.get(subject.name) or self.modes.get("")
        if in_scope is not Mode.IMPORT:
            raise OperationNotPermittedError(refusal(subject, "is not in import mode"))

    def _count(self, subject: Subject) -> None:
        count = self.counts.get(subject.name, 0)
        most = self.batch.ports.parsing.limits.max_versions
        if count >= most:
            raise TooManyVersionsError(str(subject), most)
        self.counts[subject.name] = count + 1

    def _hold_unreferenced(self, incoming: Incoming) -> None:
        """Refuse to write over what others refer to: they would mean something else."""
        subject, number = incoming.subject, incoming.version
        found = self.batch.store.referrers(subject, number)
        if found:
            raise ReferenceExistsError(str(subject), number, map(referring, found))

    def _hold_references(self, incoming: Incoming) -> None:
        for reference in incoming.content.references:
            subject = target(reference, self.context)
            if (subject, reference.version) not in self.targets:
                raise missing(reference, subject)


def _is_same(incoming: Incoming, there: Placed | None) -> bool:
    return (
        there is not None
        and there.schema_id == incoming.schema_id
        and there.is_deleted == incoming.is_deleted
        and incoming.created_ms in {None, there.created_ms}
        and incoming.deleted_ms in {None, there.deleted_ms}
    )


def _targets(
    store: SchemaStore, arriving: Sequence[Incoming]
) -> set[tuple[Subject, int]]:
    """Return all that may be referred to: what is there, and what comes along."""
    wanted: dict[str, set[tuple[str, int]]] = {}
    for each in arriving:
        for reference in each.content.references:
            subject = target(reference, each.subject.context)
            places = wanted.setdefault(subject.context, set())
            places.add((subject.name, reference.version))
    there = {
        (Subject(name, context), version)
        for context, places in wanted.items()
        for name, version in store.moving.placed(context, places)
    }
    return there | {(each.subject, each.version) for each in arriving}

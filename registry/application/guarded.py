"""A store as one caller sees it: what they may not read is not there.

Lists are filtered by the database, before they are cut into pages. So is what is found
by an id, a GUID or a name in other contexts: for what is hidden the same statements run
as for what is missing. A subject that may not be read has no versions, no config, no
mode; whoever asks for it, in whatever way, is told what they would be told of one that
nobody has ever registered.

Writes are decided upon by name, before they get here, and see everything.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from registry.application.access_ports import GrantReader
from registry.application.account_ports import AccountReader
from registry.application.association_ports import AssociationReader, Wanted
from registry.application.key_ports import KekUse, KeyReader
from registry.application.moving import MovingReader
from registry.application.planning_ports import PlanningReader
from registry.application.ports import (
    Ports,
    SchemaReader,
    SchemaStore,
    Transactions,
)
from registry.application.stored import (
    Alias,
    Page,
    Policy,
    Referrer,
    Revision,
    Selection,
    Trashed,
    Use,
    Visibility,
)
from registry.domain.access import Access, Areas
from registry.domain.aliases import target_of
from registry.domain.associations import Association
from registry.domain.configuration import Config, Mode
from registry.domain.keys import Dek, Kek, KekName
from registry.domain.model import (
    GLOBAL_CONTEXT,
    Content,
    SchemaId,
    SchemaVersion,
    Subject,
    Version,
)

Result = TypeVar("Result")


def seen_by(ports: Ports, access: Access) -> Ports:
    """Return the ports as a caller sees what is behind them."""
    if access.reads_everything:
        return replace(ports, access=access)
    transactions = GuardedTransactions(ports.transactions, access)
    return replace(ports, transactions=transactions, access=access)


class GuardedTransactions:
    """Transactions that show a caller what they may read, and no more."""

    def __init__(self, whole: Transactions, access: Access) -> None:
        self._whole = whole
        self._access = access

    @contextmanager
    def read(self) -> Iterator[SchemaReader]:
        with self._whole.read() as store:
            yield GuardedReader(store, self._access)

    def write(self, act: Callable[[SchemaStore], Result]) -> Result:
        return self._whole.write(act)


class GuardedReader:
    """A `SchemaReader` of what one caller may read."""

    def __init__(self, whole: SchemaReader, access: Access) -> None:
        self._whole = whole
        self._access = access
        self._may_read = access.may_read

    @property
    def whole(self) -> SchemaReader:
        return self._whole

    @property
    def associations(self) -> AssociationReader:
        return _GuardedAssociations(self._whole.associations, self._access)

    @property
    def keys(self) -> KeyReader:
        return _GuardedKeys(self._whole.keys, self._access)

    @property
    def grants(self) -> GrantReader:
        return self._whole.grants

    @property
    def accounts(self) -> AccountReader:
        return self._whole.accounts

    @property
    def moving(self) -> MovingReader:
        # Who moves things reads everything; for a plan, what versions refer to is read,
        # which only what is stored already is held to.
        return self._whole.moving

    @property
    def planning(self) -> PlanningReader:
        return _GuardedPlanning(self, self._access)

    def policy(self, subject: Subject) -> Policy:
        if self._sees(subject):
            return self._whole.policy(subject)
        # As of a subject without settings of its own; the context may have none either.
        context = subject.context if self._access.knows(subject.context) else None
        place = Subject("", GLOBAL_CONTEXT if context is None else context)
        policy = self._whole.policy(place)
        return replace(policy, revision=replace(policy.revision, subject=None))

    def find_config(self, scope: Subject) -> Config | None:
        return self._whole.find_config(scope) if self._sees(scope) else None

    def find_mode(self, scope: Subject) -> Mode | None:
        return self._whole.find_mode(scope) if self._sees(scope) else None

    def policies(self, subject: Subject) -> tuple[str, ...]:
        return self._whole.policies(subject) if self._may_read(subject) else ()

    def history(
        self, subject: Subject, visibility: Visibility = Visibility.LIVE
    ) -> list[SchemaVersion]:
        if not self._may_read(subject):
            return []
        return self._whole.history(subject, visibility)

    def find_version(
        self, subject: Subject, version: Version, visibility: Visibility
    ) -> SchemaVersion | None:
        if not self._may_read(subject):
            return None
        return self._whole.find_version(subject, version, visibility)

    def find_latest(self, subject: Subject) -> SchemaVersion | None:
        return self._whole.find_latest(subject) if self._may_read(subject) else None

    def find_content(
        self,
        subject: Subject,
        content: Content,
        identity: bytes,
        visibility: Visibility,
    ) -> SchemaVersion | None:
        if not self._may_read(subject):
            return None
        return self._whole.find_content(subject, content, identity, visibility)

    def find_id(
        self, context: str, content: Content, identity: bytes
    ) -> SchemaId | None:
        # An id belongs to a content, and who asks has the content.
        return self._whole.find_id(context, content, identity)

    def uses_of(self, subject: Subject) -> list[Use]:
        return self._whole.uses_of(subject) if self._may_read(subject) else []

    def subjects(
        self,
        context: str | None,
        prefix: str,
        visibility: Visibility,
        page: Page,
        among: Areas | None = None,
    ) -> list[Subject]:
        seen = self._seen(among)
        return self._whole.subjects(context, prefix, visibility, page, seen)

    def versions(self, wanted: Selection) -> list[SchemaVersion]:
        return self._whole.versions(replace(wanted, among=self._seen(wanted.among)))

    def contexts(
        self, prefix: str, page: Page, among: Areas | None = None
    ) -> list[str]:
        return self._whole.contexts(prefix, page, self._seen(among))

    def aliases(self) -> list[Alias]:
        return [each for each in self._whole.aliases() if self._leads(each)]

    def find_version_elsewhere(
        self,
        name: str,
        version: Version,
        visibility: Visibility,
        among: Areas | None = None,
    ) -> SchemaVersion | None:
        seen = self._seen(among)
        return self._whole.find_version_elsewhere(name, version, visibility, seen)

    def find_latest_elsewhere(
        self, name: str, among: Areas | None = None
    ) -> SchemaVersion | None:
        return self._whole.find_latest_elsewhere(name, self._seen(among))

    def histories_elsewhere(
        self, name: str, visibility: Visibility, among: Areas | None = None
    ) -> list[SchemaVersion]:
        return self._whole.histories_elsewhere(name, visibility, self._seen(among))

    def find_by_id_elsewhere(
        self, name: str, schema_id: SchemaId, among: Areas | None = None
    ) -> SchemaVersion | None:
        return self._whole.find_by_id_elsewhere(name, schema_id, self._seen(among))

    def uses_of_id_elsewhere(
        self, name: str, schema_id: SchemaId, among: Areas | None = None
    ) -> list[Use]:
        return self._whole.uses_of_id_elsewhere(name, schema_id, self._seen(among))

    def find_by_id(
        self,
        context: str,
        schema_id: SchemaId,
        preferred: Subject | None = None,
        among: Areas | None = None,
    ) -> SchemaVersion | None:
        if preferred is not None and not self._may_read(preferred):
            preferred = None
        seen = self._seen(among)
        return self._whole.find_by_id(context, schema_id, preferred, seen)

    def uses_of_id(
        self, context: str, schema_id: SchemaId, among: Areas | None = None
    ) -> list[Use]:
        return self._whole.uses_of_id(context, schema_id, self._seen(among))

    def ids_of_guid(
        self, guid: UUID, among: Areas | None = None
    ) -> list[tuple[str, SchemaId]]:
        return self._whole.ids_of_guid(guid, self._seen(among))

    def find_by_guid(
        self, guid: UUID, among: Areas | None = None
    ) -> SchemaVersion | None:
        return self._whole.find_by_guid(guid, self._seen(among))

    def referrers(
        self, subject: Subject, version: Version, among: Areas | None = None
    ) -> list[Referrer]:
        if not self._may_read(subject):
            return []
        return self._whole.referrers(subject, version, self._seen(among))

    def trash(
        self, context: str | None, prefix: str, page: Page, among: Areas | None = None
    ) -> list[Trashed]:
        return [
            replace(each, referrers=self._readable(each.referrers))
            for each in self._whole.trash(context, prefix, page, self._seen(among))
        ]

    def overdue_subjects(self, before_ms: int) -> list[Subject]:
        return [*filter(self._may_read, self._whole.overdue_subjects(before_ms))]

    def overdue(self, subject: Subject, before_ms: int) -> list[Version]:
        if not self._may_read(subject):
            return []
        return self._whole.overdue(subject, before_ms)

    def max_id(self, context: str, among: Areas | None = None) -> int:
        if not self._access.knows(context):
            return 0
        whole = Subject("", context)
        if among is None and any(each.covers(whole) for each in self._access.readable):
            return self._whole.max_id(context)
        # The highest of all would tell how much there is that may not be seen.
        return self._whole.max_id(context, self._seen(among))

    def _sees(self, scope: Subject) -> bool:
        if scope.name:
            return self._may_read(scope)
        return self._access.knows(scope.context)

    def _seen(self, among: Areas | None) -> Areas:
        # Nobody who is guarded asks for areas: there is one way to narrow a list.
        return self._access.readable if among is None else ()

    def _leads(self, alias: Alias) -> bool:
        targets = filter(None, (alias.target, alias.target_for_deks))
        return self._may_read(alias.subject) and all(
            self._may_read(target_of(each, alias.subject)) for each in targets
        )

    def _readable(self, referrers: Sequence[Referrer]) -> tuple[Referrer, ...]:
        return tuple(each for each in referrers if self._may_read(each.subject))


class _GuardedPlanning:
    """Many subjects at once, of which those that may not be read say nothing."""

    def __init__(self, reader: GuardedReader, access: Access) -> None:
        self._reader = reader
        self._whole = reader.whole.planning
        self._access = access

    def policies(self, context: str, names: Collection[str]) -> dict[str, Policy]:
        seen = self._readable(context, names)
        found = self._whole.policies(context, seen) if seen else {}
        hidden = set(names) - seen
        if hidden:
            # What holds for one that nobody has ever registered holds for each.
            nothing = self._reader.policy(Subject(min(hidden), context))
            found |= dict.fromkeys(hidden, nothing)
        return found

    def configs(self, context: str, names: Collection[str]) -> dict[str, Config]:
        seen = self._readable(context, names)
        return self._whole.configs(context, seen) if seen else {}

    def is_current(self, context: str, based_on: Mapping[str, Revision]) -> bool:
        return self._whole.is_current(context, based_on)

    def histories(
        self, context: str, names: Collection[str]
    ) -> dict[str, list[SchemaVersion]]:
        seen = self._readable(context, names)
        return self._whole.histories(context, seen) if seen else {}

    def latest(self, context: str, names: Collection[str]) -> dict[str, SchemaVersion]:
        seen = self._readable(context, names)
        return self._whole.latest(context, seen) if seen else {}

    def owners(self, context: str, names: Collection[str]) -> dict[str, str]:
        seen = self._readable(context, names)
        return self._whole.owners(context, seen) if seen else {}

    def owned(self, owner: str, contexts: Collection[str]) -> list[Subject]:
        return [*filter(self._access.may_read, self._whole.owned(owner, contexts))]

    def _readable(self, context: str, names: Collection[str]) -> set[str]:
        may_read = self._access.may_read
        return {each for each in names if may_read(Subject(each, context))}


class _GuardedAssociations:
    """Associations with subjects that the caller may read."""

    def __init__(self, whole: AssociationReader, access: Access) -> None:
        self._whole = whole
        self._access = access

    def find(self, wanted: Wanted, offset: int, limit: int | None) -> list[Association]:
        seen = replace(wanted, among=self._access.readable)
        return self._whole.find(seen, offset, limit)

    def page(self, after: Sequence[str], limit: int) -> list[Association]:
        return self._readable(self._whole.page(after, limit))

    def of_subject(self, subject: Subject) -> list[Association]:
        return self._readable(self._whole.of_subject(subject))

    def of_subjects(self, subjects: Collection[Subject]) -> list[Association]:
        seen = frozenset(filter(self._access.may_read, subjects))
        return self._whole.of_subjects(seen)

    def of_resource(self, resource_type: str, resource_id: str) -> list[Association]:
        return self._readable(self._whole.of_resource(resource_type, resource_id))

    def of_name(
        self, resource_type: str, name: str, namespace: str
    ) -> list[Association]:
        return self._readable(self._whole.of_name(resource_type, name, namespace))

    def _readable(self, found: Sequence[Association]) -> list[Association]:
        return [each for each in found if self._access.may_read(each.subject)]


class _GuardedKeys:
    """Keys whose names the caller may read, for subjects that they may read."""

    def __init__(self, whole: KeyReader, access: Access) -> None:
        self._whole = whole
        self._access = access

    def find_kek(self, name: KekName) -> Kek | None:
        return self._whole.find_kek(name) if self._sees(name) else None

    def keks(self, among: Areas | None = None) -> list[Kek]:
        return self._whole.keks(self._access.readable if among is None else ())

    def kek_page(self, after: Sequence[str], limit: int) -> list[Kek]:
        found = self._whole.kek_page(after, limit)
        return [each for each in found if self._sees(each.name)]

    def dek_page(self, after: Sequence[str | int], limit: int) -> list[Dek]:
        found = self._whole.dek_page(after, limit)
        return [
            each for each in found if self._reaches(each.slot.kek, each.slot.subject)
        ]

    def kek_uses(self, name: KekName | None = None) -> list[KekUse]:
        found = self._whole.kek_uses(name)
        return [each for each in found if self._reaches(each.kek, each.subject)]

    def deks(self, name: KekName, subject: Subject) -> list[Dek]:
        if not self._reaches(name, subject):
            return []
        return self._whole.deks(name, subject)

    def _sees(self, name: KekName) -> bool:
        return self._access.may_read(Subject(name.name, name.context))

    def _reaches(self, name: KekName, subject: Subject) -> bool:
        return self._sees(name) and self._access.may_read(subject)

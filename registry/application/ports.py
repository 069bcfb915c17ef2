"""What the use cases need from outside: transactions over a store, a clock, an origin.

The storage room implements these; its behaviour suite is `tests/suites/store.py`.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar
from uuid import UUID

from registry.application.access_ports import GrantReader, GrantStore
from registry.application.account_ports import AccountReader, AccountStore
from registry.application.association_ports import (
    AssociationReader,
    AssociationStore,
)
from registry.application.key_ports import KeyReader, KeyStore
from registry.application.moving import Moving, MovingReader
from registry.application.parsing import Parsing
from registry.application.planning_ports import Planning, PlanningReader
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
    Trashed,
    Use,
    Visibility,
)
from registry.domain.access import UNRESTRICTED, Access, Areas
from registry.domain.configuration import SERVER_DEFAULT, Config, Mode
from registry.domain.model import (
    Content,
    SchemaId,
    SchemaVersion,
    Subject,
    Version,
)

Result = TypeVar("Result")

Clock = Callable[[], int]
"""The present, in milliseconds since 1970."""


class SchemaReader(Protocol):
    """Reads. Each call is one statement and sees what is committed when it runs."""

    @property
    def whole(self) -> "SchemaReader":
        """The same reads of all that there is, whatever the caller may see."""
        ...

    @property
    def associations(self) -> AssociationReader:
        """What resources use which subjects."""
        ...

    @property
    def keys(self) -> KeyReader:
        """Keys of clients that encrypt."""
        ...

    @property
    def grants(self) -> GrantReader:
        """Who may do what."""
        ...

    @property
    def accounts(self) -> AccountReader:
        """Who may show who they are, and by what."""
        ...

    @property
    def moving(self) -> MovingReader:
        """Reads in bulk, of whole registries."""
        ...

    @property
    def planning(self) -> PlanningReader:
        """Reads in bulk, of many subjects."""
        ...

    def policy(self, subject: Subject) -> Policy:
        """Return the settings that hold for a subject, and its revision.

        Read it first: a decision that is based on later reads is still caught by
        `append` if anything changed since.
        """
        ...

    def find_config(self, scope: Subject) -> Config | None:
        """Return exactly what a place says. An empty name is the context itself."""
        ...

    def find_mode(self, scope: Subject) -> Mode | None: ...

    def policies(self, subject: Subject) -> tuple[str, ...]:
        """Return the names of a subject's stricter policies, sorted; often none."""
        ...

    def history(
        self, subject: Subject, visibility: Visibility = Visibility.LIVE
    ) -> list[SchemaVersion]:
        """Return the versions of a subject, oldest first."""
        ...

    def find_version(
        self, subject: Subject, version: Version, visibility: Visibility
    ) -> SchemaVersion | None: ...

    def find_latest(self, subject: Subject) -> SchemaVersion | None:
        """Return the newest live version."""
        ...

    def find_content(
        self,
        subject: Subject,
        content: Content,
        identity: bytes,
        visibility: Visibility,
    ) -> SchemaVersion | None:
        """Return the newest version of the subject that holds this very content."""
        ...

    def find_id(
        self, context: str, content: Content, identity: bytes
    ) -> SchemaId | None:
        """Return the id that a content has in a context, whatever subject holds it."""
        ...

    def uses_of(self, subject: Subject) -> list[Use]:
        """Return the versions of a subject without their texts, oldest first."""
        ...

    def subjects(
        self,
        context: str | None,
        prefix: str,
        visibility: Visibility,
        page: Page,
        among: Areas | None = None,
    ) -> list[Subject]:
        """Return subjects by context and name (default context first).

        Args:
            context: None for all contexts.
            prefix: Of the bare name; compared character by character.
            visibility: A subject is deleted when all of its versions are.
            page: What part of the list.
            among: Only subjects in one of these areas; None for all.

        """
        ...

    def versions(self, wanted: Selection) -> list[SchemaVersion]:
        """Return versions by subject (as `subjects`) and number."""
        ...

    def contexts(
        self, prefix: str, page: Page, among: Areas | None = None
    ) -> list[str]:
        """Return the contexts in which something was registered, by name.

        The default one is always there, and comes first. The others are there from
        their first registration until they are dropped.

        Args:
            prefix: Of the name.
            page: What part of the list.
            among: Only contexts with a subject in one of these areas; None for all.

        """
        ...

    def aliases(self) -> list[Alias]:
        """Return all subjects that stand for others; often none."""
        ...

    def find_version_elsewhere(
        self,
        name: str,
        version: Version,
        visibility: Visibility,
        among: Areas | None = None,
    ) -> SchemaVersion | None:
        """Return a version of the first namesake that has it.

        As in all that is found elsewhere, contexts count by name, the default one is
        left out, and a name is that of a subject without its context. As in all that is
        found by something else than a whole name, `among` says in which areas a subject
        must be to be there at all; None for any.
        """
        ...

    def find_latest_elsewhere(
        self, name: str, among: Areas | None = None
    ) -> SchemaVersion | None:
        """Return the newest live version of the first namesake that has any."""
        ...

    def histories_elsewhere(
        self, name: str, visibility: Visibility, among: Areas | None = None
    ) -> list[SchemaVersion]:
        """Return the versions of all namesakes, by context and number."""
        ...

    def find_by_id_elsewhere(
        self, name: str, schema_id: SchemaId, among: Areas | None = None
    ) -> SchemaVersion | None:
        """Return a use of an id by the first namesake that holds it."""
        ...

    def uses_of_id_elsewhere(
        self, name: str, schema_id: SchemaId, among: Areas | None = None
    ) -> list[Use]:
        """Return the uses of an id by all namesakes, by context and version."""
        ...

    def find_by_id(
        self,
        context: str,
        schema_id: SchemaId,
        preferred: Subject | None = None,
        among: Areas | None = None,
    ) -> SchemaVersion | None:
        """Return a use of an id: one under the preferred subject if there is any.

        Otherwise the lowest subject and version that is live, else the lowest deleted.
        A soft-deleted id is found, a hard-deleted one is not. The preferred subject is
        taken for one that is in the areas.
        """
        ...

    def uses_of_id(
        self, context: str, schema_id: SchemaId, among: Areas | None = None
    ) -> list[Use]:
        """Return all uses of an id, by subject and version."""
        ...

    def ids_of_guid(
        self, guid: UUID, among: Areas | None = None
    ) -> list[tuple[str, SchemaId]]:
        """Return the ids of a GUID with their contexts, the default context first."""
        ...

    def find_by_guid(
        self, guid: UUID, among: Areas | None = None
    ) -> SchemaVersion | None:
        """Return a use of the content with the lowest id, default context first.

        Which use is chosen as `find_by_id` chooses it. A content that another registry
        called so comes with that GUID: who asks for one GUID expects no other.
        """
        ...

    def referrers(
        self, subject: Subject, version: Version, among: Areas | None = None
    ) -> list[Referrer]:
        """Return the versions, live and soft-deleted, that refer to a version."""
        ...

    def trash(
        self, context: str | None, prefix: str, page: Page, among: Areas | None = None
    ) -> list[Trashed]:
        """Return soft-deleted versions by context, subject and number.

        Args:
            context: None for all contexts.
            prefix: Of the bare name; compared character by character.
            page: What part of the list.
            among: Only versions of subjects in one of these areas; None for all.

        """
        ...

    def overdue_subjects(self, before_ms: int) -> list[Subject]:
        """Return the subjects that have something `overdue`."""
        ...

    def overdue(self, subject: Subject, before_ms: int) -> list[Version]:
        """Return what was soft-deleted until a time and nothing refers to, ascending.

        What refers to a version holds it back though it be overdue itself: ask again
        when that is gone.
        """
        ...

    def max_id(self, context: str, among: Areas | None = None) -> int:
        """Return the highest id ever given in a context; 0 for none.

        Args:
            among: Where given, the highest of their subjects' versions.

        """
        ...


class SchemaStore(SchemaReader, Protocol):
    """Reads and writes of one transaction, which the rim began and will end.

    Writers of one context take turns from `lock` or `append` on.
    """

    @property
    def associations(self) -> AssociationStore: ...

    @property
    def keys(self) -> KeyStore: ...

    @property
    def grants(self) -> GrantStore: ...

    @property
    def accounts(self) -> AccountStore: ...

    @property
    def moving(self) -> Moving:
        """Reads and writes in bulk, of whole registries."""
        ...

    @property
    def planning(self) -> Planning:
        """Reads and writes in bulk, of many subjects."""
        ...

    def lock(self, context: str) -> None:
        """Wait until no other transaction writes in this context; creates it."""
        ...

    def lock_all(self) -> None:
        """Wait until no other transaction writes in any context, or creates one."""
        ...

    def append(
        self, new: NewVersion, based_on: Revision, entry: AuditEntry
    ) -> SchemaId:
        """Write a version; its content keeps the id it has, or gets the next one.

        One round trip on PostgreSQL. References are checked to be live still. As the
        first thing that an act does, it is also the last one: its transaction may be
        over. To write more, begin with `lock`.

        The audit row says a little more than the entry: `after` begins with the `id`,
        and `before` is `{"replaces": [...]}` with the versions that were in fact
        replaced, if there were any.

        Raises:
            StaleRevisionError: The subject, its settings or a referenced version has
                changed since `based_on` was read.

        """
        ...

    def place(
        self,
        new: NewVersion,
        schema_id: SchemaId,
        based_on: Revision,
        entry: AuditEntry,
    ) -> None:
        """Write a version under a given id, over the one that has its number, if any.

        The content must not be in the context under another id, nor the id be another
        content's, nor have been before it was removed. Ids given later are higher; one
        that was removed means again what it meant. The audit row's `before` says what
        was replaced and overwritten.

        Raises:
            StaleRevisionError: As for `append`.

        """
        ...

    def soft_delete(
        self, subject: Subject, versions: Sequence[Version], at_ms: int
    ) -> None: ...

    def restore(self, subject: Subject, versions: Sequence[Version]) -> None:
        """Make soft-deleted versions live again."""
        ...

    def hard_delete(self, subject: Subject, versions: Sequence[Version]) -> Removed:
        """Remove versions, and contents that nothing holds any more.

        When the subject's last version goes, its config, mode, policies and owner go.
        Return what went beside the versions: nowhere but in the audit row is it
        remembered.
        """
        ...

    def hard_delete_subjects(self, subjects: Sequence[Subject]) -> list[Removed]:
        """Remove all versions of subjects, which may refer to one another.

        What goes with each is returned in their order.
        """
        ...

    def put_config(self, scope: Subject, config: Config) -> None: ...

    def delete_config(self, scope: Subject) -> None: ...

    def put_mode(self, scope: Subject, mode: Mode) -> None: ...

    def delete_mode(self, scope: Subject) -> None: ...

    def delete_modes(self, context: str) -> None:
        """Forget the modes of a context and of all of its subjects.

        For `:.__GLOBAL:` those of all contexts.
        """
        ...

    def put_policies(self, subject: Subject, names: Sequence[str]) -> None:
        """Replace a subject's policies; an empty list clears them."""
        ...

    def date_trash(self, at_ms: int) -> None:
        """Note a time of deletion for soft-deleted versions that have none."""
        ...

    def take_turn(self, name: str, now_ms: int, next_ms: int) -> bool:
        """Say whether something is due that one process does for all.

        If it is, it is not due again before `next_ms`, for whoever asks.
        """
        ...

    def drop_context(self, context: str) -> None:
        """Let a context no longer be there; its ids are not given again."""
        ...

    def record(self, context: str, entry: AuditEntry) -> None:
        """Write the audit row; needed once by every write but `append`."""
        ...


class Transactions(Protocol):
    """Where stores come from. Application code never begins or ends a transaction."""

    def read(self) -> AbstractContextManager[SchemaReader]:
        """Open a reader.

        Raises:
            StoreUnavailableError: The database cannot be reached.

        """
        ...

    def write(self, act: Callable[[SchemaStore], Result]) -> Result:
        """Run an act in one transaction and return what it returns, committed.

        The act is run again after a conflict with another transaction, and when the
        connection is lost. If that was while it committed, the audit row tells whether
        it has: then it is not run again, and what it returned is returned. Only an
        `append` that came first may be run again after it was committed, and finds
        its revision stale: who registers decides anew, and finds the version.

        Raises:
            StoreUnavailableError: The database cannot be reached, or conflicts did not
                end in time, or the outcome is unknown.

        """
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """All that a use case may reach out to.

    Attributes:
        defaults: What holds where nobody has set anything.
        is_mode_mutable: Whether modes may be changed.
        trash_retention_days: How long what was soft-deleted is kept; None for ever.
        access: What the caller may do; the transactions show nothing else of others.

    """

    transactions: Transactions
    parsing: Parsing
    clock: Clock
    defaults: Config = SERVER_DEFAULT
    is_mode_mutable: bool = True
    trash_retention_days: int | None = None
    access: Access = UNRESTRICTED

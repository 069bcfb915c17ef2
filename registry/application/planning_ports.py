"""What planning and gathering need of a store: many subjects of a context at once.

The storage room implements it; `tests/integration/storage/test_applying.py` tries it on
each database.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from registry.application.stored import AuditEntry, Policy, Revision
from registry.domain.configuration import Config
from registry.domain.model import SchemaVersion, Subject


class PlanningReader(Protocol):
    """Reads in bulk. A call is one statement, however many names it has."""

    def policies(self, context: str, names: Collection[str]) -> dict[str, Policy]:
        """Return what `SchemaReader.policy` returns, of each name."""
        ...

    def configs(self, context: str, names: Collection[str]) -> dict[str, Config]:
        """Return exactly what subjects say, of those that say anything."""
        ...

    def is_current(self, context: str, based_on: Mapping[str, Revision]) -> bool:
        """Say whether all is as it was when policies were read, by name.

        Whoever asks has locked the context.
        """
        ...

    def histories(
        self, context: str, names: Collection[str]
    ) -> dict[str, list[SchemaVersion]]:
        """Return all versions, live or not, oldest first; of those that have any."""
        ...

    def latest(self, context: str, names: Collection[str]) -> dict[str, SchemaVersion]:
        """Return the latest live versions, of those that have any."""
        ...

    def owners(self, context: str, names: Collection[str]) -> dict[str, str]:
        """Return by whom subjects are managed; most are by nobody."""
        ...

    def owned(self, owner: str, contexts: Collection[str]) -> list[Subject]:
        """Return the subjects that somebody manages in some contexts, sorted."""
        ...


class Planning(PlanningReader, Protocol):
    """Writes in bulk what a plan says; whoever calls has locked the context."""

    def put_configs(self, context: str, configs: Mapping[str, Config]) -> None: ...

    def put_policies(
        self, context: str, policies: Mapping[str, Sequence[str]]
    ) -> None: ...

    def put_owners(self, context: str, owners: Mapping[str, str | None]) -> None:
        """Say by whom subjects are managed from now on; None for nobody."""
        ...

    def record(self, context: str, entries: Sequence[AuditEntry]) -> None:
        """Write audit rows, in their order; the change counter counts each."""
        ...

"""What the use cases need of a store to keep grants."""

from typing import Protocol

from registry.domain.access import Grant


class GrantReader(Protocol):
    """Reads. Each call is one statement and sees what is committed when it runs."""

    def all(self) -> list[Grant]:
        """Return all grants, by grantee, role, context and pattern."""
        ...


class GrantStore(GrantReader, Protocol):
    """Writes, by whoever holds `ACCESS_CONTEXT`, and records it there.

    All processes know of them as soon as they know that this context has changed.
    """

    def add(self, grant: Grant) -> None:
        """Write a grant; one that is there already stays as it is."""
        ...

    def remove(self, grant: Grant) -> None: ...

"""What the use cases need of a store to keep the keys of clients that encrypt."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from registry.domain.access import Areas
from registry.domain.keys import Dek, Kek, KekName
from registry.domain.model import Subject


@dataclass(frozen=True, slots=True)
class KekUse:
    """That DEKs of a subject are wrapped by a KEK.

    Attributes:
        is_deleted: Of soft-deleted ones; a subject may have them beside others.

    """

    kek: KekName
    subject: Subject
    is_deleted: bool


class KeyReader(Protocol):
    """Reads. Each call is one statement and sees what is committed when it runs.

    Soft-deleted keys are among the answers, and say so.
    """

    def find_kek(self, name: KekName) -> Kek | None: ...

    def keks(self, among: Areas | None = None) -> list[Kek]:
        """Return the KEKs whose names are in one of these areas, by context and name.

        None stands for all KEKs.
        """
        ...

    def kek_page(self, after: Sequence[str], limit: int) -> list[Kek]:
        """Return KEKs by context and name, after these two; empty for the first."""
        ...

    def dek_page(self, after: Sequence[str | int], limit: int) -> list[Dek]:
        """Return DEKs by KEK (context and name), subject (likewise) and so on.

        Args:
            after: These four, algorithm and version of the last one before the page;
                empty for the first.
            limit: How many at the most.

        """
        ...

    def kek_uses(self, name: KekName | None = None) -> list[KekUse]:
        """Return what a KEK, or any, is used for, by KEK and subject."""
        ...

    def deks(self, name: KekName, subject: Subject) -> list[Dek]:
        """Return the DEKs of a subject, by algorithm and version."""
        ...


class KeyStore(KeyReader, Protocol):
    """Writes, by whoever holds the KEK's context, and records it there."""

    def put_kek(self, kek: Kek) -> None: ...

    def remove_kek(self, name: KekName) -> None: ...

    def put_dek(self, dek: Dek) -> None: ...

    def remove_deks(self, deks: Sequence[Dek]) -> None: ...

"""What moving in and out needs of a store: all that it holds, read and written in bulk.

The storage room implements it; its behaviour suite is `tests/suites/store_moving.py`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from registry.application.records import (
    AliasRecord,
    ConfigRecord,
    ContextRecord,
    ModeRecord,
    PoliciesRecord,
    VersionRecord,
)
from registry.domain.configuration import Mode
from registry.domain.model import Content, SchemaId, SchemaType, SchemaVersion


@dataclass(frozen=True, slots=True)
class Placed:
    """What is known of a version without its text."""

    schema_id: SchemaId
    created_ms: int
    is_deleted: bool
    deleted_ms: int | None


@dataclass(frozen=True, slots=True)
class Identified:
    """What makes a content the same: its id is given to nothing else.

    Attributes:
        sha256: Of `domain.identity.identity_bytes`.

    """

    schema_type: SchemaType
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Placing:
    """A version that is written where it belongs, whatever is there.

    Attributes:
        is_new: Whether the content is not stored yet.
        former: The id at this place, which is written over; None for none.
        aliases: Other GUIDs of the content.

    """

    version: SchemaVersion
    deleted_ms: int | None
    sha256: bytes
    is_new: bool
    former: SchemaId | None = None
    aliases: tuple[UUID, ...] = ()


class MovingReader(Protocol):
    """Reads all that a registry holds, in pages.

    Each page begins after a key: the fields that its records are ordered by, in the
    order of the record's kind; empty for the first page.
    """

    def contexts(self, after: Sequence[Any], limit: int) -> list[ContextRecord]:
        """By name, without `.__GLOBAL`."""
        ...

    def versions(self, after: Sequence[Any], limit: int) -> list[VersionRecord]:
        """By subject's name, context and number, live or not."""
        ...

    def aliases(self, after: Sequence[Any], limit: int) -> list[AliasRecord]:
        """By GUID (16 bytes as hexadecimal digits), context and id."""
        ...

    def configs(self, after: Sequence[Any], limit: int) -> list[ConfigRecord]:
        """By context and subject's name."""
        ...

    def modes(self, after: Sequence[Any], limit: int) -> list[ModeRecord]:
        """By context and subject's name."""
        ...

    def policies(self, after: Sequence[Any], limit: int) -> list[PoliciesRecord]:
        """By context and subject's name."""
        ...

    def placed(
        self, context: str, places: Collection[tuple[str, int]]
    ) -> dict[tuple[str, int], Placed]:
        """Return those of the versions (name and number) that are there."""
        ...

    def version_counts(self, context: str, names: Collection[str]) -> dict[str, int]:
        """Return how many versions subjects have, live or not, if they have any."""
        ...

    def contents(self, context: str, ids: Collection[int]) -> dict[int, Content]:
        """Return what ids mean; those that mean nothing are left out."""
        ...

    def identified(
        self, context: str, ids: Collection[int], digests: Collection[bytes]
    ) -> dict[int, Identified]:
        """Return the contents that have one of the ids, or one of the digests."""
        ...

    def removed(
        self, context: str, ids: Collection[int]
    ) -> dict[int, Identified | None]:
        """Return those of the ids whose content was removed, and what it was.

        None where that is not known: an earlier release has removed it.
        """
        ...

    def modes_of(self, context: str, names: Collection[str]) -> dict[str, Mode]:
        """Return the own modes of subjects, and under the empty name their context's.

        That of `:.__GLOBAL:` stands in for a context without one.
        """
        ...

    def known_aliases(self, context: str, guids: Collection[UUID]) -> set[UUID]:
        """Return those of the GUIDs that are aliases already."""
        ...


class Moving(MovingReader, Protocol):
    """Writes what is moved in, in bulk; whoever calls has locked the context."""

    def place(self, context: str, placings: Sequence[Placing]) -> None:
        """Write versions with their contents; replace those that are there.

        They refer to nothing then: `refer` comes next. Contents that nothing holds any
        more are removed. The highest id ever given is at least the highest one written.
        """
        ...

    def refer(self, placings: Sequence[Placing]) -> None:
        """Write to what versions refer, which has to be there."""
        ...

    def raise_last_id(self, context: str, last_id: int) -> None: ...

    def put_alias(self, alias: AliasRecord) -> None: ...

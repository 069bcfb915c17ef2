"""What can go wrong with a statement, in terms of what to do about it.

Beside these, a statement's error is translated to `StaleRevisionError` (decide again),
`StoreUnavailableError` (give up for now) or `InvalidSchemaError` (cannot be stored).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from registry.application.stored import AuditEntry
from registry.domain.errors import (
    InvalidSchemaError,
    StoreUnavailableError,
    UnavailableError,
)


@dataclass(frozen=True, slots=True)
class Record:
    """An audit row, by its number in its context."""

    seq: int
    entry: AuditEntry


class ConflictError(Exception):
    """Another transaction was in the way; the same act may succeed when run again."""


class ConnectionLostError(Exception):
    """The connection is gone; what was not committed is undone."""


LET_THE_ROLE: Final = (
    "have the owner of the tables run what `wirepact db grants ROLE` prints"
)
"""What to do about a role that may not do what serving takes."""


class CommitUnansweredError(ConnectionLostError):
    """The connection went while it committed: it may have, or not.

    Attributes:
        result: What the act returned.
        records: What it recorded, by context: there if it was committed.

    """

    def __init__(self, result: Any, records: Mapping[str, Record]) -> None:
        self.result = result
        self.records = records
        super().__init__()


class PrivilegeMissingError(StoreUnavailableError):
    """The database was reached, and refuses the role.

    Its message is for clients, who need not know what the role may not do.

    Attributes:
        reason: In the database's words: they name what is refused.
        advice: Who may do it, or how to let the role.

    """

    def __init__(self, reason: str, advice: str) -> None:
        self.reason = reason
        self.advice = advice
        UnavailableError.__init__(
            self,
            "The database refuses the registry something that it needs; nothing was"
            " changed. The registry's log says what it is.",
        )


def unstorable() -> InvalidSchemaError:
    """Say that the database refuses the characters or the length of a text."""
    return InvalidSchemaError(
        "A name or text cannot be stored: it is too long, or has a NUL or half a"
        " surrogate pair"
    )

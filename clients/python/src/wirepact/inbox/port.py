"""What the SDK asks of a store of handled messages."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Any, Protocol


class Standing(Enum):
    """What is known of a message when its handling would begin."""

    NEW = auto()
    IN_FLIGHT = auto()
    DONE = auto()


@dataclass(frozen=True, slots=True)
class Unit:
    """One transaction, in which messages are handled and noted down as handled.

    Attributes:
        standings: One for each key that was asked for, in their order.
        transaction: A `Session` or an `AsyncSession` of SQLAlchemy; None for stores
            that have no transactions.

    """

    standings: Sequence[Standing]
    transaction: Any = None


class Inbox(Protocol):
    """A store of handled messages.

    Attributes:
        has_transactions: Whether its units have one, for handlers to write in.

    """

    has_transactions: bool

    async def prepare(self) -> None:
        """Make the tables that are missing; twice, and at once by many, is fine.

        Raises:
            InboxUnavailableError: The store cannot be reached.

        """
        ...

    def unit(
        self, consumer: str, keys: Sequence[str], *, is_sync: bool = False
    ) -> AbstractAsyncContextManager[Unit]:
        """Open a transaction and note down the keys that are new in it.

        Leaving it commits; an exception rolls back, as if nothing had been noted down.
        A key that another transaction has noted down and not yet committed is waited
        for, or IN_FLIGHT in stores without transactions.

        Args:
            consumer: The handler's name.
            keys: As `wirepact.inbox.keys` makes them, none twice. Without any there is
                but the transaction.
            is_sync: Whether the transaction is for a handler that is no coroutine
                function, which runs in a thread.

        Raises:
            InboxUnavailableError: The store cannot be reached.

        """
        ...

    async def forget(self, older_than: timedelta) -> int:
        """Delete what was handled so long ago; return how many messages."""
        ...

    async def close(self) -> None: ...

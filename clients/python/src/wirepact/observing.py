"""What consumers and producers tell of their work: metrics and traces are made of it.

Nothing here is awaited, and nothing may fail: an observer counts and returns.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from typing import Final, Protocol

from wirepact.metadata import Metadata
from wirepact.transports.port import Lag, Lane, Record


class Outcome(StrEnum):
    """What became of a message in a handler."""

    OK = "ok"
    DUPLICATE = "duplicate"
    RETRIED = "retried"
    DEAD = "dead"
    SKIPPED = "skipped"


class Observer(Protocol):
    """Is told what happens, in the order in which it does, by one event loop."""

    def published(self, records: Sequence[Record], seconds: float) -> None:
        """Records were sent together, and the broker has all of them."""
        ...

    def fetched(self, group: str, count: int) -> None:
        """Messages have come, and are in hand now."""
        ...

    def handled(
        self, message: Metadata, handler: str, outcome: Outcome, seconds: float
    ) -> None:
        """A handler is done with a message, for now or for good.

        Args:
            handler: Empty for a message that no handler was found for.
            seconds: What it took, the transaction included; for a batch its share.

        """
        ...

    def retried(self, message: Metadata, handler: str, delay_s: float) -> None:
        """A handler has failed, and will be tried again after a delay."""
        ...

    def dead_lettered(self, message: Metadata, handler: str, reason: str) -> None:
        """A message is a dead letter, and the broker has it."""
        ...

    def duplicate(self, message: Metadata, handler: str) -> None:
        """A message had been handled before, and was skipped."""
        ...

    def paused(self, group: str, reason: str) -> None:
        """Nothing more is fetched: what handlers need is out."""
        ...

    def resumed(self, group: str) -> None:
        """It is back."""
        ...

    def lag(self, group: str, lags: Mapping[Lane, Lag]) -> None:
        """Say how far this member's lanes are behind; every few seconds."""
        ...

    def handling(
        self, messages: Sequence[Metadata], handler: str
    ) -> AbstractContextManager[object]:
        """Return what is entered around a handler, in its own task: a span."""
        ...

    def sending(self, records: Sequence[Record]) -> AbstractContextManager[object]:
        """Return what is entered around sending."""
        ...


class Unobserved:
    """Looks at nothing; observers of few things begin with it."""

    def published(self, records: Sequence[Record], seconds: float) -> None:
        """See `Observer`."""

    def fetched(self, group: str, count: int) -> None:
        """See `Observer`."""

    def handled(
        self, message: Metadata, handler: str, outcome: Outcome, seconds: float
    ) -> None:
        """See `Observer`."""

    def retried(self, message: Metadata, handler: str, delay_s: float) -> None:
        """See `Observer`."""

    def dead_lettered(self, message: Metadata, handler: str, reason: str) -> None:
        """See `Observer`."""

    def duplicate(self, message: Metadata, handler: str) -> None:
        """See `Observer`."""

    def paused(self, group: str, reason: str) -> None:
        """See `Observer`."""

    def resumed(self, group: str) -> None:
        """See `Observer`."""

    def lag(self, group: str, lags: Mapping[Lane, Lag]) -> None:
        """See `Observer`."""

    def handling(
        self, messages: Sequence[Metadata], handler: str
    ) -> AbstractContextManager[object]:
        """See `Observer`."""
        return NOTHING

    def sending(self, records: Sequence[Record]) -> AbstractContextManager[object]:
        """See `Observer`."""
        return NOTHING


NOTHING: Final = nullcontext()
"""Is entered where nobody looks, and by a consumer not even entered."""

"""What consumers and producers tell of their work: metrics and traces are made of it.

Nothing here is awaited, and nothing may fail: an observer counts and returns.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from enum import StrEnum
from typing import Final, Protocol

from wirepact.envelope import Header
from wirepact.metadata import Metadata
from wirepact.transports.port import Delivery, Lag, Lane, Record


class Outcome(StrEnum):
    """What became of a message in a handler."""

    OK = "ok"
    DUPLICATE = "duplicate"
    RETRIED = "retried"
    DEAD = "dead"
    SKIPPED = "skipped"


class Direction(StrEnum):
    """Which way a payload goes."""

    ENCODE = "encode"
    DECODE = "decode"


class Observer(Protocol):
    """Is told what happens, in the order in which it does, by one event loop.

    Attributes:
        times_payloads: Whether it wants to know how payloads are written and read; it
            costs each message a little, so it is not found out for nobody.

    """

    times_payloads: bool

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

    def left(self, group: str) -> None:
        """This member has ended: how far it was behind is others' to tell."""
        ...

    def handling(
        self, messages: Sequence[Metadata], handler: str
    ) -> AbstractContextManager[object]:
        """Return what is entered around a handler, in its own task: a span."""
        ...

    def sending(self, records: Sequence[Record]) -> AbstractContextManager[object]:
        """Return what is entered around sending."""
        ...

    def payload(
        self, direction: Direction, schema_type: str, seconds: float, *, was_known: bool
    ) -> None:
        """Payloads were written or read; only told to who times them.

        Args:
            schema_type: As the registry names it; empty for a tombstone.
            seconds: What it took, the registry's answers included.
            was_known: Whether nothing had to be asked of the registry.

        """
        ...

    def payload_failed(self, direction: Direction, error: Exception) -> None:
        """One could not be written or read; only told to who times them."""
        ...

    def creating(self, topic: str) -> AbstractContextManager[Sequence[Header] | None]:
        """Return what is entered around making a message; gives headers for it."""
        ...

    def settling(
        self, group: str, deliveries: Sequence[Delivery]
    ) -> AbstractContextManager[object]:
        """Return what is entered around acknowledging."""
        ...


class Unobserved:
    """Looks at nothing; observers of few things begin with it."""

    times_payloads = False

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

    def left(self, group: str) -> None:
        """See `Observer`."""

    def handling(
        self, messages: Sequence[Metadata], handler: str
    ) -> AbstractContextManager[object]:
        """See `Observer`."""
        return NOTHING

    def sending(self, records: Sequence[Record]) -> AbstractContextManager[object]:
        """See `Observer`."""
        return NOTHING

    def payload(
        self, direction: Direction, schema_type: str, seconds: float, *, was_known: bool
    ) -> None:
        """See `Observer`."""

    def payload_failed(self, direction: Direction, error: Exception) -> None:
        """See `Observer`."""

    def creating(self, topic: str) -> AbstractContextManager[Sequence[Header] | None]:
        """See `Observer`."""
        return NOTHING

    def settling(
        self, group: str, deliveries: Sequence[Delivery]
    ) -> AbstractContextManager[object]:
        """See `Observer`."""
        return NOTHING


class Together:
    """Tells several observers, in their order; what is entered is entered so too."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers
        self.times_payloads = any(each.times_payloads for each in observers)

    def published(self, records: Sequence[Record], seconds: float) -> None:
        """See `Observer`."""
        for each in self._observers:
            each.published(records, seconds)

    def fetched(self, group: str, count: int) -> None:
        """See `Observer`."""
        for each in self._observers:
            each.fetched(group, count)

    def handled(
        self, message: Metadata, handler: str, outcome: Outcome, seconds: float
    ) -> None:
        """See `Observer`."""
        for each in self._observers:
            each.handled(message, handler, outcome, seconds)

    def retried(self, message: Metadata, handler: str, delay_s: float) -> None:
        """See `Observer`."""
        for each in self._observers:
            each.retried(message, handler, delay_s)

    def dead_lettered(self, message: Metadata, handler: str, reason: str) -> None:
        """See `Observer`."""
        for each in self._observers:
            each.dead_lettered(message, handler, reason)

    def duplicate(self, message: Metadata, handler: str) -> None:
        """See `Observer`."""
        for each in self._observers:
            each.duplicate(message, handler)

    def paused(self, group: str, reason: str) -> None:
        """See `Observer`."""
        for each in self._observers:
            each.paused(group, reason)

    def resumed(self, group: str) -> None:
        """See `Observer`."""
        for each in self._observers:
            each.resumed(group)

    def lag(self, group: str, lags: Mapping[Lane, Lag]) -> None:
        """See `Observer`."""
        for each in self._observers:
            each.lag(group, lags)

    def left(self, group: str) -> None:
        """See `Observer`."""
        for each in self._observers:
            each.left(group)

    def payload(
        self, direction: Direction, schema_type: str, seconds: float, *, was_known: bool
    ) -> None:
        """See `Observer`."""
        for each in self._observers:
            each.payload(direction, schema_type, seconds, was_known=was_known)

    def payload_failed(self, direction: Direction, error: Exception) -> None:
        """See `Observer`."""
        for each in self._observers:
            each.payload_failed(direction, error)

    def handling(
        self, messages: Sequence[Metadata], handler: str
    ) -> AbstractContextManager[object]:
        """See `Observer`."""
        return _entered([each.handling(messages, handler) for each in self._observers])

    def sending(self, records: Sequence[Record]) -> AbstractContextManager[object]:
        """See `Observer`."""
        return _entered([each.sending(records) for each in self._observers])

    def creating(self, topic: str) -> AbstractContextManager[Sequence[Header] | None]:
        """See `Observer`."""
        return _gathered([each.creating(topic) for each in self._observers])

    def settling(
        self, group: str, deliveries: Sequence[Delivery]
    ) -> AbstractContextManager[object]:
        """See `Observer`."""
        return _entered([each.settling(group, deliveries) for each in self._observers])


def _entered(
    scopes: Sequence[AbstractContextManager[object]],
) -> AbstractContextManager[object]:
    wanted = [each for each in scopes if each is not NOTHING]
    if len(wanted) < 2:
        return wanted[0] if wanted else NOTHING
    return _all_of(wanted)


@contextmanager
def _all_of(scopes: Sequence[AbstractContextManager[object]]) -> Iterator[None]:
    with ExitStack() as stack:
        for each in scopes:
            stack.enter_context(each)
        yield


def _gathered(
    scopes: Sequence[AbstractContextManager[Sequence[Header] | None]],
) -> AbstractContextManager[Sequence[Header] | None]:
    wanted = [each for each in scopes if each is not NOTHING]
    return _headers_of(wanted) if wanted else NOTHING


@contextmanager
def _headers_of(
    scopes: Sequence[AbstractContextManager[Sequence[Header] | None]],
) -> Iterator[Sequence[Header]]:
    with ExitStack() as stack:
        yield [header for each in scopes for header in stack.enter_context(each) or ()]


NOTHING: Final = nullcontext()
"""Is entered where nobody looks, and by a consumer not even entered."""

"""What the SDK asks of a broker: to send records, and to deliver and settle them."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from wirepact.envelope import Binding, Header


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a broker can do by itself; what it cannot, the SDK does or refuses.

    Attributes:
        keeps_key_order: Records of one key reach one subscription in their order.
        has_partitions: Topics are split, and a lane is one partition.
        delays: A record handed back with a delay comes again after it, and holds up
            no other one meanwhile.
        deduplicates: A record sent twice with one message id is kept once, for a while.
        has_any_header: Header values are any bytes, may be None, and names may repeat.

    """

    keeps_key_order: bool
    has_partitions: bool
    delays: bool
    deduplicates: bool
    has_any_header: bool


@dataclass(frozen=True, slots=True)
class Record:
    """What is sent.

    Attributes:
        value: None for a tombstone.
        partition: None to let the key decide; ignored by brokers without partitions.
        id: What a broker that deduplicates knows the record by; None for no such care.

    """

    topic: str
    value: bytes | None
    key: bytes | None = None
    headers: tuple[Header, ...] = ()
    partition: int | None = None
    id: str | None = None


class Receipt(NamedTuple):
    """Where the broker has put a record; it is durable by the broker's own measure."""

    topic: str
    partition: int | None
    position: int | str | None


class Lane(NamedTuple):
    """What is delivered in order, and settled in order where the broker wants that.

    Attributes:
        partition: 0 for brokers without partitions.

    """

    topic: str
    partition: int


@dataclass(frozen=True, slots=True, eq=False)
class Delivery:
    """A record that was delivered, until it is settled.

    Attributes:
        position: The offset, the delivery tag, the sequence or the entry's id.
        sent_at: When the broker took it, with a time zone; None where it keeps none.
        attempt: How often the broker has delivered it, this time included, as far as
            it counts; 1 otherwise.

    """

    topic: str
    partition: int
    position: int | str
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...]
    sent_at: datetime | None = None
    attempt: int = 1

    @property
    def lane(self) -> Lane:
        return Lane(self.topic, self.partition)


class Lag(NamedTuple):
    """How far a group is behind in a lane.

    Attributes:
        messages: Those that wait, including what is in hand.
        seconds: The age of the oldest of them; None where it cannot be known.

    """

    messages: int
    seconds: float | None


class Subscription(Protocol):
    """A member of a group. For the tasks of one event loop.

    Each delivery is settled once, in any order: by `ack` or `nack`. What is not settled
    when the subscription closes, or its process dies, is delivered again, to this
    group's next member.
    """

    async def fetch(self, limit: int, wait_s: float) -> Sequence[Delivery]:
        """Return what has come, at most `limit`; nothing after `wait_s` without any.

        Nothing is fetched from lanes that are paused. It may be cancelled: no record
        is lost by that.

        Raises:
            BrokerUnavailableError: The broker cannot be reached; ask again later.

        """
        ...

    async def ack(self, deliveries: Iterable[Delivery]) -> None:
        """Settle deliveries whose effects are durable.

        A broker that keeps one offset for each lane is told of the highest one before
        which all is settled. Those of lanes that were lost meanwhile are dropped: they
        belong to another member now.

        Raises:
            BrokerUnavailableError: They stay unsettled, and will come again.

        """
        ...

    async def nack(self, deliveries: Iterable[Delivery], delay_s: float = 0) -> None:
        """Hand deliveries back, to be delivered again after a delay.

        Where a broker keeps lanes in order, what follows in the lane waits as well and
        is delivered again behind them.
        """
        ...

    def pause(self, lanes: Iterable[Lane]) -> None:
        """Fetch nothing more from some lanes, and stay a member of the group."""
        ...

    def resume(self, lanes: Iterable[Lane]) -> None: ...

    def lanes(self) -> Sequence[Lane]:
        """Return the lanes that this member has now."""
        ...

    async def lag(self) -> Mapping[Lane, Lag]:
        """Return how far the group is behind in this member's lanes."""
        ...

    async def close(self) -> None:
        """Leave the group, with all acknowledgements that were made; twice is fine."""
        ...


# Told which lanes are about to be taken away, while they may still be settled. What
# is in hand should be finished or dropped before it returns.
Revoked = Callable[[Sequence[Lane]], Awaitable[None]]


class Transport(Protocol):
    """A broker. For the tasks of one event loop.

    Attributes:
        system: Its name in OpenTelemetry's conventions, such as `kafka`.
        binding: How its headers carry envelopes.

    """

    system: str
    capabilities: Capabilities
    binding: Binding

    def find_name_fault(self, topic: str, group: str | None = None) -> str | None:
        """Return why a topic cannot have its name here, or be read by a group.

        The reason names the limit, and what is beyond it. Nothing is asked.

        Args:
            group: None for a topic that is only sent to.

        """
        ...

    async def open(self) -> None:
        """Connect; twice is fine.

        Raises:
            BrokerUnavailableError: It cannot be reached.

        """
        ...

    async def close(self) -> None: ...

    async def send(self, records: Sequence[Record]) -> Sequence[Receipt]:
        """Send records, and return when the broker has all of them, in their order.

        They are sent together, not one after another; those of one key keep their
        order.

        Raises:
            BrokerUnavailableError: Some may have been sent.
            RecordRefusedError: The broker does not take one of them, and never will.

        """
        ...

    async def subscribe(
        self, topics: Sequence[str], group: str, revoked: Revoked | None = None
    ) -> Subscription:
        """Become a member of a group that shares the records of some topics.

        A new group begins with the oldest record that the broker has kept. Topics that
        do not exist are made where the broker has such a thing and allows it.

        Raises:
            BrokerUnavailableError: It cannot be reached.

        """
        ...

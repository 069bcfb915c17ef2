"""Redis Streams: a topic is a stream, and a group is a consumer group of it.

    broker = Redis("rediss://broker:6379/0", auth=BasicAuth("shop", password))

How durable a record is, the server decides: with `appendonly yes` and `appendfsync
always` it is on its disk before the answer. Servers in a cluster are not known here.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from wirepact import envelope
from wirepact._closing import all_closed
from wirepact.auth import BasicAuth, Tls
from wirepact.errors import MissingExtraError, RecordRefusedError
from wirepact.transports._address import Address, Scheme
from wirepact.transports.port import Capabilities, Receipt, Record, Revoked

try:
    from wirepact.transports._redis_entries import to_fields
    from wirepact.transports._redis_link import PASSING, REFUSED, Link
    from wirepact.transports._redis_subscription import RedisSubscription
except ModuleNotFoundError as error:
    raise MissingExtraError("Redis", "redis") from error

SCHEMES: Final[Mapping[str, Scheme]] = {
    "redis": Scheme(6379, is_encrypted=False),
    "rediss": Scheme(6379, is_encrypted=True),
}
_AT_ONCE: Final = 1000
_NAMELESS: Final = "a topic needs a name"


class Redis:
    """Connections to Redis, 7.0 or later. See `Transport`."""

    system = "redis"
    # CloudEvents has no binding for Redis; this one is readable as it is.
    binding = envelope.KAFKA
    capabilities = Capabilities(
        keeps_key_order=False,
        has_partitions=False,
        delays=True,
        deduplicates=False,
        has_any_header=True,
    )

    def __init__(
        self,
        url: str,
        *,
        auth: BasicAuth | None = None,
        tls: Tls | None = None,
        member_timeout_s: float = 30.0,
        max_entries: int | None = None,
        timeout_s: float = 15.0,
    ) -> None:
        """Say where the broker is; nothing is connected yet.

        Args:
            url: `redis://host:port/database`, or `rediss://` for TLS.
            auth: Instead of the name and password in the URL.
            member_timeout_s: After how long without a sign of life what a member has
                in hand is given to another one. While it lives, signs are given.
            max_entries: How many entries of a stream are kept, about: the oldest are
                deleted when others are sent, whether they were handled or not. None
                keeps all.
            timeout_s: How long one answer of the broker is waited for.

        Raises:
            ValueError: The URL is not one of these.

        """
        self._address = Address.of(url, SCHEMES, auth, tls)
        if self._address.path and not self._address.path.isdecimal():
            raise ValueError("the database in the broker's URL is no number")
        self._timeout_s = timeout_s
        self._member_timeout_s = member_timeout_s
        trimming = () if max_entries is None else ("MAXLEN", "~", max_entries)
        self._options: tuple[str | int, ...] = (*trimming, "*")
        self._link = Link(self._address, timeout_s)
        self._subscriptions: list[RedisSubscription] = []

    def __repr__(self) -> str:
        return f"Redis({str(self._address)!r})"

    def find_name_fault(
        self,
        topic: str,
        group: str | None = None,
    ) -> str | None:
        """See `Transport`."""
        return None if topic else _NAMELESS

    async def open(self) -> None:
        """See `Transport`."""
        with self._link.outages():
            await self._link.do("PING")

    async def close(self) -> None:
        """See `Transport`. Its subscriptions are closed as well."""
        subscriptions = self._subscriptions.copy()
        self._subscriptions.clear()
        await all_closed(
            [*(each.close for each in subscriptions), self._link.client.aclose]
        )

    async def send(self, records: Sequence[Record]) -> Sequence[Receipt]:
        """See `Transport`. Answers are waited for together."""
        for record in records:
            if not record.topic:
                raise RecordRefusedError(record.topic, _NAMELESS)
        receipts: list[Receipt] = []
        for first in range(0, len(records), _AT_ONCE):
            receipts += await self._send(records[first : first + _AT_ONCE])
        return receipts

    async def _send(self, records: Sequence[Record]) -> list[Receipt]:
        pipeline = self._link.client.pipeline(transaction=False)
        for record in records:
            pipeline.execute_command(
                "XADD", record.topic, *self._options, *to_fields(record)
            )
        with self._link.outages():
            outcomes = await pipeline.execute(raise_on_error=False)
        return [
            self._receipt(record, outcome)
            for record, outcome in zip(records, outcomes, strict=True)
        ]

    def _receipt(self, record: Record, outcome: bytes | Exception) -> Receipt:
        if not isinstance(outcome, Exception):
            return Receipt(record.topic, None, outcome.decode())
        if isinstance(outcome, REFUSED) and not isinstance(outcome, PASSING):
            raise RecordRefusedError(record.topic, str(outcome)) from outcome
        raise self._link.outage(outcome) from outcome

    async def subscribe(
        self, topics: Sequence[str], group: str, revoked: Revoked | None = None
    ) -> RedisSubscription:
        """See `Transport`. Lanes are never revoked: the broker has no partitions."""
        subscription = RedisSubscription(
            self._link, topics, group, member_timeout_s=self._member_timeout_s
        )
        await subscription.open()
        self._subscriptions.append(subscription)
        return subscription

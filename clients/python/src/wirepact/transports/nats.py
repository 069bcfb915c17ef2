"""NATS JetStream: a topic is a stream, and a group is a durable pull consumer of it.

    broker = Nats("nats://broker:4222", auth=BasicAuth("shop", password))

The stream of `orders.v1` is called `orders=2Ev1` and has the subjects `orders.v1.*`,
one for each key. Streams that are missing are made, and keep all that they get; who
wants limits makes them beforehand.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from wirepact import envelope
from wirepact._closing import all_closed
from wirepact.auth import BasicAuth, BearerAuth, Tls
from wirepact.errors import (
    BrokerUnavailableError,
    MissingExtraError,
    RecordRefusedError,
    RecordTooLargeError,
    WirepactError,
)
from wirepact.transports._address import Address, Scheme
from wirepact.transports.port import Capabilities, Receipt, Record, Revoked

try:
    from nats.js.api import PubAck
    from nats.js.errors import BadRequestError, NoStreamResponseError

    from wirepact.transports._nats_link import Link
    from wirepact.transports._nats_messages import Outgoing, find_name_fault, to_message
    from wirepact.transports._nats_subscription import NatsSubscription
except ModuleNotFoundError as error:
    raise MissingExtraError("NATS", "nats") from error

SCHEMES: Final[Mapping[str, Scheme]] = {
    "nats": Scheme(4222, is_encrypted=False),
    "tls": Scheme(4222, is_encrypted=True),
}
# So many answers are waited for at once; the server's own limit is not far above.
_AT_ONCE: Final = 1000
# Of JetStream's errors: "message size exceeds maximum allowed", which a stream may say.
_TOO_LARGE: Final = 10054


class Nats:
    """A connection to NATS, 2.9 or later, with JetStream. See `Transport`.

    Reconnecting is the next call's: a call during an outage fails at once.
    """

    system = "nats"
    binding = envelope.NATS

    def __init__(
        self,
        *urls: str,
        auth: BasicAuth | BearerAuth | None = None,
        credentials_file: Path | str | None = None,
        tls: Tls | None = None,
        ack_wait_s: float = 30.0,
        max_ack_pending: int = 1000,
        replicas: int = 1,
        timeout_s: float = 15.0,
    ) -> None:
        """Say where the broker is; nothing is connected yet.

        Args:
            urls: `nats://host:port`, or `tls://` for TLS; several for a cluster.
            auth: A name and a password, instead of those in the first URL, or a token.
            credentials_file: A `.creds` file with a JWT and its key.
            ack_wait_s: After how long without a sign of life what a member has in hand
                is given to another one. While it lives, signs are given.
            max_ack_pending: How many records all members of a group may have in hand
                together. With 1 the order of keys is kept, and what is handed back
                with a delay holds up all that follows.
            replicas: Of streams that are made here.
            timeout_s: How long one answer of the broker is waited for.

        Raises:
            ValueError: A URL is not one of these, or there is none.

        """
        if not urls:
            raise ValueError("a broker's URL is needed, such as nats://broker:4222")
        basic = auth if isinstance(auth, BasicAuth) else None
        addresses = [Address.of(url, SCHEMES, basic, tls) for url in urls]
        is_ordered = max_ack_pending == 1
        self.capabilities = Capabilities(
            keeps_key_order=is_ordered,
            has_partitions=False,
            delays=not is_ordered,
            deduplicates=True,
            has_any_header=True,
        )
        self._link = Link(
            addresses,
            auth or addresses[0].auth,
            credentials_file,
            timeout_s,
            replicas,
        )
        self._ack_wait_s = ack_wait_s
        self._max_ack_pending = max_ack_pending
        self._subscriptions: list[NatsSubscription] = []

    def __repr__(self) -> str:
        return f"Nats({self._link.name!r})"

    def find_name_fault(self, topic: str, group: str | None = None) -> str | None:
        """See `Transport`."""
        return find_name_fault(topic, group)

    async def open(self) -> None:
        """See `Transport`."""
        await self._link.reopen()

    async def close(self) -> None:
        """See `Transport`. Its subscriptions are closed as well."""
        subscriptions = self._subscriptions.copy()
        self._subscriptions.clear()
        await all_closed([*(each.close for each in subscriptions), self._link.close])

    async def send(self, records: Sequence[Record]) -> Sequence[Receipt]:
        """See `Transport`. Answers are waited for together.

        A record whose id the stream has had within two minutes is not kept again; its
        receipt tells the place of the first one.
        """
        messages = [(record, to_message(record)) for record in records]
        if not messages:
            return []
        client = await self._link.client()
        for record, message in messages:
            if message.size > client.max_payload:
                raise RecordTooLargeError(
                    record.topic,
                    f"it has {message.size} bytes with its headers; the server takes"
                    f" at most {client.max_payload}",
                )
        for topic in dict.fromkeys(record.topic for record in records):
            await self._link.stream(topic)
        receipts: list[Receipt] = []
        for first in range(0, len(messages), _AT_ONCE):
            receipts += await self._send(messages[first : first + _AT_ONCE])
        return receipts

    async def _send(self, messages: Sequence[tuple[Record, Outgoing]]) -> list[Receipt]:
        streams = await self._link.streams()
        with self._link.outages():
            answers = [
                await streams.publish_async(
                    message.subject, message.payload, headers=message.headers or None
                )
                for _, message in messages
            ]
        outcomes = await self._link.unless_lost(
            asyncio.gather(*answers, return_exceptions=True)
        )
        return [
            self._receipt(record, outcome)
            for (record, _), outcome in zip(messages, outcomes, strict=True)
        ]

    def _receipt(self, record: Record, outcome: PubAck | BaseException) -> Receipt:
        if isinstance(outcome, BaseException):
            raise self._failure(record, outcome) from outcome
        return Receipt(record.topic, None, outcome.seq)

    def _failure(self, record: Record, outcome: BaseException) -> WirepactError:
        """Say in our words why a record was not taken."""
        if isinstance(outcome, BadRequestError) and outcome.err_code == _TOO_LARGE:
            return RecordTooLargeError(record.topic, str(outcome.description))
        if isinstance(outcome, BadRequestError):
            return RecordRefusedError(record.topic, str(outcome.description))
        if isinstance(outcome, NoStreamResponseError):
            # The stream was deleted meanwhile: the next time it is made again.
            self._link.forget()
            return self._link.outage(f"the stream of {record.topic} is gone")
        return BrokerUnavailableError(self._link.name, str(outcome))

    async def subscribe(
        self, topics: Sequence[str], group: str, revoked: Revoked | None = None
    ) -> NatsSubscription:
        """See `Transport`. Lanes are never revoked: the broker has no partitions."""
        subscription = NatsSubscription(
            self._link,
            topics,
            group,
            ack_wait_s=self._ack_wait_s,
            max_ack_pending=self._max_ack_pending,
        )
        await subscription.open()
        self._subscriptions.append(subscription)
        return subscription

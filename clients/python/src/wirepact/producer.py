"""Events into records, and records to the broker: at once, or when a handler has ended.

What a handler publishes is kept until it has ended, and sent before its transaction
commits. Its ids follow from the message that is handled, so that whoever has seen them
leaves them out when the message is handled again.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from wirepact import context
from wirepact._timing import Encoder, timed_encode
from wirepact._wrapping import Attributes
from wirepact.envelope import Headers
from wirepact.observing import NOTHING, Observer
from wirepact.transports.port import Receipt, Record, Transport


class Producer:
    """Publishes for one service. For the tasks of one event loop."""

    def __init__(
        self,
        registry: Encoder,
        transport: Transport,
        observer: Observer,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._encode = timed_encode(registry, observer, clock)
        self._transport = transport
        self._observer = observer
        self._clock = clock
        self._id_header = transport.binding.headers["id"]

    async def publish(
        self,
        event: Any,
        topic: str,
        key: str | bytes | None,
        headers: Headers,
        attributes: Attributes,
    ) -> Receipt | None:
        """Encode an event now, and send it now or at the handler's end.

        Returns:
            Where it is; None if it is kept until the handler has ended.

        """
        record = await self.record(event, topic, key, headers, attributes)
        receipts = await self._send_or_keep([record])
        return None if receipts is None else receipts[0]

    async def publish_all(
        self, events: Iterable[tuple[Any, str]], headers: Headers
    ) -> Sequence[Receipt] | None:
        """Encode all events, each for its topic, then send them together, or keep them.

        Returns:
            Where they are; None if they are kept until the handler has ended.

        """
        records = [
            await self.record(event, topic, headers=headers) for event, topic in events
        ]
        return await self._send_or_keep(records)

    async def record(
        self,
        event: Any,
        topic: str,
        key: str | bytes | None = None,
        headers: Headers = (),
        attributes: Attributes | None = None,
    ) -> Record:
        """Return the record of an event."""
        given: Attributes = attributes or {}
        scope = self._observer.creating(topic)
        if scope is NOTHING:
            message = await self._encode(
                event, topic, key=key, headers=headers, **given
            )
        else:
            with scope as added:
                headers = [*headers, *(added or ())]
                message = await self._encode(
                    event, topic, key=key, headers=headers, **given
                )
        return Record(
            topic,
            message.value,
            message.key,
            tuple(message.headers),
            id=self._id_of(message.headers),
        )

    async def send(self, records: Sequence[Record]) -> Sequence[Receipt]:
        """Send records together, and return when the broker has them."""
        begun = self._clock()
        with self._observer.sending(records):
            receipts = await self._transport.send(records)
        self._observer.published(records, self._clock() - begun)
        return receipts

    async def _send_or_keep(
        self, records: Sequence[Record]
    ) -> Sequence[Receipt] | None:
        handling = context.current()
        if handling is not None and handling.kept is not None:
            handling.kept.extend((self, record) for record in records)
            return None
        return await self.send(records) if records else ()

    def _id_of(self, headers: Headers) -> str | None:
        for name, value in headers:
            if name == self._id_header and value is not None:
                return value.decode(errors="replace")
        return None


async def send_kept(kept: Sequence[tuple[Producer, Record]]) -> None:
    """Send what a handler has published, in its order, each by its own producer."""
    by_producer: dict[Producer, list[Record]] = {}
    for producer, record in kept:
        by_producer.setdefault(producer, []).append(record)
    for producer, records in by_producer.items():
        await producer.send(records)

"""A member of a group of NATS's: durable pull consumers, one for each topic."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Final

from wirepact.errors import BrokerUnavailableError, MissingExtraError
from wirepact.transports._intake import Intake
from wirepact.transports._nats_link import Link
from wirepact.transports._nats_messages import name_of, to_delivery
from wirepact.transports.port import Delivery, Lag, Lane

try:
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.aio.subscription import Subscription as Bound
    from nats.js.api import ConsumerConfig
    from nats.js.errors import NotFoundError
except ModuleNotFoundError as error:
    raise MissingExtraError("NATS", "nats") from error

_NEXT: Final = "$JS.API.CONSUMER.MSG.NEXT"
_NS: Final = 1_000_000_000
# A request that ends sooner than this is refused by some servers.
_LEAST_EXPIRY_S: Final = 0.01
_BEATS: Final = 3
"""So many signs of life are given in the time after which a member counts as dead."""

_MOST_SILENCE: Final = 2

_DONE: Final = b"+ACK"
_ALIVE: Final = b"+WPI"


class NatsSubscription:
    """See `Subscription`. What is in hand stays ours over a lost connection.

    It is acknowledged by a subject of its own, on whatever connection, as long as the
    server has heard of it within `ack_wait_s`.
    """

    def __init__(
        self,
        link: Link,
        topics: Sequence[str],
        group: str,
        *,
        ack_wait_s: float,
        max_ack_pending: int,
    ) -> None:
        self._link = link
        self._consumer = name_of(group)
        self._config = ConsumerConfig(
            durable_name=self._consumer,
            ack_wait=ack_wait_s,
            max_ack_pending=max_ack_pending,
            max_deliver=-1,
        )
        self._beat_s = ack_wait_s / _BEATS
        self._intake = Intake(topics)
        self._replies: dict[Delivery, str] = {}
        self._inboxes: dict[str, str] = {}
        self._bound: list[Bound] = []
        self._asked: dict[str, float] = {}
        self._wanted: dict[str, int] = {}
        self._silence = dict.fromkeys(topics, 0)
        self._client: Client | None = None
        self._beating: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()
        self._is_closed = False
        link.tell_loss(self._intake.wake)

    async def open(self) -> None:
        """Bind to the consumers, unless that is so already.

        Raises:
            BrokerUnavailableError: It cannot be reached.

        """
        async with self._lock:
            client = await self._link.client()
            if client is self._client or self._is_closed:
                return
            self._asked.clear()
            self._bound.clear()
            for lane in self._intake.lanes:
                await self._bind(client, lane.topic)
            self._client = client
            if self._beating is None:
                self._beating = asyncio.create_task(self._beat())

    async def _bind(self, client: Client, topic: str) -> None:
        config = await self._link.consumer(topic, self._config)
        # The consumer may have been made by others, with another patience.
        wait_s = config.ack_wait or self._beat_s * _BEATS
        self._beat_s = min(self._beat_s, wait_s / _BEATS)
        inbox = client.new_inbox()
        with self._link.outages():
            bound = await client.subscribe(inbox, cb=partial(self._come, topic))
        self._bound.append(bound)
        self._inboxes[topic] = inbox

    async def _come(self, topic: str, message: Msg) -> None:
        self._silence[topic] = 0
        if not message.reply:
            # The end of a request: nothing came in its time, or the consumer is gone.
            self._asked.pop(topic, None)
            if (message.headers or {}).get("Status") not in {"404", "408"}:
                self._client = None
                self._link.forget()
            return
        self._wanted[topic] -= 1
        if self._wanted[topic] <= 0:
            self._asked.pop(topic, None)
        delivery = to_delivery(topic, message)
        self._replies[delivery] = message.reply
        self._intake.put(delivery)

    async def fetch(self, limit: int, wait_s: float) -> Sequence[Delivery]:
        """See `Subscription`."""
        if self._is_closed:
            return []
        await self.open()
        if not (taken := self._intake.take(limit)):
            await self._ask(limit, wait_s)
            await self._intake.arrival(wait_s)
            taken = self._intake.take(limit)
        if not taken:
            self._refuse_loss()
        return taken

    def _refuse_loss(self) -> None:
        if not self._is_closed and not self._link.is_up:
            raise self._link.outage("the connection was lost")

    async def _ask(self, limit: int, wait_s: float) -> None:
        """Ask for messages of each topic that is not asked for already."""
        now = asyncio.get_running_loop().time()
        expiry_s = max(wait_s, _LEAST_EXPIRY_S)
        request = json.dumps({"batch": limit, "expires": int(expiry_s * _NS)}).encode()
        client = await self._link.client()
        for topic in self._intake.open_topics():
            if self._asked.get(topic, now) > now:
                continue
            if topic in self._asked:
                self._note_silence(topic)
            self._asked[topic] = now + expiry_s
            self._wanted[topic] = limit
            subject = f"{_NEXT}.{name_of(topic)}.{self._consumer}"
            with self._link.outages():
                await client.publish(subject, request, reply=self._inboxes[topic])

    def _note_silence(self, topic: str) -> None:
        """Look for the consumer again when requests end without any answer.

        The server says so when nothing has come in time; only of a consumer that was
        deleted it says nothing.
        """
        self._silence[topic] += 1
        if self._silence[topic] >= _MOST_SILENCE:
            self._silence[topic] = 0
            self._client = None
            self._link.forget()

    async def ack(self, deliveries: Iterable[Delivery]) -> None:
        """See `Subscription`."""
        client = await self._link.client()
        for delivery in self._intake.settle(deliveries):
            await self._answer(client, delivery, _DONE)

    async def nack(self, deliveries: Iterable[Delivery], delay_s: float = 0) -> None:
        """See `Subscription`."""
        delay = f' {{"delay": {int(delay_s * _NS)}}}' if delay_s > 0 else ""
        try:
            client = await self._link.client()
        except BrokerUnavailableError:
            # They come again when the server has heard nothing of them for a while.
            for delivery in self._intake.settle(deliveries):
                self._replies.pop(delivery, None)
            return
        for delivery in self._intake.settle(deliveries):
            await self._answer(client, delivery, f"-NAK{delay}".encode())

    async def _answer(self, client: Client, delivery: Delivery, what: bytes) -> None:
        reply = self._replies.pop(delivery)
        with self._link.outages():
            await client.publish(reply, what)

    async def _beat(self) -> None:
        """Say now and then that what is here is not forgotten."""
        while True:
            await asyncio.sleep(self._beat_s)
            with suppress(BrokerUnavailableError):
                client = await self._link.client()
                for delivery in list(self._intake.unsettled()):
                    reply = self._replies.get(delivery)
                    if reply is not None:
                        with self._link.outages():
                            await client.publish(reply, _ALIVE)

    def pause(self, lanes: Iterable[Lane]) -> None:
        """See `Subscription`. What was asked for before stays here, unfetched."""
        self._intake.pause(lanes)

    def resume(self, lanes: Iterable[Lane]) -> None:
        """See `Subscription`."""
        self._intake.resume(lanes)

    def lanes(self) -> Sequence[Lane]:
        """See `Subscription`."""
        return self._intake.lanes

    async def lag(self) -> Mapping[Lane, Lag]:
        """See `Subscription`. It is the whole group's."""
        return {lane: await self._lag(lane.topic) for lane in self._intake.lanes}

    async def _lag(self, topic: str) -> Lag:
        streams = await self._link.streams()
        with self._link.outages():
            about = await streams.consumer_info(name_of(topic), self._consumer)
            messages = (about.num_pending or 0) + (about.num_ack_pending or 0)
            if not messages:
                return Lag(0, 0.0)
            settled = 0 if about.ack_floor is None else about.ack_floor.stream_seq
            try:
                oldest = await streams.get_msg(
                    name_of(topic), settled + 1, subject=f"{topic}.*", next=True
                )
            except NotFoundError:  # settled or thrown away meanwhile
                return Lag(messages, None)
        return Lag(messages, _age_s(oldest.time))

    async def close(self) -> None:
        """See `Subscription`. What is in hand is handed back at once."""
        if self._is_closed:
            return
        self._is_closed = True
        self._link.untell_loss(self._intake.wake)
        self._intake.wake()
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)
        if self._link.is_up:
            with suppress(BrokerUnavailableError):
                await self._hand_back()
        self._intake.clear()
        self._replies.clear()

    async def _hand_back(self) -> None:
        client = await self._link.client()
        with self._link.outages():
            for subscription in self._bound:
                await subscription.unsubscribe()
            for reply in list(self._replies.values()):
                await client.publish(reply, b"-NAK")
            await client.flush(round(self._link.timeout_s))


def _age_s(time: datetime | None) -> float | None:
    if time is None:
        return None
    return max((datetime.now(UTC) - time).total_seconds(), 0.0)

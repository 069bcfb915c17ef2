"""A link to RabbitMQ that is made anew when it is needed, and what is declared by it.

The library's own robust connection is not used: it restores consumers in the
background, and a tag of the lost channel could then settle another message of the new
one.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, cast

from wirepact.errors import (
    BrokerUnavailableError,
    MissingExtraError,
    RecordRefusedError,
)
from wirepact.transports._address import Address
from wirepact.transports._amqp import Wire

try:
    import aio_pika
    from aio_pika import ExchangeType
    from aio_pika.abc import AbstractChannel, AbstractConnection
    from aio_pika.exceptions import (
        CONNECTION_EXCEPTIONS,
        AMQPChannelError,
        ChannelClosed,
        ChannelNotFoundEntity,
    )
except ModuleNotFoundError as error:
    raise MissingExtraError("RabbitMQ", "rabbitmq") from error

Arguments = dict[str, Any]
Declare = Callable[[AbstractChannel], Awaitable[Any]]

UNREACHABLE: Final = (*CONNECTION_EXCEPTIONS, TimeoutError)

_QUORUM: Final[Arguments] = {"x-queue-type": "quorum"}
# Dead-lettered messages leave a waiting queue only after the next one has them.
_SAFELY: Final[Arguments] = {
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
}
# The library takes no other names, though RabbitMQ would.
_NAME: Final = re.compile(r"[A-Za-z0-9_.:@#,/+ -]+")
_MOST_EXCHANGE_CHARS: Final = 127
_MOST_QUEUE_CHARS: Final = 255
_MOST_WAIT_CHARS: Final = len(".#wait-") + 12
_ESCAPED: Final = re.compile(r"[^A-Za-z0-9_:@,/+ -]")
_HAS_DELIVERY_LIMIT: Final = 4


def is_refusal(error: BaseException) -> bool:
    """Say whether the broker refuses something; it ends the channel, and says why.

    That it does not find something, or that the channel ends for another reason, is
    no refusal.
    """
    others = (ChannelClosed, ChannelNotFoundEntity)
    return isinstance(error, AMQPChannelError) and type(error) not in others


class Link:
    """One connection, made when it is first needed and again after it was lost."""

    def __init__(self, address: Address, timeout_s: float) -> None:
        self.address = address
        self.timeout_s = timeout_s
        self.known: set[str] = set()
        self._connection: AbstractConnection | None = None
        self._lock = asyncio.Lock()
        self._is_closed = False

    async def connection(self) -> AbstractConnection:
        """Return a connection that is open.

        Raises:
            BrokerUnavailableError: The broker cannot be reached, or the transport is
                closed.

        """
        async with self._lock:
            if self._is_closed:
                raise BrokerUnavailableError(str(self.address), "it was closed here")
            if self._connection is None or not self._connection.connected.is_set():
                await self._drop()
                with self.outages():
                    self._connection = await self._connect()
            return self._connection

    async def _connect(self) -> AbstractConnection:
        auth = self.address.auth
        return await aio_pika.connect(
            host=self.address.host,
            port=self.address.port,
            login="guest" if auth is None else auth.username,
            password="guest" if auth is None else auth.password,
            virtualhost=self.address.path or "/",
            ssl=self.address.tls is not None,
            ssl_context=self.address.context(),
            timeout=self.timeout_s,
            client_properties={"connection_name": "wirepact"},
        )

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        self.known.clear()
        if connection is not None:
            with suppress(*UNREACHABLE):
                await connection.close()

    async def close(self) -> None:
        async with self._lock:
            self._is_closed = True
            await self._drop()

    async def reopen(self) -> None:
        """Let the link be used, also after it was closed."""
        self._is_closed = False
        await self.connection()

    @contextmanager
    def outages(self) -> Iterator[None]:
        """Say in our words what is wrong with the link.

        Raises:
            BrokerUnavailableError: The broker does not answer as it should.

        """
        try:
            yield
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            # Not us: the library cancels its own tasks when a link is lost.
            raise self._outage("the connection was lost") from error
        except UNREACHABLE as error:
            raise self._outage(str(error) or type(error).__name__) from error

    def _outage(self, reason: str) -> BrokerUnavailableError:
        return BrokerUnavailableError(str(self.address), reason)

    async def found(self, declare: Declare) -> bool:
        """Say whether something is there, by asking for it on a channel of its own.

        A channel does not survive that something is not there.
        """
        connection = await self.connection()
        channel = await connection.channel()
        try:
            await declare(channel)
        except ChannelNotFoundEntity:
            return False
        finally:
            await channel.close()
        return True

    async def declare(self, name: str, missing: Declare, passive: Declare) -> None:
        """Make something that is missing, once; what is there is taken as it is.

        So a topic or a queue may have been made by others, with other arguments.
        """
        if name in self.known:
            return
        if not await self.found(passive):
            connection = await self.connection()
            channel = await connection.channel()
            try:
                await missing(channel)
            finally:
                await channel.close()
        self.known.add(name)

    async def wire(self) -> Wire:
        """Return a new channel with confirms, as the library speaks it on the wire."""
        connection = await self.connection()
        channel = connection.channel(on_return_raises=True)
        await channel.initialize(timeout=self.timeout_s)
        return cast(Wire, await channel.get_underlay_channel())


class Topology:
    """What is declared for topics and groups.

    Args:
        is_single: Whether one member of a group at a time is delivered to.

    """

    def __init__(self, link: Link, *, is_single: bool) -> None:
        self._link = link
        self._is_single = is_single

    async def topic(self, topic: str) -> None:
        """Make an exchange, and the queue for what no group takes yet.

        Raises:
            RecordRefusedError: No exchange can have such a name.

        """
        _refuse_topic(topic)

        async def missing(channel: AbstractChannel) -> None:
            await self._make_topic(channel, topic)

        async def passive(channel: AbstractChannel) -> None:
            await channel.declare_exchange(topic, passive=True)

        try:
            await self._link.declare(topic, missing, passive)
        except AMQPChannelError as error:
            if not is_refusal(error):
                raise
            raise RecordRefusedError(topic, str(error)) from error

    async def _make_topic(self, channel: AbstractChannel, topic: str) -> None:
        name = held(topic)
        # Without the exchange that leads there, the queue for what is held does no
        # harm; the other way round, a crash in between would lose records.
        exchange = await channel.declare_exchange(
            name, ExchangeType.FANOUT, durable=True
        )
        queue = await channel.declare_queue(name, durable=True, arguments=_QUORUM)
        await queue.bind(exchange, "")
        await channel.declare_exchange(
            topic,
            ExchangeType.TOPIC,
            durable=True,
            arguments={"alternate-exchange": name},
        )

    async def group(self, topic: str, group: str) -> str:
        """Make the queue of a group, and return its name; it may not be bound yet.

        Raises:
            ValueError: Topic and group make too long a name.

        """
        name = queue_name(topic, group)
        arguments = queue_arguments(await self._version(), is_single=self._is_single)
        await self._queue(name, arguments)
        return name

    async def wait(self, queue: str, delay_ms: int) -> str:
        """Make the queue in which messages wait to go back into another one."""
        name = f"{queue}.#wait-{_longest_ms(delay_ms)}"
        back = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": queue}
        await self._queue(name, {**_QUORUM, **_SAFELY, **back})
        return name

    async def _queue(self, name: str, arguments: dict[str, Any]) -> None:
        async def missing(channel: AbstractChannel) -> None:
            await channel.declare_queue(name, durable=True, arguments=arguments)

        async def passive(channel: AbstractChannel) -> None:
            await channel.declare_queue(name, passive=True)

        await self._link.declare(name, missing, passive)

    async def _version(self) -> str:
        transport = (await self._link.connection()).transport
        said = {} if transport is None else transport.connection.server_properties
        return str(said.get("version", ""))


def queue_arguments(version: str, *, is_single: bool) -> dict[str, Any]:
    """Return what the queue of a group is made with.

    From version 4 on, RabbitMQ throws away what was delivered twenty times, unless it
    is told otherwise; earlier ones refuse to be told.
    """
    arguments: Arguments = dict(_QUORUM)
    if is_single:
        arguments["x-single-active-consumer"] = True
    major = version.partition(".")[0]
    if major.isdecimal() and int(major) >= _HAS_DELIVERY_LIMIT:
        arguments["x-delivery-limit"] = -1
    return arguments


def queue_name(topic: str, group: str) -> str:
    """Return the name of a group's queue; no two groups of any topics share one.

    Raises:
        ValueError: It is too long, or the group has no name.

    """
    name = f"{topic}.{_ESCAPED.sub(_escape, group)}"
    if not group or len(name) + _MOST_WAIT_CHARS > _MOST_QUEUE_CHARS:
        raise ValueError(f"no queue can be named by the group {group!a} of {topic!a}")
    return name


def find_name_fault(topic: str, group: str | None = None) -> str | None:
    """Return why no exchange can be named by a topic, or no queue by its group."""
    if not _NAME.fullmatch(topic):
        return f"a topic is letters, digits, blanks and _.:@#,/+-, and not {topic!a}"
    if (size := len(held(topic))) > _MOST_EXCHANGE_CHARS:
        return (
            f"the exchange {held(topic)} has a name of {size} characters, and the"
            f" library for AMQP takes at most {_MOST_EXCHANGE_CHARS}: a topic has"
            f" {_MOST_EXCHANGE_CHARS - len(held(''))} of them"
        )
    if group is None:
        return None
    name = f"{topic}.{_ESCAPED.sub(_escape, group)}"
    if (size := len(name) + _MOST_WAIT_CHARS) > _MOST_QUEUE_CHARS:
        return (
            f"the queues of {name} have names of up to {size} bytes, and AMQP takes at"
            f" most {_MOST_QUEUE_CHARS}"
        )
    return None if group else "a group needs a name"


def _escape(found: re.Match[str]) -> str:
    return "".join(f"#{byte:02x}" for byte in found[0].encode())


def held(topic: str) -> str:
    """Return the name of the queue for what no group takes yet."""
    return f"{topic}.#held"


def _longest_ms(delay_ms: int) -> int:
    """Return the longest delay that shares a queue with this one: a power of two.

    A quorum queue lets messages go in their order, so that one waits for those before
    it: never less than its delay, and less than twice of it.
    """
    return 1 << max(delay_ms - 1, 0).bit_length()


def _refuse_topic(topic: str) -> None:
    fault = find_name_fault(topic)
    if fault is not None:
        raise RecordRefusedError(topic, fault)

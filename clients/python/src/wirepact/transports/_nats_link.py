"""A link to NATS that is made anew when it is needed, and the streams behind it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from wirepact.auth import BasicAuth, BearerAuth
from wirepact.errors import (
    BrokerUnavailableError,
    MissingExtraError,
    RecordRefusedError,
)
from wirepact.transports._address import Address
from wirepact.transports._nats_messages import name_of, refuse_topic

try:
    from nats.aio.client import Client
    from nats.errors import Error as NatsError
    from nats.errors import NoServersError
    from nats.js import JetStreamContext
    from nats.js.api import ConsumerConfig, StorageType, StreamConfig
    from nats.js.errors import BadRequestError, NotFoundError
except ModuleNotFoundError as error:
    raise MissingExtraError("NATS", "nats") from error

UNREACHABLE: Final = (NatsError, OSError, TimeoutError)
_PING_S: Final = 20
_GOODBYE_S: Final = 2.0
_DUPLICATES_S: Final = 120.0

Result = TypeVar("Result")


class Link:
    """One connection, made when it is first needed and again after it was lost."""

    def __init__(
        self,
        addresses: Sequence[Address],
        auth: BasicAuth | BearerAuth | None,
        credentials_file: Path | str | None,
        timeout_s: float,
        replicas: int,
    ) -> None:
        self.timeout_s = timeout_s
        self._addresses = addresses
        self._auth = auth
        self._credentials_file = credentials_file
        self._replicas = replicas
        self._known: set[str] = set()
        self._client: Client | None = None
        self._streams: JetStreamContext | None = None
        self._lost = asyncio.Event()
        self._lock = asyncio.Lock()
        self._is_closed = False
        self._on_loss: list[Callable[[], None]] = []

    @property
    def name(self) -> str:
        return ", ".join(map(str, self._addresses))

    @property
    def is_up(self) -> bool:
        return self._client is not None and self._client.is_connected

    def tell_loss(self, callback: Callable[[], None]) -> None:
        """Call something when the link is lost, each time."""
        self._on_loss.append(callback)

    def untell_loss(self, callback: Callable[[], None]) -> None:
        self._on_loss.remove(callback)

    async def client(self) -> Client:
        """Return a connection that is open.

        Raises:
            BrokerUnavailableError: The broker cannot be reached, or the transport is
                closed.

        """
        async with self._lock:
            if self._is_closed:
                raise self.outage("it was closed here")
            if self._client is None or not self._client.is_connected:
                await self._drop()
                with self.outages():
                    await self._connect()
            assert self._client is not None  # noqa: S101 - as `_connect` has set it
            return self._client

    async def streams(self) -> JetStreamContext:
        """Return the streams' API on a connection that is open."""
        await self.client()
        assert self._streams is not None  # noqa: S101 - as `_connect` has set it
        return self._streams

    async def _connect(self) -> None:
        client, self._lost = Client(), asyncio.Event()
        lost = self._lost

        async def closed() -> None:
            lost.set()
            for callback in self._on_loss:
                callback()

        failures: list[Exception] = []

        async def note(failure: Exception) -> None:
            failures.append(failure)

        try:
            await client.connect(
                servers=[f"{each.scheme}://{_host(each)}" for each in self._addresses],
                # Ours is the one way back: theirs keeps what is published during an
                # outage, and says that all is well.
                allow_reconnect=False,
                # Each server twice and no more; 0 would be without end.
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                closed_cb=closed,
                error_cb=note,
                connect_timeout=max(round(self.timeout_s), 1),
                ping_interval=_PING_S,
                tls=self._addresses[0].context(),
                **self._credentials(),
            )
        except BaseException as error:
            await _close(client)
            # That no server is left is the end of the story and not its cause.
            if isinstance(error, NoServersError) and failures:
                raise failures[-1] from error
            raise
        self._client = client
        self._streams = client.jetstream(timeout=self.timeout_s)

    def _credentials(self) -> dict[str, Any]:
        match self._auth:
            case BasicAuth(username, password):
                return {"user": username, "password": password}
            case BearerAuth(token):
                return {"token": token}
        if self._credentials_file is not None:
            return {"user_credentials": str(self._credentials_file)}
        return {}

    async def _drop(self) -> None:
        client, self._client = self._client, None
        self._known.clear()
        if client is not None:
            await _close(client)

    async def close(self) -> None:
        async with self._lock:
            self._is_closed = True
            await self._drop()

    async def reopen(self) -> None:
        """Let the link be used, also after it was closed."""
        self._is_closed = False
        await self.client()

    async def unless_lost(self, answer: Awaitable[Result]) -> Result:
        """Wait for an answer that would never come if the link were lost."""
        lost = asyncio.ensure_future(self._lost.wait())
        waiting = asyncio.ensure_future(answer)
        try:
            await asyncio.wait(
                {waiting, lost},
                timeout=self.timeout_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if not waiting.done():
                is_lost = self._lost.is_set()
                raise self.outage(
                    "the connection was lost" if is_lost else "no answer came in time"
                )
            return await waiting
        finally:
            lost.cancel()
            waiting.cancel()

    @contextmanager
    def outages(self) -> Iterator[None]:
        """Say in our words what is wrong with the link.

        Raises:
            BrokerUnavailableError: The broker does not answer as it should.

        """
        try:
            yield
        except UNREACHABLE as error:
            raise self.outage(str(error) or type(error).__name__) from error

    def outage(self, reason: str) -> BrokerUnavailableError:
        return BrokerUnavailableError(self.name, reason)

    def forget(self) -> None:
        """Look again whether streams and consumers are there."""
        self._known.clear()

    async def stream(self, topic: str) -> str:
        """Make the stream of a topic if it is missing, and return its name.

        Raises:
            RecordRefusedError: There can be none of this name, or another stream has
                its subjects.

        """
        refuse_topic(topic)
        name = name_of(topic)
        if name not in self._known:
            streams = await self.streams()
            with self.outages():
                try:
                    await streams.stream_info(name)
                except NotFoundError:
                    await self._add_stream(streams, topic, name)
            self._known.add(name)
        return name

    async def _add_stream(
        self, streams: JetStreamContext, topic: str, name: str
    ) -> None:
        config = StreamConfig(
            name=name,
            subjects=[f"{topic}.*"],
            storage=StorageType.FILE,
            num_replicas=self._replicas,
            duplicate_window=_DUPLICATES_S,
        )
        try:
            await streams.add_stream(config)
        except BadRequestError as error:
            raise RecordRefusedError(topic, str(error.description)) from error

    async def consumer(self, topic: str, config: ConsumerConfig) -> ConsumerConfig:
        """Make a durable consumer if it is missing; return how it is configured."""
        name, streams = await self.stream(topic), await self.streams()
        with self.outages():
            try:
                found = await streams.consumer_info(name, str(config.durable_name))
            except NotFoundError:
                found = await streams.add_consumer(name, config)
        return found.config or config


def _host(address: Address) -> str:
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"{host}:{address.port}"


async def _close(client: Client) -> None:
    # It waits without end for a link whose TLS was never agreed upon.
    with suppress(*UNREACHABLE):
        async with asyncio.timeout(_GOODBYE_S):
            await client.close()

"""Events in and out of messages, with their schemas and envelopes, to be awaited.

The twin of `registry.py`, where all is described.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self, Unpack
from uuid import UUID

from wirepact import envelope
from wirepact._checking import checked, uses_of
from wirepact._core import ClientOptions, Urls
from wirepact._event_types import several
from wirepact._wrapping import (
    Attributes,
    Wrapping,
    declared,
    now,
    plain,
    received,
    schemas_url,
    tombstone,
)
from wirepact.async_client import AsyncRegistryClient
from wirepact.async_serializer import AsyncDeserializer, AsyncSerializer, run
from wirepact.codec_options import DEFAULT, CodecOptions
from wirepact.contracts import ContractReport
from wirepact.envelope import KAFKA, Binding
from wirepact.ids import IdSource
from wirepact.messages import Message, Received


class AsyncRegistry:
    """See `Registry`. For the tasks of one event loop.

    Attributes:
        client: For all else that the registry can do.
        events: The classes that messages become.
        options: How payloads are written and read.
        serializer: For payloads without keys and envelopes, and for plain values.
        deserializer: The same way back.

    """

    def __init__(
        self,
        registry: Urls | AsyncRegistryClient,
        *,
        events: Iterable[type] = (),
        options: CodecOptions = DEFAULT,
        source: str = "",
        binding: Binding = KAFKA,
        repeatable_ids: bool = False,
        begin_traces: bool = False,
        new_id: Callable[[], UUID] | None = None,
        clock: Callable[[], datetime] = now,
        **client_options: Unpack[ClientOptions],
    ) -> None:
        """Make a registry; nothing is asked before the first message.

        Args:
            registry: Its address, or several of equal servers, or a client, which
                stays the caller's to close.
            events: Classes declared by `event`. Messages with other records become
                plain values.
            options: How payloads are written and read.
            source: Who sends, as a URI reference such as `urn:shop:orders`; may be
                empty for those who only receive.
            binding: How the broker's headers carry the envelope.
            repeatable_ids: Whether what a handler sends has the same ids when it
                handles a message again; it must then send the same in the same order.
            begin_traces: Whether a message that continues no trace begins one.
            new_id: Where ids come from; None for UUIDs that sort by time.
            clock: For the time of events.
            client_options: For the client that is made.

        Raises:
            EnvelopeError: The source is no URI reference.
            TypeError: A class is not declared, or a client was given with options.
            ValueError: A URL or the context is not one.
            BundleError: The bundle cannot be used.

        """
        self.events = several(events)
        self._owned: AsyncRegistryClient | None = None
        if isinstance(registry, AsyncRegistryClient):
            if client_options:
                raise TypeError(f"{', '.join(client_options)}: the client has its own")
            self.client = registry
        else:
            self.client = self._owned = AsyncRegistryClient(registry, **client_options)
        self.options = options
        self.serializer = AsyncSerializer(self.client, options)
        self.deserializer = AsyncDeserializer(self.client, options, types=self.events)
        self._wrapping = Wrapping(
            source=source,
            schemas_url=schemas_url(self.client.url, self.client.context),
            new_id=new_id or IdSource(),
            clock=clock,
            binding=binding,
            is_repeatable=repeatable_ids,
            begins_traces=begin_traces,
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.client.url!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the client, unless it was given; twice is as good as once."""
        if self._owned is not None:
            await self._owned.close()

    async def encode(
        self,
        event: Any,
        topic: str,
        *,
        key: str | bytes | None = None,
        headers: envelope.Headers = (),
        **attributes: Unpack[Attributes],
    ) -> Message:
        """Return the message to send for an event.

        Its envelope names the message that is being handled, if one is: see `context`.

        Args:
            event: An instance of a declared class; None for a tombstone, which needs a
                key and has no envelope.
            key: None for the one that the event's type declares.
            headers: More of them, none of the envelope's.
            attributes: Of the envelope, where they differ from what is usual.

        Raises:
            EncodeError: The event does not fit its schema, or is none.
            EnvelopeError: An attribute is not what CloudEvents allows.
            SchemaNotRegisteredError: The schema has to be registered first.
            WirepactError: As the client raises them, for the first event of a type.

        """
        if event is None:
            return tombstone(topic, key, headers)
        event_type = declared(topic, event)
        encoded = await self.serializer.encode(topic, event)
        given_key = event_type.key_of(event) if key is None else key
        return self._wrapping.wrapped(
            topic, event_type, encoded, given_key, headers, attributes
        )

    async def decode(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: envelope.Headers | Mapping[str, str | bytes | None] | None = None,
    ) -> Received:
        """Return what a message holds.

        What is wrong with an envelope is no error, and told beside the event.

        Args:
            headers: As the library of the broker gives them: pairs or a mapping.

        Raises:
            DecodeError: The payload cannot be read; it never will be.
            SchemaNotFoundError: The registry does not know the schema, or not yet.
            WirepactError: As the client raises them, for the first message of a schema.

        """
        opened = envelope.read(plain(headers), value, self._wrapping.binding)
        event = await self.deserializer.decode(topic, opened.data, opened.headers)
        return received(topic, key, opened, event)

    async def check(
        self, *events: type, topics: Iterable[str] = (), only_read: bool = False
    ) -> ContractReport:
        """Check that events can be sent and received. Nothing is registered.

        Each event is looked at on each topic: whether its schema is registered, or
        would be accepted, and whether messages of all live versions can be read. The
        schemas are in the client's caches afterwards. While the registry is down, what
        a bundle or a cache has is checked.

        Args:
            events: None for those that this registry was made with.
            topics: May be empty only where the strategy needs no topic.
            only_read: Whether this service sends none of them: its schemas are for
                reading then, and need not be registered.

        Raises:
            TypeError: A class is not declared.
            ValueError: There is nothing to be checked.

        """
        uses = uses_of(events or self.events, topics, self.options)
        asking = checked(uses, self.options, self.client.url, only_read=only_read)
        return await run(self.client, asking)

"""Serializers for confluent-kafka: two lines of its configuration change.

    producer = SerializingProducer({..., "value.serializer": WirepactSerializer(URL)})
    consumer = DeserializingConsumer(
        {..., "value.deserializer": WirepactDeserializer(URL, types=[OrderCreated])}
    )

They are of confluent-kafka's own kinds and may be called by hand as well. Whether a
key or a value is meant is what the context says, so that one object serves for both.
Whoever wants envelopes uses `Registry.encode` with the plain `Producer`.
"""

from collections.abc import Iterable, MutableMapping
from typing import Any, Final, Unpack

from wirepact._core import ClientOptions, Urls
from wirepact._wrapping import plain
from wirepact.client import RegistryClient
from wirepact.codec_options import DEFAULT, CodecOptions, Encoded
from wirepact.errors import CodecError, MissingExtraError
from wirepact.schemas import Schema
from wirepact.serializer import Deserializer as Reading
from wirepact.serializer import Serializer as Writing
from wirepact.subjects import Role

try:
    from confluent_kafka.serialization import (
        Deserializer,
        MessageField,
        SerializationContext,
        SerializationError,
        Serializer,
    )
except ModuleNotFoundError as error:
    raise MissingExtraError(__name__, "confluent") from error

_ROLES: Final = {
    MessageField.KEY: Role.KEY,
    MessageField.VALUE: Role.VALUE,
    MessageField.NONE: Role.VALUE,
}


class WirepactSerializer(Serializer):
    """Writes keys and values of any topic. Threads may share it."""

    def __init__(
        self,
        registry: Urls | RegistryClient,
        options: CodecOptions = DEFAULT,
        *,
        schemas: Iterable[Schema] = (),
        **client_options: Unpack[ClientOptions],
    ) -> None:
        """Make a serializer; nothing is asked before the first value.

        Args:
            registry: Its address, or several of equal servers, or a client, which
                stays the caller's to close.
            schemas: Of plain values; events bring their own.
            client_options: For the client that is made.

        Raises:
            TypeError: A client was given with options of another one.

        """
        self._client, self._owned = _client(registry, client_options)
        self._writing = Writing(self._client, options, schemas=schemas)

    def __call__(
        self, obj: Any, ctx: SerializationContext | None = None
    ) -> bytes | None:
        """Return the bytes of a key or value; None for a tombstone.

        If the schema goes into a header, it is put into the context's headers, which
        are those that were given to `produce`: a list or a dict.

        Raises:
            SerializationError: The value does not fit its schema, or has none.
            WirepactError: As the client raises them, for the first value of a type.

        """
        topic, role = _place(ctx)
        try:
            encoded = self._writing.encode(topic, obj, role=role)
        except CodecError as error:
            raise SerializationError(str(error)) from error
        if encoded.headers:
            _put(ctx, encoded)
        return encoded.data

    def close(self) -> None:
        """Close the client, unless it was given."""
        if self._owned:
            self._client.close()


class WirepactDeserializer(Deserializer):
    """Reads keys and values of any topic, whatever framing they have."""

    def __init__(
        self,
        registry: Urls | RegistryClient,
        options: CodecOptions = DEFAULT,
        *,
        types: Iterable[type] = (),
        **client_options: Unpack[ClientOptions],
    ) -> None:
        """Make a deserializer; nothing is asked before the first message.

        Args:
            registry: Its address, or several of equal servers, or a client, which
                stays the caller's to close.
            types: Events: messages with other records become plain values.
            client_options: For the client that is made.

        Raises:
            TypeError: A type is not declared, or a client was given with options of
                another one.

        """
        self._client, self._owned = _client(registry, client_options)
        self._reading = Reading(self._client, options, types=types)

    def __call__(
        self, value: bytes | None, ctx: SerializationContext | None = None
    ) -> Any:
        """Return a key or value; None for a tombstone.

        Raises:
            SerializationError: The bytes cannot be read; they never will be.
            WirepactError: As the client raises them, for the first message of a schema.

        """
        topic, role = _place(ctx)
        headers = plain(None if ctx is None else ctx.headers)
        try:
            return self._reading.decode(topic, value, headers, role=role)
        except CodecError as error:
            raise SerializationError(str(error)) from error

    def close(self) -> None:
        """Close the client, unless it was given."""
        if self._owned:
            self._client.close()


def _client(
    registry: Urls | RegistryClient, options: ClientOptions
) -> tuple[RegistryClient, bool]:
    if not isinstance(registry, RegistryClient):
        return RegistryClient(registry, **options), True
    if options:
        raise TypeError(f"{', '.join(options)}: the client has its own")
    return registry, False


def _place(ctx: SerializationContext | None) -> tuple[str, Role]:
    if ctx is None:
        raise SerializationError("which topic? Give a SerializationContext")
    return ctx.topic, _ROLES[MessageField(ctx.field)]


def _put(ctx: SerializationContext | None, encoded: Encoded) -> None:
    """Put the schema into the record's headers, in the place of a former one."""
    headers = None if ctx is None else ctx.headers
    if isinstance(headers, MutableMapping):
        headers.update(encoded.headers)
    elif isinstance(headers, list):
        # The same list may be given for many records.
        names = {name for name, _ in encoded.headers}
        headers[:] = [each for each in headers if each[0] not in names]
        headers.extend(encoded.headers)
    else:
        raise SerializationError(
            f"the schema goes into the header {encoded.headers[0][0]}: give `produce` a"
            " list of headers, which may be empty"
        )

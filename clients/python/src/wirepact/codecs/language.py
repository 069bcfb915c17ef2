"""What every schema language offers to the serializers.

All work on a schema is done when it is compiled, once for each id; what is compiled is
called for every message and neither waits, locks nor looks at the schema again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Protocol

from wirepact.errors import EncodeError, WirepactError
from wirepact.schemas import Schema

_MOST_WORDS: Final = 300


@dataclass(frozen=True, slots=True)
class ResolvedSchema:
    """A schema, and the texts of all that it refers to.

    Attributes:
        schema: As the registry holds it.
        references: By the name that the referring text uses; what others refer to
            comes before them. Transitive: one entry for each name.
        form: The rendering of all the texts: empty, or `serialized` for Protobuf.
        schema_id: None for a schema that is not registered.

    """

    schema: Schema
    references: Mapping[str, Schema] = field(default_factory=dict)
    form: str = ""
    schema_id: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What a message may demand of those who read it, and a value of those who write.

    Attributes:
        max_payload_bytes: Of one key or value, without its framing.
        max_depth: How deep records, arrays, maps and objects may be in each other.
        max_items: Of all arrays, maps and objects of a message together. Of Protobuf,
            its messages, texts of repeated fields, entries of maps, and each four
            integers of repeated fields; a message of many fields counts as several,
            since it takes the memory of all of them.

    """

    max_payload_bytes: int = 16 * 1024 * 1024
    max_depth: int = 128
    max_items: int = 1_000_000

    def refused_bytes(self, found: int) -> str:
        """Say that a payload is too large."""
        most = self.max_payload_bytes
        return f"{found} bytes, and the limit is {most} (Limits.max_payload_bytes)"

    def refused_depth(self) -> str:
        """Say that a payload is too deep; how deep, nobody looked."""
        return f"nested deeper than {self.max_depth} levels (Limits.max_depth)"

    def refused_items(self) -> str:
        """Say that a payload has too many items; how many, nobody counted."""
        return f"it has more than {self.max_items} items (Limits.max_items)"


@dataclass(frozen=True, slots=True)
class Adapter:
    """How a type of the application becomes what its language writes, and back.

    Attributes:
        to_plain: From an instance to what the codec writes. AVRO: what fastavro takes
            and gives (dicts with the schema's field names, `Decimal`, `datetime`,
            `UUID` for logical types; a record in a union with several records is the
            pair of its full name and its dict). JSON: what msgspec encodes. PROTOBUF:
            a message.
        from_plain: The way back.

    """

    to_plain: Callable[[Any], Any]
    from_plain: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Writer:
    """A compiled schema to write with.

    Attributes:
        encode: From a value to its payload, without any framing.
        indexes: Of the Protobuf message; None for other languages.

    """

    encode: Callable[[Any], bytes]
    indexes: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """A compiled schema to read with.

    Attributes:
        decode: From the whole message, the place where the payload starts and, for
            Protobuf, the message indexes, to a value. Reads to the end of the message
            and refuses anything that is left.

    """

    decode: Callable[[bytes, int, tuple[int, ...]], Any]


class Language(Protocol):
    """One schema language. Implementations hold their limits, and caches.

    They are made by `languages.language_of`, with `Limits` as the only argument.
    """

    schema_type: ClassVar[str]
    form: ClassVar[str]
    """The rendering of texts that it needs, as `ResolvedSchema.form`."""

    def record_name(self, resolved: ResolvedSchema) -> str | None:
        """Return the full name of the schema's type; None if it has none."""
        ...

    def misfit(self, values: ResolvedSchema, target: ResolvedSchema) -> str:
        """Say why values of one schema cannot be written with another.

        Asked before a value of a local schema is first written with a version that
        was chosen by others. A field that the target does not have is a reason: what
        is in it would be lost.

        Returns:
            The first reason and its place; empty if there is none.

        Raises:
            EncodeError: One of the two is no schema.

        """
        ...

    def writer(
        self, resolved: ResolvedSchema, adapter: Adapter | None, value_type: type
    ) -> Writer:
        """Compile a schema for values of one type.

        Args:
            adapter: None for plain values: dicts, or Protobuf messages.

        Raises:
            EncodeError: Values of this type cannot be written with this schema.

        """
        ...

    def reader(
        self,
        writer: ResolvedSchema,
        reader: ResolvedSchema | None,
        adapter: Adapter | None,
    ) -> Reader:
        """Compile the schema of a message for those who read it.

        Args:
            reader: What the values should look like; None for the writer's own.
            adapter: None for plain values.

        Raises:
            DecodeError: Nothing written with the one can be read with the other.

        """
        ...


class ReadsMessages(Protocol):
    """A language with several types in a schema: which one, each message says."""

    def reader(
        self,
        writer: ResolvedSchema,
        reader: ResolvedSchema | None,
        adapter: Adapter | None,
        target: Callable[[str], type | Adapter | None] | None = None,
    ) -> Reader:
        """Compile the schema of messages, see `Language.reader`.

        Args:
            adapter: For all messages, before they go to their targets.
            target: From the full name of a message to the class that reads it, or to
                what adapts it; None for the schema's own form.

        """
        ...


def adapted(
    to_plain: Callable[[Any], Any], encode: Callable[[Any], bytes]
) -> Callable[[Any], bytes]:
    """Return what encodes the values that `to_plain` makes.

    Whatever that raises is an `EncodeError`.
    """

    def adapting(value: Any) -> bytes:
        try:
            plain = to_plain(value)
        except EncodeError:
            raise
        except Exception as error:
            raise EncodeError(reason_of(error)) from error
        return encode(plain)

    return adapting


def reason_of(error: Exception) -> str:
    """Return what an error of an adapter or a library says, within bounds."""
    is_own = isinstance(error, WirepactError)
    text = str(error) if is_own else f"{type(error).__name__}: {error}"
    return text if len(text) <= _MOST_WORDS else f"{text[:_MOST_WORDS]}..."

"""What is known of a message beside its event."""

from datetime import datetime
from typing import Final
from uuid import UUID

from wirepact import envelope, wire
from wirepact._foreign import ALIASES
from wirepact.envelope import Binding, Envelope, Fault, Header, Opened
from wirepact.errors import FramingError
from wirepact.subjects import Role
from wirepact.transports.port import Delivery

_STRUCTURED: Final = b"application/cloudevents"
_SCHEMA: Final = wire.HEADERS[Role.VALUE]
_CONTENT_TYPES: Final = ("content-type", "datacontenttype")
_MOST_NAMES: Final = 4096

# Names of headers, and whether these can say how the payload is to be read. Looked up
# for each header of each message, so it is not found out each time.
_known: dict[str, bool] = {}


class Metadata:
    """A message as it came, its envelope, and how often it was tried.

    The envelope is read when it is first asked for: most handlers never do.

    Attributes:
        delivery: The message itself, with its bytes.
        topic: Where it was published; also for one that waited in a retry topic.
        group: Whose message this is.
        attempt: How often the handler is called with it, this time included.

    """

    __slots__ = ("_binding", "_opened", "attempt", "delivery", "group", "topic")

    def __init__(
        self,
        delivery: Delivery,
        binding: Binding,
        group: str = "",
        topic: str = "",
        attempt: int = 1,
    ) -> None:
        self.delivery = delivery
        self.group = group
        self.topic = topic or delivery.topic
        self.attempt = attempt
        self._binding = binding
        self._opened: Opened | None = None

    def __repr__(self) -> str:
        # Of one that waits in another topic, it is there that the place means it.
        lies = self.delivery
        where = f"{lies.topic}/{lies.partition}/{lies.position}"
        return f"Metadata({where}, id={self.id!r})"

    @property
    def has_waited(self) -> bool:
        """Whether it comes from a topic in which it has waited for this attempt."""
        return self.delivery.topic != self.topic

    @property
    def opened(self) -> Opened:
        """The message with its envelope apart from its payload."""
        found = self._opened
        if found is None:
            delivery = self.delivery
            found = envelope.read(delivery.headers, delivery.value, self._binding)
            self._opened = found
        return found

    @property
    def payload(self) -> tuple[bytes | None, tuple[Header, ...]]:
        """What a deserializer is given: the framed payload, and the headers that count.

        Most messages say all in their first bytes, and no header is looked into.
        """
        delivery = self.delivery
        known = _known
        for name, value in delivery.headers:
            if (known[name] if name in known else _says(name)) and (
                name == _SCHEMA or (value and value.lower().startswith(_STRUCTURED))
            ):
                opened = self.opened
                return opened.data, opened.headers
        return delivery.value, ()

    @property
    def envelope(self) -> Envelope:
        return self.opened.envelope

    @property
    def id(self) -> str:
        """Unique together with the source; empty if the message has none."""
        return self.opened.envelope.id

    @property
    def source(self) -> str:
        return self.opened.envelope.source

    @property
    def type(self) -> str:
        """What has happened, such as `orders.OrderCreated`; empty if nobody says it."""
        return self.opened.envelope.type

    @property
    def time(self) -> datetime | None:
        """When it has happened, by the clock of whoever made it."""
        return self.opened.envelope.time

    @property
    def correlation_id(self) -> str | None:
        """The same for all that one first message has caused."""
        return self.opened.envelope.correlationid or self.id or None

    @property
    def causation_id(self) -> str | None:
        """The id of the message in whose handling this one was made."""
        return self.opened.envelope.causationid

    @property
    def schema_id(self) -> int | UUID | None:
        """The id or GUID that the message names; None if it names none."""
        opened = self.opened
        try:
            frame = wire.read(opened.data, opened.headers)
        except FramingError:
            return None
        return None if frame is None else frame.schema

    @property
    def key(self) -> bytes | None:
        return self.delivery.key

    @property
    def headers(self) -> tuple[Header, ...]:
        """Those that belong to no envelope, as they came."""
        return self.opened.headers

    def is_of_envelope(self, header: str) -> bool:
        """Whether a header, by its name, says what the envelope holds."""
        is_attribute = self._binding.find_attribute(header) is not None
        return is_attribute or header in ALIASES

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is wrong with the envelope."""
        return self.opened.faults

    @property
    def partition(self) -> int:
        return self.delivery.partition

    @property
    def position(self) -> int | str:
        return self.delivery.position

    @property
    def sent_at(self) -> datetime | None:
        """When the broker took it."""
        return self.delivery.sent_at


def _says(name: str) -> bool:
    """Find out whether a header names a schema, or the type of the content."""
    if len(_known) >= _MOST_NAMES:
        _known.clear()
    says = name == _SCHEMA or name.lower().endswith(_CONTENT_TYPES)
    _known[name] = says
    return says

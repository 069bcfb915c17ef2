"""The envelope of a message: attributes of CloudEvents 1.0, in the headers of a broker.

The payload is not touched: it keeps the framing of `wirepact.wire`. What is written is
the binary mode, one header for each attribute; the structured mode is read as well.

Writing is strict, so that no producer of ours is the one who breaks others. Reading is
tolerant: what is wrong in an envelope is told beside what could be read of it.

Source: CloudEvents 1.0.2 and its bindings for Kafka, AMQP, NATS and HTTP.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from operator import attrgetter
from typing import Any, Final, NamedTuple
from urllib.parse import quote, unquote_to_bytes

from wirepact import _structured
from wirepact._attributes import (
    EXTENSION,
    MOST_ENVELOPE_BYTES,
    MOST_NAME_CHARS,
    REQUIRED,
    RESERVED,
    RULES,
    SPEC_VERSION,
    TIMES,
    Rule,
    is_name,
    time_text,
)
from wirepact._foreign import ALIASES
from wirepact.errors import WirepactError

Header = tuple[str, bytes | None]
Headers = Iterable[Header]

_PRINTABLE: Final = "".join(chr(code) for code in range(0x21, 0x7F))
_UNESCAPED: Final = _PRINTABLE.translate({ord('"'): None, ord("%"): None})
_CONTENT_TYPE: Final = "datacontenttype"
_HOP_BY_HOP: Final = ("traceparent", "tracestate")
_SHOWN_CHARS: Final = 60
_SEVERAL: Final = 2
_NEEDED: Final = frozenset(REQUIRED)

_STEADY: Final = frozenset(
    {"specversion", "source", "type", "dataschema", "datacontenttype"}
)
_MOST_KEPT: Final = 1024
_MOST_KEPT_CHARS: Final = 256
_right: dict[str, set[str]] = {name: set() for name in _STEADY}
_values: Final = attrgetter(*RULES)


class EnvelopeError(WirepactError):
    """An envelope that must not be sent.

    Attributes:
        attribute: Which one is wrong.
        reason: What is wrong with it.

    """

    def __init__(self, attribute: str, reason: str) -> None:
        self.attribute = attribute
        self.reason = reason
        super().__init__(attribute, reason)

    def __str__(self) -> str:
        return f"the attribute {self.attribute} {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What is said about an event, by the names that CloudEvents gives.

    Envelopes of others may lack what CloudEvents requires; it is empty then.

    Attributes:
        id: Unique together with the source. The same event sent again has the same.
        source: Who has made the event, as a URI reference.
        type: What has happened, such as `orders.OrderCreated`.
        specversion: Empty if the message has no attribute of CloudEvents.
        time: When it has happened; with a time zone, to the microsecond.
        subject: What it has happened to, within the source.
        dataschema: Where the schema of the payload is.
        datacontenttype: The media type of the payload.
        correlationid: The same for all that one first message has caused.
        causationid: The id of the message in whose handling this one was made.
        traceparent: The trace in which the event was made.
        partitionkey: What decides which events stay in order.
        sequence: The place of the event among those of its subject.
        recordedtime: When the event was noted down, which may be long after it.
        extensions: All other attributes, as texts.

    """

    id: str
    source: str
    type: str
    specversion: str = SPEC_VERSION
    time: datetime | None = None
    subject: str | None = None
    dataschema: str | None = None
    datacontenttype: str | None = None
    correlationid: str | None = None
    causationid: str | None = None
    traceparent: str | None = None
    tracestate: str | None = None
    partitionkey: str | None = None
    sequence: str | None = None
    recordedtime: datetime | None = None
    extensions: Mapping[str, str] = field(default_factory=dict, hash=False)


class Fault(NamedTuple):
    """Something in a message that is not as it should be.

    Attributes:
        where: The header, or the attribute.

    """

    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Opened:
    """A message whose envelope was read.

    Attributes:
        data: The payload, with its framing; None for a tombstone.
        headers: Those that are no attribute, as they came: in their order, repeated
            ones too, and with any bytes.
        faults: What was wrong.

    """

    envelope: Envelope
    data: bytes | None
    headers: tuple[Header, ...]
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Binding:
    """How a broker's headers carry attributes.

    Attributes:
        prefix: Of every attribute's header, as it is written.
        content_type: The header that carries `datacontenttype`.
        also_read: Prefixes that others write.
        is_escaped: Whether values are percent-encoded.
        has_case: Whether upper and lower case make different headers.
        headers: Those of the attributes that an envelope has fields for.
        attributes: The other way round.

    """

    prefix: str
    content_type: str = "content-type"
    also_read: tuple[str, ...] = ()
    is_escaped: bool = False
    has_case: bool = True
    headers: Mapping[str, str] = field(init=False, repr=False, compare=False)
    attributes: Mapping[str, str] = field(init=False, repr=False, compare=False)
    _prefixes: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        headers = {name: self.header_of(name) for name in RULES}
        attributes = {header: name for name, header in headers.items()}
        object.__setattr__(self, "headers", headers)
        object.__setattr__(self, "attributes", attributes)
        object.__setattr__(self, "_prefixes", (self.prefix, *self.also_read))

    def find_attribute(self, header: str) -> str | None:
        """Return the attribute that a header carries; None if it carries none."""
        known = self.attributes.get(header)
        if known is not None:
            return known
        name = header if self.has_case else header.lower()
        if name.startswith(self._prefixes):
            return self._attribute(name)
        return _CONTENT_TYPE if header.lower() == "content-type" else None

    def _attribute(self, name: str) -> str | None:
        for prefix in self._prefixes:
            if name.startswith(prefix) and is_name(name[len(prefix) :]):
                return name[len(prefix) :]
        return None

    def header_of(self, attribute: str) -> str:
        """Return the header that an attribute is written to."""
        is_type = attribute == _CONTENT_TYPE
        return self.content_type if is_type else f"{self.prefix}{attribute}"


KAFKA: Final = Binding("ce_")
AMQP: Final = Binding("cloudEvents_", also_read=("cloudEvents:",))
NATS: Final = Binding(
    "ce-", content_type="ce-datacontenttype", is_escaped=True, has_case=False
)
HTTP: Final = Binding("ce-", is_escaped=True, has_case=False)


def write(
    envelope: Envelope, headers: Headers = (), binding: Binding = KAFKA
) -> list[Header]:
    """Return the headers of a message: the envelope's, then the given ones.

    `traceparent` and `tracestate` are also written as the headers that tracers read,
    unless the given headers have them.

    Raises:
        EnvelopeError: An attribute is missing or is not what CloudEvents allows; a
            given header is one of the envelope's; or all of it is too large.

    """
    texts = _texts(envelope)
    given = list(headers)
    _refuse_double(given, binding)
    names, encode = binding.headers, _escaped if binding.is_escaped else str.encode
    added = [
        (names.get(name) or binding.header_of(name), encode(text))
        for name, text in texts.items()
    ]
    size = sum(map(len, chain.from_iterable(added)))
    if size > MOST_ENVELOPE_BYTES:
        raise EnvelopeError("extensions", f"make the envelope {size} bytes large")
    if "traceparent" in texts:
        added += _hops(texts, given)
    return [*added, *given]


def read(headers: Headers, data: bytes | None, binding: Binding = KAFKA) -> Opened:
    """Open a message, whoever has sent it; nothing in it makes this fail.

    A message without any attribute is opened by the ids that other systems give.
    """
    found: dict[str, str] = {}
    rest: list[Header] = []
    faults: list[Fault] = []
    known, is_plain = binding.attributes, not binding.is_escaped
    for name, value in headers:
        attribute = known.get(name) or binding.find_attribute(name)
        if attribute is None or (attribute == _CONTENT_TYPE and not value):
            # FastStream writes an empty type for payloads without one.
            rest.append((name, value))
            continue
        try:
            # Without a call for nearly all of them.
            text = value.decode() if is_plain and value else _decoded(value, binding)
        except UnicodeDecodeError as error:
            shown = error.object[:_SHOWN_CHARS].hex(" ")
            faults.append(Fault(name, f"is not UTF-8: {shown}"))
            continue
        except ValueError as error:
            faults.append(Fault(name, str(error)))
            continue
        if attribute not in found:
            found[attribute] = text
        elif found[attribute] != text:
            faults.append(Fault(name, "is there twice, and not the same"))
            found[attribute] = text
    if _structured.is_structured(found.get(_CONTENT_TYPE, "")):
        return _opened_structured(found[_CONTENT_TYPE], data, rest)
    return Opened(_envelope(found, rest, faults), data, tuple(rest), tuple(faults))


def _texts(envelope: Envelope) -> dict[str, str]:
    """Return all attributes that are set, checked, in the order they are written in."""
    texts: dict[str, str] = {}
    for name, value in zip(RULES, _values(envelope), strict=True):
        if value is None:
            continue
        if type(value) is not str or value not in _right.get(name, ()):
            value = _text(name, value, RULES[name])  # noqa: PLW2901 - as it is written
        texts[name] = value
    for name, value in envelope.extensions.items():
        _refuse_name(name)
        texts[name] = _text(name, value, EXTENSION)
    return texts


def _text(name: str, value: Any, rule: Rule) -> str:
    try:
        if name in TIMES:
            return time_text(value)
        if not isinstance(value, str):
            raise EnvelopeError(name, f"is a {type(value).__name__}")
        _parsed(name, value, rule)
    except ValueError as error:
        raise EnvelopeError(name, f"{error}{_shown(value)}") from error
    return value


def _refuse_name(name: str) -> None:
    if not is_name(name) or len(name) > MOST_NAME_CHARS:
        raise EnvelopeError(
            repr(name[:_SHOWN_CHARS]),
            f"is not named by 1 to {MOST_NAME_CHARS} lower-case letters and digits",
        )
    if name in RULES or name in RESERVED:
        raise EnvelopeError(name, "is no extension")


def _refuse_double(given: Iterable[Header], binding: Binding) -> None:
    for name, _ in given:
        if binding.find_attribute(name) is not None:
            raise EnvelopeError(name, "is given as a header, beside the envelope")


def _hops(texts: Mapping[str, str], given: Iterable[Header]) -> list[tuple[str, bytes]]:
    names = {name.lower() for name, _ in given}
    # Both or none: a state belongs to its parent.
    if "traceparent" in names:
        return []
    return [
        (name, texts[name].encode())
        for name in _HOP_BY_HOP
        if name in texts and name not in names
    ]


def _escaped(text: str) -> bytes:
    return quote(text, safe=_UNESCAPED).encode()


def _decoded(value: bytes | None, binding: Binding) -> str:
    """Return the text of a header.

    Raises:
        UnicodeDecodeError: It is not UTF-8.
        ValueError: It is empty.

    """
    if not value:
        raise ValueError("is empty")
    raw = unquote_to_bytes(_unquoted(value)) if binding.is_escaped else value
    return raw.decode()


def _unquoted(value: bytes) -> bytes:
    """Take the quotes off a value, as those who write HTTP's old way put them."""
    if len(value) < len(b'""') or value[:1] != b'"' or value[-1:] != b'"':
        return value
    inner, text = iter(value[1:-1]), bytearray()
    for byte in inner:
        text.append(next(inner, byte) if byte == ord("\\") else byte)
    return bytes(text)


def _envelope(
    found: Mapping[str, str], rest: Iterable[Header], faults: list[Fault]
) -> Envelope:
    """Make an envelope of what was found, and tell what is wrong."""
    values: dict[str, Any] = dict.fromkeys(REQUIRED, "")
    extensions: dict[str, str] = {}
    for name, text in found.items():
        steady = _right.get(name)
        if steady is not None and text in steady:
            values[name] = text
            continue
        rule = RULES.get(name, EXTENSION)
        place = values if name in RULES else extensions
        try:
            place[name] = _parsed(name, text, rule)
        except ValueError as error:
            faults.append(Fault(name, f"{error}{_shown(text)}"))
            if rule.is_kept:
                place[name] = text
    if len(found) > (_CONTENT_TYPE in found) and not found.keys() >= _NEEDED:
        missing = [name for name in REQUIRED if name not in found]
        faults.extend(Fault(name, "is missing") for name in missing)
    for header, value in _foreign(rest) if rest else ():
        alias = ALIASES[header]
        if not values.get(alias.attribute):
            # A header of somebody else's need not be what it is for us.
            with suppress(ValueError):
                values[alias.attribute] = RULES[alias.attribute].parse(
                    alias.text(value)
                )
    return Envelope(**values, extensions=extensions)


def _foreign(rest: Iterable[Header]) -> list[tuple[str, bytes]]:
    """Return the headers of other systems, those that count more before others."""
    given = {name: value for name, value in rest if name in ALIASES and value}
    if len(given) < _SEVERAL:
        return list(given.items())
    return [(name, given[name]) for name in ALIASES if name in given]


def _parsed(name: str, text: str, rule: Rule) -> Any:
    """Parse an attribute; those that are the same in most messages only once.

    Raises:
        ValueError: It is not what it should be.

    """
    value = rule.parse(text)
    steady = _right.get(name)
    if steady is not None and len(text) <= _MOST_KEPT_CHARS:
        if len(steady) >= _MOST_KEPT:
            steady.clear()
        steady.add(text)
    return value


def _opened_structured(
    media_type: str, data: bytes | None, rest: list[Header]
) -> Opened:
    faults: list[Fault] = []
    try:
        event = _structured.parsed(media_type, data)
    except ValueError as error:
        faults.append(Fault("structured event", str(error)))
        envelope = _envelope({_CONTENT_TYPE: media_type}, rest, faults)
        return Opened(envelope, data, tuple(rest), tuple(faults))
    faults.extend(Fault(name, reason) for name, reason in event.faults)
    envelope = _envelope(event.attributes, rest, faults)
    return Opened(envelope, event.data, tuple(rest), tuple(faults))


def _shown(text: object) -> str:
    if not isinstance(text, str):
        return ""
    more = "…" if len(text) > _SHOWN_CHARS else ""
    return f": {text[:_SHOWN_CHARS]!a}{more}" if text else ""

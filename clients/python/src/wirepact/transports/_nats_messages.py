"""Records as messages of NATS, and messages as deliveries; no I/O.

The key is the last token of the subject, percent-encoded. A header of NATS is a name
that is there once and a line of printable text. If a record has others, all its headers
travel once more in one that has room for any.

Source: NATS 2.9, the protocol and ADR-4 (headers); CloudEvents 1.0.2, NATS binding.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Final, NamedTuple
from urllib.parse import quote, unquote_to_bytes

from wirepact.envelope import Header
from wirepact.errors import MissingExtraError, RecordRefusedError
from wirepact.transports.port import Delivery, Record

try:
    from nats.aio.msg import Msg
    from nats.js.api import Header as Known
except ModuleNotFoundError as error:
    raise MissingExtraError("NATS", "nats") from error

HEADERS: Final = "Wirepact-Headers"
KEY: Final = "Wirepact-Key"
TOMBSTONE: Final = "Wirepact-Tombstone"
ID: Final = str(Known.MSG_ID.value)

# Names are compared in lower case.
_RESERVED_PREFIXES: Final = ("nats-", "wirepact-")
_RESERVED: Final = frozenset({"status", "description"})
_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_LINE: Final = re.compile(rb"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")

_NO_KEY: Final = "_"
_EMPTY_KEY: Final = "%"
_HASHED: Final = "%%"
_MOST_TOKEN_CHARS: Final = 512
_TOKEN: Final = re.compile(r"[^\s.*>\x00-\x1f\x7f]+")
_MOST_NAME_CHARS: Final = 200
_MOST_CONSUMER_CHARS: Final = 255
_FRAME_BYTES: Final = len(b"NATS/1.0\r\n\r\n")
_LINE_BYTES: Final = len(b": \r\n")


class Outgoing(NamedTuple):
    """What is sent for a record."""

    subject: str
    payload: bytes
    headers: dict[str, str]

    @property
    def size(self) -> int:
        """Its bytes as the server counts them: headers are part of a payload."""
        lines = (len(n) + len(v) + _LINE_BYTES for n, v in self.headers.items())
        return _FRAME_BYTES + sum(lines) + len(self.payload)


def to_message(record: Record) -> Outgoing:
    """Return what is sent for a record.

    Raises:
        RecordRefusedError: The topic or a header has a name that cannot be.

    """
    refuse_topic(record.topic)
    headers = _headers(record)
    token = key_token(record.key)
    if token.startswith(_HASHED):
        headers[KEY] = b64encode(record.key or b"").decode()
    if record.value is None:
        headers[TOMBSTONE] = "true"
    if record.id is not None:
        # It is a line as well; what has to be encoded stays unique by it.
        headers[ID] = quote(record.id, safe="!#$&'()*+,-./:;<=>?@[]^_`{|}~")
    return Outgoing(f"{record.topic}.{token}", record.value or b"", headers)


def to_delivery(topic: str, message: Msg) -> Delivery:
    """Return a message as it was sent by us, or as it can be read of others."""
    about = message.metadata
    headers: Mapping[str, str] = message.headers or {}
    return Delivery(
        topic=topic,
        partition=0,
        position=about.sequence.stream,
        key=_key(headers, message.subject),
        value=None if TOMBSTONE in headers else message.data,
        headers=_given(headers),
        sent_at=about.timestamp,
        attempt=about.num_delivered,
    )


def find_name_fault(topic: str, group: str | None = None) -> str | None:
    """Return why no stream can be named by a topic, or no consumer by a group."""
    tokens = topic.split(".")
    if not all(map(_TOKEN.fullmatch, tokens)) or tokens[0].startswith(("$", "_INBOX")):
        return "a topic is words with dots between them, without blanks, * and >"
    if (size := len(name_of(topic))) > _MOST_NAME_CHARS:
        return (
            f"the name of the stream of {topic} has {size} characters, and at most"
            f" {_MOST_NAME_CHARS} are taken; what is no letter or digit counts as three"
        )
    if group is not None and (size := len(name_of(group))) > _MOST_CONSUMER_CHARS:
        return (
            f"the name of the consumer of the group {group} has {size} characters, and"
            f" NATS takes at most {_MOST_CONSUMER_CHARS}"
        )
    return None


def refuse_topic(topic: str) -> None:
    """Refuse a topic that no subject and no stream can be named by.

    Raises:
        RecordRefusedError: It cannot.

    """
    fault = find_name_fault(topic)
    if fault is not None:
        raise RecordRefusedError(topic, fault)


def name_of(text: str) -> str:
    """Return the name of a stream or a consumer for a topic or a group.

    Escapes begin with `=`, as the server takes a `%` for a format of its own.
    """
    return quote(text, safe="-_").replace(".", "%2E").replace("%", "=")


def key_token(key: bytes | None) -> str:
    """Return the last token of the subject for a key; no two keys share one.

    A very long key is not in its token: a hash of it is, which is as unique.
    """
    if not key:
        return _NO_KEY if key is None else _EMPTY_KEY
    token = quote(key, safe="-:@/+=,~!#").replace(".", "%2E")
    if len(token) > _MOST_TOKEN_CHARS:
        return f"{_HASHED}{sha256(key).hexdigest()}"
    return "%5F" if token == _NO_KEY else token


def _key(headers: Mapping[str, str], subject: str) -> bytes | None:
    if KEY in headers:
        return b64decode(headers[KEY])
    token = subject.rpartition(".")[2]
    if token == _NO_KEY:
        return None
    return b"" if token == _EMPTY_KEY else unquote_to_bytes(token)


def _headers(record: Record) -> dict[str, str]:
    plain: dict[str, str] = {}
    known: set[str] = set()
    for name, value in record.headers:
        if _is_reserved(name):
            raise RecordRefusedError(
                record.topic, f"the header {name[:60]!a} is one of the broker's own"
            )
        if _is_plain(name, value) and name.lower() not in known:
            plain[name] = (value or b"").decode()
            known.add(name.lower())
    if len(plain) < len(record.headers):
        plain[HEADERS] = _packed(record.headers)
    return plain


def _is_plain(name: str, value: bytes | None) -> bool:
    return bool(value and _LINE.fullmatch(value) and _NAME.fullmatch(name))


def _is_reserved(name: str) -> bool:
    lower = name.lower()
    return lower.startswith(_RESERVED_PREFIXES) or lower in _RESERVED


def _packed(headers: Iterable[Header]) -> str:
    texts = [
        (name, None if value is None else b64encode(value).decode())
        for name, value in headers
    ]
    return json.dumps(texts, separators=(",", ":"))


def _given(headers: Mapping[str, str]) -> tuple[Header, ...]:
    packed = headers.get(HEADERS)
    if packed is not None:
        return tuple(
            (name, None if text is None else b64decode(text))
            for name, text in json.loads(packed)
        )
    return tuple(
        (name, value.encode())
        for name, value in headers.items()
        if not _is_reserved(name)
    )

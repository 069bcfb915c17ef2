"""What a handled message is known by: one short ASCII text, the same each time.

A key has as many parts as its kind says: one for a key of the business, two for source
and id, three for a place in a topic. Parts are escaped, so that no two messages have
one key, whatever somebody writes into an id.
"""

from hashlib import sha256
from typing import Final
from urllib.parse import quote
from uuid import UUID

from wirepact.errors import WirepactError

LONGEST: Final = 255
"""Characters of a key; PostgreSQL's index would take about ten times as many."""

BusinessKey = str | bytes | int | UUID

_BETWEEN: Final = "|"
_HASHED: Final = "sha256="
# Printable ASCII but for the escape itself, what stands between parts, braces, by which
# Redis would place keys, and the "=" that only hashed keys have.
_KEPT: Final = "!\"#$&'()*+,-./:;<>?@[\\]^_`~"


class MessageKeyError(WirepactError):
    """A message cannot be told from others, so nothing can be noted down of it.

    Attributes:
        reason: What is missing, and what to do.

    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def of_message(source: str, message_id: str) -> str:
    """Return the key of a message with an envelope.

    Source: CloudEvents 1.0.2, `id`: source and id are unique for each distinct event.

    Raises:
        MessageKeyError: It has no id.

    """
    if not message_id:
        raise MessageKeyError(
            "the message has no id. Say how messages are told apart, with"
            " idempotent=<a function that returns a key>; that their place in the topic"
            ' is enough, with idempotent="place"; or that the handler may run twice,'
            " with idempotent=False"
        )
    return _joined(source, message_id)


def of_place(topic: str, partition: int, position: int | str) -> str:
    """Return the key of a message that has no id: where it lies.

    It is another one after a redrive or a move to another topic or cluster. That is why
    it is used only by those who say so.
    """
    return _joined(topic, str(partition), str(position))


def of_business(key: BusinessKey) -> str:
    """Return the key for what a handler's own function has said; 7 and "7" are equal.

    Raises:
        MessageKeyError: It is empty, or nothing that has one spelling.

    """
    # A truth value is an int to Python, and two keys for all messages are a mistake.
    if isinstance(key, bool) or not isinstance(key, str | bytes | int | UUID):
        raise MessageKeyError(
            f"a key is a str, bytes, int or UUID, not {type(key).__name__}"
        )
    if key in ("", b""):
        raise MessageKeyError("the key is empty")
    return _joined(key if isinstance(key, bytes) else str(key))


def of_consumer(name: str) -> str:
    """Return what a handler's name is stored as.

    Raises:
        MessageKeyError: It is empty.

    """
    if not name:
        raise MessageKeyError("the handler's name is empty")
    return _joined(name)


def _joined(*parts: str | bytes) -> str:
    key = _BETWEEN.join(map(_escaped, parts))
    if len(key) <= LONGEST:
        return key
    return f"{_HASHED}{sha256(key.encode('ascii')).hexdigest()}"


def _escaped(part: str | bytes) -> str:
    if isinstance(part, bytes):
        return quote(part, safe=_KEPT)
    # Half a surrogate pair is no text, and comes out of JSON all the same.
    return quote(part, safe=_KEPT, errors="surrogatepass")

"""What a pool and its workers say to each other over pipes.

A message is its length, as four bytes, and that many bytes. A worker's first one says
that it is ready. A request has the time it may take, the text, and name and text of
each import, as they are: to quote them would hold up the server's other threads. An
answer begins with a byte that tells what follows, and how much memory the worker has.
"""

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple

from registry.domain.formats.protobuf.compiling import Fault

LENGTH: Final = struct.Struct(">I")
READY: Final = b"ready"
DESCRIPTORS: Final = b"\0"
FAULTS: Final = b"\1"
OUT_OF_MEMORY: Final = b"\2"
OUT_OF_ORDER: Final = b"\3"

_SECONDS: Final = struct.Struct(">d")
_HEAD: Final = struct.Struct(">cQ")


class Answer(NamedTuple):
    """What a worker made of a request.

    Attributes:
        kind: `DESCRIPTORS`, `FAULTS`, `OUT_OF_MEMORY`, or `OUT_OF_ORDER`: something
            that is no matter of the schema kept it from compiling, say a full disk.
        body: The descriptors, or the faults as JSON, or the reason as a text.
        resident_bytes: The memory that the worker has now.

    """

    kind: bytes
    body: bytes
    resident_bytes: int


def is_ready(message: memoryview) -> bool:
    return bytes(message) == READY


def request(text: str, imports: Mapping[str, str], seconds: float) -> bytes:
    parts = [text, *chain.from_iterable(imports.items())]
    body = b"".join(framed(part.encode()) for part in parts)
    return framed(_SECONDS.pack(seconds) + body)


def read_request(message: bytes) -> tuple[str, dict[str, str], float]:
    (seconds,) = _SECONDS.unpack_from(message)
    text, *others = _parts(message, _SECONDS.size)
    return text, dict(zip(others[::2], others[1::2], strict=True)), seconds


def _parts(message: bytes, at: int) -> Iterator[str]:
    while at < len(message):
        (length,) = LENGTH.unpack_from(message, at)
        at += LENGTH.size + length
        yield message[at - length : at].decode()


def answer(kind: bytes, body: bytes, resident_bytes: int) -> bytes:
    return _HEAD.pack(kind, resident_bytes) + body


def read_answer(message: memoryview) -> Answer:
    kind, resident_bytes = _HEAD.unpack_from(message)
    return Answer(kind, bytes(message[_HEAD.size :]), resident_bytes)


def faults(found: Sequence[Fault]) -> bytes:
    rows = [[each.file, each.line, each.column, each.message] for each in found]
    return json.dumps(rows).encode()


def read_faults(message: bytes) -> list[Fault]:
    return [Fault(*row) for row in json.loads(message)]


def is_part(received: bytearray) -> bool:
    """Return whether more of a message is to come."""
    if len(received) < LENGTH.size:
        return True
    (length,) = LENGTH.unpack_from(received)
    return len(received) < LENGTH.size + int(length)


def framed(message: bytes) -> bytes:
    return LENGTH.pack(len(message)) + message

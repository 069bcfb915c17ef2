"""What a pool and its workers say to each other over pipes.

A message is its length, as four bytes, and that many bytes. A worker's first one says
that it is ready. A request is a JSON text that tells what follows, and the texts as
they are: to quote them would hold up the server's other threads. An answer begins with
a byte that tells what follows, and the most memory that the worker has ever had.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from registry.domain.formats.protobuf.compiling import Fault

LENGTH: Final = struct.Struct(">I")
READY: Final = b"ready"
DESCRIPTORS: Final = b"\0"
FAULTS: Final = b"\1"
OUT_OF_MEMORY: Final = b"\2"
OUT_OF_ORDER: Final = b"\3"

_HEAD: Final = struct.Struct(">cQ")


class Answer(NamedTuple):
    """What a worker made of a request.

    Attributes:
        kind: `DESCRIPTORS`, `FAULTS`, `OUT_OF_MEMORY`, or `OUT_OF_ORDER`: something
            that is no matter of the schema kept it from compiling, say a full disk.
        body: The descriptors, or the faults as JSON, or the reason as a text.
        peak_bytes: The most memory that the worker has ever had.

    """

    kind: bytes
    body: bytes
    peak_bytes: int


def request(text: str, imports: Mapping[str, str], seconds: float) -> bytes:
    texts = [text.encode(), *(each.encode() for each in imports.values())]
    lengths = [len(each) for each in texts]
    told = {"seconds": seconds, "imports": [*imports], "lengths": lengths}
    return framed(framed(json.dumps(told).encode()) + b"".join(texts))


def read_request(message: bytes) -> tuple[str, dict[str, str], float]:
    (end,) = LENGTH.unpack_from(message)
    at = LENGTH.size + end
    told: dict[str, Any] = json.loads(message[LENGTH.size : at])
    texts = []
    for length in told["lengths"]:
        texts.append(message[at : at + length].decode())
        at += length
    text, *others = texts
    return text, dict(zip(told["imports"], others, strict=True)), told["seconds"]


def answer(kind: bytes, body: bytes, peak_bytes: int) -> bytes:
    return _HEAD.pack(kind, peak_bytes) + body


def read_answer(message: bytearray) -> Answer:
    kind, peak_bytes = _HEAD.unpack_from(message)
    # Descriptors may be long: copied once.
    return Answer(kind, bytes(memoryview(message)[_HEAD.size :]), peak_bytes)


def faults(found: Sequence[Fault]) -> bytes:
    rows = [[each.file, each.line, each.column, each.message] for each in found]
    return json.dumps(rows).encode()


def read_faults(message: bytes) -> list[Fault]:
    return [Fault(*row) for row in json.loads(message)]


def framed(message: bytes) -> bytes:
    return LENGTH.pack(len(message)) + message

"""What a pool and its workers say to each other over pipes.

A message is its length, as four bytes, and that many bytes. A worker's first one says
that it is ready. A request is JSON; an answer begins with a byte that tells what
follows, and the most memory that the worker has ever had.
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
    body = {"text": text, "imports": dict(imports), "seconds": seconds}
    return framed(json.dumps(body).encode())


def read_request(message: bytes) -> tuple[str, dict[str, str], float]:
    body: dict[str, Any] = json.loads(message)
    return body["text"], body["imports"], body["seconds"]


def answer(kind: bytes, body: bytes, peak_bytes: int) -> bytes:
    return _HEAD.pack(kind, peak_bytes) + body


def read_answer(message: bytes) -> Answer:
    kind, peak_bytes = _HEAD.unpack_from(message)
    return Answer(kind, message[_HEAD.size :], peak_bytes)


def faults(found: Sequence[Fault]) -> bytes:
    rows = [[each.file, each.line, each.column, each.message] for each in found]
    return json.dumps(rows).encode()


def read_faults(message: bytes) -> list[Fault]:
    return [Fault(*row) for row in json.loads(message)]


def framed(message: bytes) -> bytes:
    return LENGTH.pack(len(message)) + message

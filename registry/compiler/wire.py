"""What a pool and its workers say to each other over pipes.

A message is its length, as four bytes, and that many bytes. A request is JSON; an
answer begins with a byte that tells what follows.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any, Final

from registry.domain.formats.protobuf.compiling import Fault

LENGTH: Final = struct.Struct(">I")
DESCRIPTORS: Final = b"\0"
FAULTS: Final = b"\1"
OUT_OF_MEMORY: Final = b"\2"


def request(text: str, imports: Mapping[str, str], seconds: float) -> bytes:
    body = {"text": text, "imports": dict(imports), "seconds": seconds}
    return framed(json.dumps(body).encode())


def read_request(message: bytes) -> tuple[str, dict[str, str], float]:
    body: dict[str, Any] = json.loads(message)
    return body["text"], body["imports"], body["seconds"]


def faults(found: Sequence[Fault]) -> bytes:
    rows = [[each.file, each.line, each.column, each.message] for each in found]
    return FAULTS + json.dumps(rows).encode()


def read_faults(message: bytes) -> list[Fault]:
    return [Fault(*row) for row in json.loads(message)]


def framed(message: bytes) -> bytes:
    return LENGTH.pack(len(message)) + message

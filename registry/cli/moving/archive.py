"""The file that a registry is exported into: one JSON value a line, checked.

A line is `{"sha256": …, "header" | "record" | "trailer": …}`; the digest is that of the
bytes of the last member. The trailer has the number of records and the root of the
Merkle tree over them, so that a line that is missing or moved is noticed as well.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any, Final

import msgspec

from registry.cli.moving.spool import KINDS, Body
from registry.version import VERSION

FORMAT: Final = "wirepact-export"
FORMAT_VERSION: Final = 1
_LONGEST_LINE: Final = 32 * 1024 * 1024


class ArchiveError(Exception):
    """A file is no whole export.

    Attributes:
        line: Where that was noticed; the first line is 1.

    """

    def __init__(self, line: int, reason: str) -> None:
        self.line, self.reason = line, reason
        super().__init__(f"line {line}: {reason}")


class MerkleTree:
    """The root over digests that come one by one; memory grows with their logarithm.

    Source: RFC 6962, section 2.1, over SHA-256 digests in place of entries.
    """

    def __init__(self) -> None:
        self.count = 0
        self._roots: list[tuple[int, bytes]] = []

    def add(self, digest: bytes) -> None:
        self.count += 1
        size, root = 1, hashlib.sha256(b"\0" + digest).digest()
        while self._roots and self._roots[-1][0] == size:
            _, left = self._roots.pop()
            size, root = size * 2, _joined(left, root)
        self._roots.append((size, root))

    @property
    def root(self) -> str:
        """The root as hexadecimal digits; that of no digests at all is SHA-256's."""
        if not self._roots:
            return hashlib.sha256().hexdigest()
        *others, (_, root) = self._roots
        for _, left in reversed(others):
            root = _joined(left, root)
        return root.hex()


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    sha256: str
    header: msgspec.Raw = msgspec.Raw()
    record: msgspec.Raw = msgspec.Raw()
    trailer: msgspec.Raw = msgspec.Raw()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where records come from.

    Attributes:
        is_wirepact: Whether their texts are in the form that this registry stores.

    """

    is_wirepact: bool


def write(stream: IO[bytes], origin: Origin, records: Iterable[Body]) -> int:
    """Write an export and return the number of its records."""
    header = {
        "format": FORMAT,
        "formatVersion": FORMAT_VERSION,
        "writtenBy": VERSION,
        "isWirepact": origin.is_wirepact,
    }
    stream.write(_line("header", header)[0])
    tree = MerkleTree()
    for record in records:
        line, digest = _line("record", record)
        stream.write(line)
        tree.add(digest)
    trailer = {"count": tree.count, "merkleRoot": tree.root}
    stream.write(_line("trailer", trailer)[0])
    return tree.count


def read(stream: IO[bytes]) -> tuple[Origin, Iterator[Body]]:
    """Return where an export is from, and its records one by one, each checked.

    Only when all have been returned without an error the file is known to be whole.

    Raises:
        ArchiveError: It is no export, or not whole; the line and the reason.

    """
    lines = _lines(stream)
    first = next(lines, b"")
    name, _, header = _parsed(1, first)
    _hold_header(name, header)
    return Origin(bool(header.get("isWirepact"))), _records(lines)


def _records(lines: Iterator[bytes]) -> Iterator[Body]:
    tree = MerkleTree()
    number = 1
    trailer: Any = None
    for number, text in enumerate(lines, start=2):
        name, digest, value = _parsed(number, text)
        if trailer is not None:
            raise ArchiveError(number, "something follows the trailer")
        if name == "header":
            raise ArchiveError(number, "there is a header in the middle of the file")
        if name == "trailer":
            trailer = value
        else:
            if not isinstance(value, dict) or value.get("kind") not in KINDS:
                raise ArchiveError(number, "this kind of record is not known")
            tree.add(digest)
            yield value
    if trailer is None:
        raise ArchiveError(number + 1, "the file ends without a trailer")
    if trailer != {"count": tree.count, "merkleRoot": tree.root}:
        raise ArchiveError(
            number, f"the trailer does not fit the {tree.count} records before it"
        )


def _line(name: str, value: Body) -> tuple[bytes, bytes]:
    content = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    digest = hashlib.sha256(content)
    head = f'{{"sha256":"{digest.hexdigest()}","{name}":'.encode()
    return head + content + b"}\n", digest.digest()


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    number = 0
    while text := stream.readline(_LONGEST_LINE + 1):
        number += 1
        if len(text) > _LONGEST_LINE:
            raise ArchiveError(number, "the line is too long")
        if not text.endswith(b"\n"):
            raise ArchiveError(number, "the file ends in the middle of a line")
        yield text


def _parsed(number: int, text: bytes) -> tuple[str, bytes, Any]:
    try:
        line = msgspec.json.decode(text, type=_Line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        reason = "this is no line of an export"
        if number == 1:
            reason = "this is no export of Wirepact"
        raise ArchiveError(number, reason) from error
    given = [
        (name, raw)
        for name in ("header", "record", "trailer")
        if bytes(raw := getattr(line, name))
    ]
    if len(given) != 1:
        raise ArchiveError(number, "this is no line of an export")
    ((name, raw),) = given
    digest = hashlib.sha256(raw)
    if digest.hexdigest() != line.sha256:
        raise ArchiveError(number, "the digest is another one: the line is damaged")
    return name, digest.digest(), json.loads(bytes(raw))


def _hold_header(name: str, value: Any) -> None:
    if name != "header" or not isinstance(value, dict) or value.get("format") != FORMAT:
        raise ArchiveError(1, "this is no export of Wirepact")
    if value.get("formatVersion") != FORMAT_VERSION:
        raise ArchiveError(
            1, f"it has the form {value.get('formatVersion')}, of a newer release"
        )


def _joined(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()

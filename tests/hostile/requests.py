"""Requests that are hostile as requests: in their path, their fields or their body."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

MIB: Final = 1024 * 1024
JSON: Final = {"content-type": "application/json"}
_CHUNK: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """A request.

    Attributes:
        body: Bytes, or what makes chunks of them: a large one is never held whole.

    """

    method: str
    path: str
    body: bytes | Callable[[], Iterator[bytes]] | None = None
    headers: dict[str, str] = field(default_factory=lambda: JSON)

    @classmethod
    def of(cls, written: dict[str, Any]) -> "Request":
        """Read a request as it stands in `requests.json`.

        A body of text is sent as it is, any other as JSON; `hex` are bytes.
        """
        if "hex" in written:
            body = bytes.fromhex(written["hex"])
        else:
            given = written.get("body")
            text = given if isinstance(given, str) else json.dumps(given)
            body = None if given is None else text.encode(errors="surrogatepass")
        headers = JSON | written.get("headers", {})
        return cls(written.get("method", "POST"), written["path"], body, headers)

    def chunks(self) -> Iterator[bytes]:
        """Yield the body, none of its chunks empty."""
        if callable(self.body):
            yield from self.body()
        elif self.body:
            yield self.body


def large() -> dict[str, tuple[Request, int | tuple[int, ...]]]:
    """Return requests that would be large files, and how each is answered."""
    register = "/subjects/large/versions"
    batch = "/governance/v1/import"
    check = "/governance/v1/check"
    start = b'{"schema":"'
    return {
        "64 MiB to a subject": (Request("POST", register, filled(b"x", 64 * MIB)), 413),
        "64 MiB announced": (
            Request("POST", register, b"{}", {**JSON, "content-length": str(64 * MIB)}),
            413,
        ),
        "a length of 20 digits": (
            Request("POST", register, b"{}", {**JSON, "content-length": "9" * 20}),
            413,
        ),
        "4 MiB and a byte": (Request("POST", register, b" " * (4 * MIB + 1)), 413),
        "4 MiB of blanks": (Request("POST", register, b" " * (4 * MIB)), 422),
        "4 MiB of brackets": (Request("POST", register, b"[" * (4 * MIB)), 400),
        "4 MiB of members": (Request("POST", register, b'{"a":' * (4 * MIB // 5)), 400),
        "4 MiB of quotes": (Request("POST", register, b'"' * (4 * MIB)), 400),
        "4 MiB of escapes": (
            Request("POST", register, start + b"\\u0061" * (MIB // 2) + b'"}'),
            42201,
        ),
        "a schema of 3 MiB": (
            Request("POST", register, start + b"x" * (3 * MIB) + b'"}'),
            42209,
        ),
        "60 000 references": (
            Request("POST", register, _references(60_000)),
            42201,
        ),
        "a million members": (
            Request("POST", register, b'{"x":[' + b"0," * MIB + b'0],"schema":"1"}'),
            42201,
        ),
        "100 000 tags": (
            Request("POST", register, _metadata(100_000)),
            42201,
        ),
        "65 MiB to import": (Request("POST", batch, filled(b" ", 65 * MIB)), 413),
        "16 MiB of brackets to import": (
            Request("POST", batch, filled(b"[", 16 * MIB)),
            400,
        ),
        "65 MiB to check": (Request("POST", check, filled(b" ", 65 * MIB)), 413),
        "16 MiB of brackets to check": (
            Request("POST", check, filled(b"[", 16 * MIB)),
            400,
        ),
        "a path of 60 KB": (Request("GET", "/subjects/" + "x" * 60_000), 414),
        "a query of 60 KB": (
            Request("GET", "/subjects?subjectPrefix=" + "x" * 60_000),
            200,
        ),
        "four thousand parameters": (
            Request("GET", "/subjects?" + "deleted=true&" * 4_000),
            200,
        ),
    }


def filled(one: bytes, size: int) -> Callable[[], Iterator[bytes]]:
    """Return what yields so many bytes, in chunks."""

    def chunks() -> Iterator[bytes]:
        chunk = one * (_CHUNK // len(one))
        for _ in range(size // len(chunk)):
            yield chunk

    return chunks


def _references(count: int) -> bytes:
    one = {"name": "a", "subject": "a", "version": 1}
    return json.dumps({"schema": '"int"', "references": [one] * count}).encode()


def _metadata(count: int) -> bytes:
    tags = {f"t{i}": ["PII"] for i in range(count)}
    return json.dumps({"schema": '"nothing"', "metadata": {"tags": tags}}).encode()

"""What httpx does for the client: the only module that imports it."""

import ssl
from collections.abc import Mapping
from typing import Any, Final

import httpx

from wirepact._steps import Answer, Failure, Send
from wirepact._tls import ssl_context
from wirepact.auth import Tls
from wirepact.retry import RetryPolicy

# Those after which the registry has surely not got the request.
_NOT_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
_ERRORS: Final = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError)


class TooLargeError(Exception):
    """An answer goes on beyond the limit."""


class Overdue(Exception):  # noqa: N818 - it is the end of a call's time, not a fault
    """The time of the call is over while its answer still comes in."""


def options(policy: RetryPolicy, tls: Tls | None) -> dict[str, Any]:
    """Return what both kinds of httpx's clients are made with."""
    return {
        "follow_redirects": False,
        "timeout": timeout(policy, policy.total_timeout_s),
        **({} if tls is None else {"verify": ssl_context(tls)}),
    }


def timeout(policy: RetryPolicy, left_s: float) -> httpx.Timeout:
    # Never nothing: httpx takes that for no limit at all.
    left_s = max(left_s, 0.001)
    connect_s = min(policy.connect_timeout_s, left_s)
    read_s = min(policy.read_timeout_s, left_s)
    return httpx.Timeout(read_s, connect=connect_s, pool=connect_s)


def request(send: Send) -> dict[str, Any]:
    return {
        "method": send.method,
        "url": send.url,
        "headers": dict(send.headers),
        "content": send.content or None,
    }


def is_plain(response: httpx.Response) -> bool:
    """Say whether the content may be read: it does not unfold to something larger."""
    return bool(response.headers.get("content-encoding", "identity") == "identity")


def answer(response: httpx.Response, content: bytes) -> Answer:
    headers: Mapping[str, str] = dict(response.headers.items())
    return Answer(response.status_code, headers, content)


def failure(error: Exception) -> Failure:
    """Say in our words what has gone wrong, and whether it was before or after."""
    if isinstance(error, TooLargeError):
        return Failure(str(error), was_sent=True, is_final=True)
    # What is wrong with a header is said by showing it, and a token may stand in it.
    words = "" if isinstance(error, httpx.LocalProtocolError) else str(error)
    reason = type(error).__name__ + (f": {words}" if words else "")
    return Failure(reason, was_sent=not isinstance(error, _NOT_SENT))


ERRORS: Final = (*_ERRORS, TooLargeError, Overdue, ssl.SSLError, OSError)
"""All that a request may raise. `OSError`: httpx lets a few of a socket's through."""


class Bounded:
    """Collects an answer, up to a limit."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._most_bytes:
            raise TooLargeError(f"the answer is larger than {self._most_bytes} bytes")
        self._parts.append(part)

    @property
    def content(self) -> bytes:
        return b"".join(self._parts)

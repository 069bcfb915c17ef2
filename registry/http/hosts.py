"""By which names a registry answers that is for its own machine alone.

A page of another site can have its name lead to 127.0.0.1 once it is loaded. To the
browser the registry is then a part of that site, which reads and changes what it likes.
What gives it away is the name by which it asks.

Source: https://en.wikipedia.org/wiki/DNS_rebinding
"""

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

from registry.http.asgi import App, Receive, Scope, Send
from registry.http.errors import RefusedError
from registry.http.front import ANYBODY, Caller
from registry.http.transport import Transport

_HOST: Final = b"host"
_WITHOUT_PORT: Final = re.compile(rb"\[?([^\[\]]*?)\]?(?::[0-9]*)?")
_LONGEST_REMEMBERED: Final = 255
_REFUSAL: Final = RefusedError(
    421,
    "Without authentication, this registry answers only as localhost or by an address,"
    " so that no page of another site can use it. If a proxy asks by another name, say"
    " so with WIREPACT_TRUSTED_PROXIES, or WIREPACT_ALLOW_ANYONE=yes.",
)


class LocalHosts:
    """An ASGI application that hands on what asks for this machine by a local name."""

    def __init__(self, app: App, transport: Transport) -> None:
        """Wrap an application.

        Args:
            transport: Answers those that are refused, as it answers others.

        """
        self._app = app
        self._transport = transport

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _is_asked_for(scope):
            await self._transport.refuse(scope, send, _REFUSAL)
            return
        await self._app(scope, receive, send)


class LocalNames:
    """Who asks for this machine by a local name is answered."""

    field: Final = _HOST
    digest: Final = None

    def remembered(self, presented: bytes | None) -> Caller | None:
        if presented is None:
            return ANYBODY
        is_short = len(presented) <= _LONGEST_REMEMBERED
        return ANYBODY if is_short and is_local(presented) else None


def _is_asked_for(scope: Scope) -> bool:
    # Without a name, which every browser sends, it is no browser that asks.
    return all(is_local(value) for name, value in scope["headers"] if name == _HOST)


@lru_cache(maxsize=64)
def is_local(host: bytes) -> bool:
    """Say whether a `Host` field is one that no site can have: no name of a resolver.

    An address is what a browser was told itself, and `localhost` leads nowhere else.
    """
    found = _WITHOUT_PORT.fullmatch(host.strip())
    name = "" if found is None else found[1].decode("latin-1").lower()
    bare = name.removesuffix(".")
    if bare == "localhost" or bare.endswith(".localhost"):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True

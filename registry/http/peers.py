"""Who is at the other end, and who speaks for somebody behind them."""

import re
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from registry.http.asgi import Scope

Network = IPv4Network | IPv6Network

_FORWARDED_FOR: Final = b"x-forwarded-for"
_UNKNOWN: Final = "unknown"
_MAPPED: Final = "::ffff:"
# Some proxies add the client's port, which is another one for each connection.
_WITH_PORT: Final = re.compile(
    r"\[([0-9a-f:.]+)\](?::[0-9]{1,5})?|([0-9.]+):[0-9]{1,5}", re.IGNORECASE
)
_OF_ONE_NETWORK: Final = 64
"""Bits: who has one address of version 6 has all that begin like it."""

_MOST_ADDRESSES: Final = 4_096


class Peers:
    """Tells trusted proxies from others, and clients from their proxies.

    Args:
        proxies: Addresses and networks of proxies whose header fields are believed.

    """

    def __init__(self, proxies: tuple[Network, ...] = ()) -> None:
        self._proxies = proxies
        self._is_proxy = lru_cache(maxsize=1_024)(self._is_among_proxies)

    def is_proxy(self, scope: Scope) -> bool:
        """Say whether a request comes directly from a trusted proxy."""
        return self._is_proxy(_peer(scope))

    def address(self, scope: Scope) -> str:
        """Return the address of the client: the nearest one that is no trusted proxy.

        What stands before it in `X-Forwarded-For` is whatever the client has sent.
        """
        nearest = _peer(scope)
        if not self._is_proxy(nearest):
            return nearest
        for hop in reversed(_forwarded(scope)):
            if not self._is_proxy(hop):
                return hop
            nearest = hop
        return nearest

    def _is_among_proxies(self, address: str) -> bool:
        try:
            found = ip_address(address)
        except ValueError:
            return False
        return any(found in each for each in self._proxies)


def _peer(scope: Scope) -> str:
    client = scope.get("client")
    return _unmapped(str(client[0])) if client else _UNKNOWN


def _forwarded(scope: Scope) -> list[str]:
    hops = [
        hop
        for name, value in scope["headers"]
        if name == _FORWARDED_FOR
        for hop in value.decode("latin-1").split(",")
    ]
    return [_bare(hop.strip()) for hop in hops]


def _bare(hop: str) -> str:
    found = _WITH_PORT.fullmatch(hop)
    return _unmapped(hop if found is None else found[1] or found[2])


def _unmapped(address: str) -> str:
    """Return an address of version 4 as such, also if a socket of both wrote it."""
    return address.removeprefix(_MAPPED) if "." in address else address


@lru_cache(maxsize=_MOST_ADDRESSES)
def network_of(address: str) -> str:
    """Name what all addresses of one client have in common, as nobody is called."""
    try:
        found = ip_address(address)
    except ValueError:
        return f"address {address}"
    if not isinstance(found, IPv6Address) or found.ipv4_mapped is not None:
        return f"address {address}"
    return f"network {int(found) >> (128 - _OF_ONE_NETWORK):x}"

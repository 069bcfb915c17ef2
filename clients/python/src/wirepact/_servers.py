"""The addresses of one registry, and which of them to ask next."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final
from urllib.parse import unquote, urlsplit

from wirepact.auth import BasicAuth
from wirepact.retry import Breaker, Surroundings

_SCHEMES: Final = frozenset({"http", "https"})


@dataclass(frozen=True, slots=True)
class Address:
    """Where a registry answers.

    Attributes:
        url: Without credentials and without a slash at its end.
        credentials: Those that stood in the URL.

    """

    url: str
    credentials: BasicAuth | None = None

    @classmethod
    def parse(cls, given: str) -> "Address":
        """Read a URL; a base path is kept.

        Raises:
            ValueError: It is no address of a registry. The message does not repeat
                it, as a password may stand in it.

        """
        parts = urlsplit(given.strip())
        if parts.scheme not in _SCHEMES or not parts.hostname:
            raise ValueError(
                "a registry's URL is http:// or https:// and a host, as in"
                " http://registry:8081"
            )
        if parts.query or parts.fragment:
            raise ValueError("a registry's URL has no query and no fragment")
        place = parts.netloc.rpartition("@")[2]
        url = f"{parts.scheme}://{place}{parts.path.rstrip('/')}"
        if parts.username is None:
            return cls(url)
        password = unquote(parts.password or "")
        return cls(url, BasicAuth(unquote(parts.username), password))


def parse_all(urls: str | Sequence[str]) -> tuple[Address, ...]:
    """Read one URL, several, or several in one text with commas between them.

    Raises:
        ValueError: There is none, or one of them is none.

    """
    given = [urls] if isinstance(urls, str) else urls
    separate = [url for text in given for url in text.split(",") if url.strip()]
    if not separate:
        raise ValueError("a registry's URL is needed")
    return tuple(map(Address.parse, separate))


class Server:
    """One of the registry's servers, as one client has come to know it."""

    def __init__(self, address: Address, around: Surroundings) -> None:
        self.url = address.url
        self.credentials = address.credentials
        self.breaker = Breaker(around)


class Servers:
    """All servers of the registry. They are equal; the healthiest is asked first."""

    def __init__(self, addresses: Sequence[Address], around: Surroundings) -> None:
        self._all = [Server(address, around) for address in addresses]
        # Two threads must not both be the one that finds out whether a server is back.
        self._lock = Lock()

    def choose(self, failed: Collection[Server] = ()) -> Server | None:
        """Return the server to ask; None if none is worth asking now.

        Args:
            failed: Asked already in this round.

        """
        with self._lock:
            worth = [
                each
                for each in self._all
                if each not in failed and each.breaker.admits()
            ]
            if not worth:
                return None
            # The first of equals, so that all is quiet while all is well.
            chosen = min(worth, key=lambda server: server.breaker.failures)
            chosen.breaker.begin()
            return chosen

    def succeed(self, server: Server) -> None:
        with self._lock:
            server.breaker.succeed()

    def fail(self, server: Server, retry_after_s: float) -> None:
        with self._lock:
            server.breaker.fail(retry_after_s)

    def has_more(self, failed: Collection[Server]) -> bool:
        """Say whether one that was not asked in this round is worth asking."""
        return any(each not in failed and each.breaker.admits() for each in self._all)

    @property
    def admits_in_s(self) -> float:
        """How long no server is worth asking."""
        return min(each.breaker.opens_in_s for each in self._all)

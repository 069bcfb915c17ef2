"""What the two clients have in common: everything but how they wait."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, TypedDict
from uuid import uuid4

from wirepact import _servers
from wirepact._associating import Associations
from wirepact._authorization import authorization
from wirepact._catalogue import Catalogue, Tiers
from wirepact._disk import DiskCache
from wirepact._exchange import Exchange
from wirepact._requests import DEFAULT_CONTEXT, Requests
from wirepact._servers import Servers
from wirepact.auth import Credentials, Tls
from wirepact.bundle import Bundle
from wirepact.cache import CachePolicy
from wirepact.errors import BundleError
from wirepact.retry import RetryPolicy, Surroundings

Urls = str | list[str] | tuple[str, ...]
MAX_ANSWER_BYTES: Final = 16 * 1024 * 1024


class ClientOptions(TypedDict, total=False):
    """How a client differs from the usual one; all of it may be left out.

    Attributes:
        auth: Who the client is; credentials in a URL go before.
        context: The context that bare subjects are in, such as `.orders`.
        tls: Whom to trust, and a certificate of one's own.
        cache: How much is kept and how long.
        bundle: Schemas that were shipped, or the file that holds them.
        retries: How calls are tried.
        max_answer_bytes: Larger answers are refused.
        surroundings: Clocks and chance; for tests.

    """

    auth: Credentials | None
    context: str
    tls: Tls | None
    cache: CachePolicy
    bundle: Bundle | Path | str | None
    retries: RetryPolicy
    max_answer_bytes: int
    surroundings: Surroundings


@dataclass(frozen=True, slots=True)
class Core:
    """The parts of a client that do no I/O.

    Attributes:
        url: The first of the registry's URLs, without credentials.

    """

    url: str
    requests: Requests
    exchange: Exchange
    catalogue: Catalogue
    associations: Associations
    retries: RetryPolicy
    max_answer_bytes: int
    tls: Tls | None
    clock: Callable[[], float]

    @classmethod
    def of(
        cls, urls: "str | list[str] | tuple[str, ...]", options: ClientOptions
    ) -> Self:
        """Put the parts together.

        Raises:
            ValueError: A URL or the context is not one.
            BundleError: The bundle cannot be used.

        """
        around = options.get("surroundings") or Surroundings()
        retries = options.get("retries") or RetryPolicy()
        addresses = _servers.parse_all(urls)
        requests = Requests(_context(options.get("context", DEFAULT_CONTEXT)))
        exchange = Exchange(
            Servers(addresses, around),
            authorization(options.get("auth"), retries, around),
            retries,
            around,
            new_id=lambda: str(uuid4()),
        )
        url = addresses[0].url
        tiers = _tiers(options, url, requests.context, around)
        return cls(
            url,
            requests,
            exchange,
            Catalogue(exchange, requests, tiers, retries, around),
            Associations(exchange, requests, tiers.policy, retries, around),
            retries,
            options.get("max_answer_bytes", MAX_ANSWER_BYTES),
            options.get("tls"),
            around.clock,
        )


def _tiers(
    options: ClientOptions, url: str, context: str, around: Surroundings
) -> Tiers:
    policy = options.get("cache") or CachePolicy()
    disk = None
    if policy.folder is not None:
        folder = Path(policy.folder)
        disk = DiskCache(folder, url, policy.folder_bytes, around.wall_clock)
    bundle = options.get("bundle")
    if isinstance(bundle, str | Path):
        bundle = Bundle.read(bundle)
    if bundle is not None and bundle.context != context:
        raise BundleError(
            f"the bundle is of the context {bundle.context}, the client of {context}"
        )
    return Tiers(policy, disk, bundle)


def _context(given: str) -> str:
    """Return a context with the dot that its name begins with."""
    name = given.strip(":")
    if ":" in name or "/" in name:
        raise ValueError(f"{given!r} is no name of a context")
    return name if name.startswith(".") else f".{name}"

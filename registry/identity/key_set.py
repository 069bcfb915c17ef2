"""The public keys of an identity provider: fetched seldom, kept through its outages."""

import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import jwt

from registry.application.authentication import FetchFailedError, refused
from registry.domain.errors import UnavailableError

REFRESH_S: Final = 3_600
"""After so long, keys are fetched again when one is needed."""

PAUSE_S: Final = 60
"""Between two attempts to fetch, whoever asks for whatever key."""

SURVIVAL_S: Final = 24 * 3_600
"""So long keys are good while the provider is away."""

_SOON_S: Final = 1
_LEAST_RSA_BITS: Final = 2_048
_MOST_KEYS: Final = 100
# What a key is decides how it signs; what a token says of it has no say in that.
_ALGORITHMS: Final[Mapping[tuple[str, str], str]] = {
    ("RSA", ""): "RS256",
    ("EC", "P-256"): "ES256",
    ("OKP", "Ed25519"): "EdDSA",
}
ALGORITHMS: Final = tuple(_ALGORITHMS.values())

logger = logging.getLogger(__name__)


class ProviderUnavailableError(UnavailableError):
    """The keys of the identity provider cannot be had."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            "The registry cannot reach its identity provider. Try again later.",
            retry_after_s,
        )


@dataclass(frozen=True, slots=True)
class _Keys:
    """What was fetched, and when."""

    by_id: Mapping[str, jwt.PyJWK]
    at: float


class KeySet:
    """Finds keys by id; thread-safe.

    Args:
        fetch: Returns a JSON Web Key Set, or raises `FetchFailedError`.
        monotonic: What time it is, in seconds.

    """

    def __init__(
        self, fetch: Callable[[], bytes], monotonic: Callable[[], float]
    ) -> None:
        self._fetch = fetch
        self._monotonic = monotonic
        self._fetching = threading.Lock()
        self._keys: _Keys | None = None
        self._tried_at: float | None = None
        self._has_failed = False

    def get(self, key_id: str) -> jwt.PyJWK:
        """Return a key.

        One that is not known is asked for at the provider, but at most once a minute:
        who makes up ids does not make us ask for each. While one asks, nobody waits for
        that: others with such ids are refused at once, as they might all be made up.

        Raises:
            UnauthenticatedError: The provider has no such key, or is being asked.
            ProviderUnavailableError: It could not be asked, or there are no keys yet.

        """
        key = self._find(key_id, REFRESH_S)
        if key is None:
            self._refresh()
            key = self._find(key_id, SURVIVAL_S)
        if key is not None:
            return key
        if self._has_failed:
            raise ProviderUnavailableError(PAUSE_S)
        if self._keys is None:
            # Somebody is fetching the first ones: nothing is known of this one yet.
            raise ProviderUnavailableError(_SOON_S)
        raise refused("the identity provider has no such key")

    def _find(self, key_id: str, most_age_s: float) -> jwt.PyJWK | None:
        keys = self._keys
        if keys is None or self._monotonic() - keys.at > most_age_s:
            return None
        return keys.by_id.get(key_id)

    def _refresh(self) -> None:
        # Nobody waits for another one's fetching: it may take as long as a provider
        # that does not answer, and the threads that would wait are few.
        if not self._fetching.acquire(blocking=False):
            return
        try:
            now = self._monotonic()
            if self._tried_at is None or now - self._tried_at >= PAUSE_S:
                self._tried_at = now
                self._load(now)
        finally:
            self._fetching.release()

    def _load(self, now: float) -> None:
        try:
            self._keys = _Keys(_keys(self._fetch()), now)
        except FetchFailedError as error:
            self._has_failed = True
            logger.warning("identity provider's keys not fetched: %s", error)
        else:
            self._has_failed = False


def _keys(document: bytes) -> dict[str, jwt.PyJWK]:
    try:
        listed = json.loads(document)["keys"]
    except (ValueError, TypeError, LookupError, RecursionError):
        raise FetchFailedError("the answer is no key set") from None
    if not isinstance(listed, list):
        raise FetchFailedError("the answer is no key set")
    found = {}
    for each in listed[:_MOST_KEYS]:
        key = _usable(each)
        if key is not None:
            found[key.key_id] = key
    if not found:
        # Rather the keys there were than none at all.
        raise FetchFailedError("no key in the answer can be used")
    return found


def _usable(given: Any) -> Any:
    """Return a key to verify with; None for one of another kind or purpose."""
    if not isinstance(given, dict) or not isinstance(given.get("kid"), str):
        return None
    kind, curve = given.get("kty"), given.get("crv", "")
    algorithm = None
    if isinstance(kind, str) and isinstance(curve, str):
        algorithm = _ALGORITHMS.get((kind, "" if kind == "RSA" else curve))
    is_fit = (
        given.get("use", "sig") == "sig" and given.get("alg", algorithm) == algorithm
    )
    if algorithm is None or not is_fit:
        return None
    try:
        key = jwt.PyJWK(given, algorithm)
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    is_short = kind == "RSA" and key.key.key_size < _LEAST_RSA_BITS
    return None if is_short else key

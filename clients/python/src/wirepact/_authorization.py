"""The header that says who is asking, and where its token comes from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import quote_plus, urlencode

from wirepact._flights import Flights
from wirepact._steps import Answer, Failure, Send, Steps, Work
from wirepact.auth import (
    BasicAuth,
    BearerAuth,
    Credentials,
    OAuthClientCredentials,
)
from wirepact.errors import (
    AuthenticationError,
    RegistryUnavailableError,
    UnexpectedAnswerError,
)
from wirepact.retry import RetryPolicy, Surroundings


class Authorization(Protocol):
    """Says who is asking."""

    def headers(self) -> Steps[Mapping[str, str]]: ...

    def refused(self, headers: Mapping[str, str]) -> bool:
        """Note that the registry did not accept these; True if new ones may do."""
        ...


class Fixed:
    """The same for each request."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    def headers(self) -> Steps[Mapping[str, str]]:
        yield from ()
        return self._headers

    def refused(self, headers: Mapping[str, str]) -> bool:
        return False


class Called:
    """A token out of somebody's function."""

    def __init__(self, auth: BearerAuth) -> None:
        assert callable(auth.token)  # noqa: S101 - whoever made it has looked
        self._token = auth.token

    def headers(self) -> Steps[Mapping[str, str]]:
        token = yield Work(self._token)
        return {"authorization": _bearer(token)}

    def refused(self, headers: Mapping[str, str]) -> bool:
        return False


@dataclass(frozen=True, slots=True, repr=False)
class _Token:
    header: str
    renew_at: float
    expires_at: float


class Granted:
    """Tokens of an authorisation server, fetched before the former one expires."""

    _LEEWAY: Final = 0.2
    _MOST_LEEWAY_S: Final = 60.0
    # RFC 6749 lets a server keep the lifetime to itself.
    _UNKNOWN_LIFETIME_S: Final = 300.0
    # Of a token that could not be renewed while it was still good.
    _RETRY_S: Final = 10.0

    def __init__(
        self, auth: OAuthClientCredentials, policy: RetryPolicy, around: Surroundings
    ) -> None:
        self._auth = auth
        self._policy = policy
        self._around = around
        self._flights = Flights()
        self._token: _Token | None = None

    def headers(self) -> Steps[Mapping[str, str]]:
        token = self._token
        if token is None or self._around.clock() >= token.renew_at:
            token = yield from self._flights.join(
                "token", self._renewed, self._policy.total_timeout_s
            )
        return {**self._auth.headers, "authorization": token.header}

    def refused(self, headers: Mapping[str, str]) -> bool:
        token = self._token
        if token is not None and token.header == headers.get("authorization"):
            self._token = None
        return True

    def _renewed(self) -> Steps[_Token]:
        former = self._token
        try:
            self._token = yield from self._fetched()
        except RegistryUnavailableError:
            now = self._around.clock()
            if former is None or now >= former.expires_at:
                raise
            later = now + self._RETRY_S
            self._token = _Token(former.header, later, former.expires_at)
        return self._token

    def _fetched(self) -> Steps[_Token]:
        answer = yield self._request()
        if isinstance(answer, Failure):
            raise RegistryUnavailableError(self._words(answer.reason))
        if answer.status in (400, 401, 403):
            raise AuthenticationError(
                answer.status, answer.status, "no token is granted", self._words("")
            )
        if answer.status != 200:
            raise RegistryUnavailableError(self._words(f"HTTP {answer.status}"))
        return self._read(answer)

    def _request(self) -> Send:
        auth = self._auth
        scope = {"scope": auth.scope} if auth.scope else {}
        form = {"grant_type": "client_credentials", **scope, **auth.more}
        # RFC 6749, 2.3.1: both parts are form-encoded before they are joined.
        pair = BasicAuth(quote_plus(auth.client_id), quote_plus(auth.client_secret))
        headers = {
            "accept": "application/json",
            "accept-encoding": "identity",
            "authorization": pair.header,
            "content-type": "application/x-www-form-urlencoded",
        }
        content = urlencode(form).encode()
        timeout_s = self._policy.read_timeout_s
        return Send("POST", auth.token_url, headers, content, timeout_s)

    def _read(self, answer: Answer) -> _Token:
        said = self._json(answer)
        token, lifetime = said.get("access_token"), said.get("expires_in")
        if not isinstance(token, str) or not token:
            raise UnexpectedAnswerError(self._words("there is no token in its answer"))
        lifetime_s = self._UNKNOWN_LIFETIME_S
        if isinstance(lifetime, int | float) and lifetime > 0:
            lifetime_s = float(lifetime)
        leeway_s = min(lifetime_s * self._LEEWAY, self._MOST_LEEWAY_S)
        now = self._around.clock()
        try:
            header = _bearer(token)
        except ValueError as error:
            raise UnexpectedAnswerError(self._words(str(error))) from error
        return _Token(header, now + lifetime_s - leeway_s, now + lifetime_s)

    def _json(self, answer: Answer) -> dict[str, Any]:
        try:
            said = json.loads(answer.content)
        except (ValueError, RecursionError) as error:
            raise UnexpectedAnswerError(self._words("no JSON")) from error
        return said if isinstance(said, dict) else {}

    def _words(self, reason: str) -> str:
        return f"POST {self._auth.token_url}: {reason}".rstrip(": ")


def _bearer(token: str) -> str:
    """Return the header's value.

    Raises:
        ValueError: No header can carry it. What sends headers would say so as well,
            and show the token.

    """
    if not token.isascii() or not token.isprintable():
        raise ValueError("the token has characters that no header can carry")
    return f"Bearer {token}"


def authorization(
    credentials: Credentials | None, policy: RetryPolicy, around: Surroundings
) -> Authorization:
    """Return what makes the headers for these credentials."""
    match credentials:
        case None:
            return Fixed({})
        case BasicAuth():
            return Fixed({"authorization": credentials.header})
        case BearerAuth(token) if isinstance(token, str):
            return Fixed({"authorization": _bearer(token)})
        case BearerAuth():
            return Called(credentials)
        case OAuthClientCredentials():
            return Granted(credentials, policy, around)

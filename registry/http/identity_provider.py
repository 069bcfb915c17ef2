"""Asking an identity provider for its keys: over HTTPS, and nowhere else.

Nothing is asked for where a token says so, and no redirect is followed.
"""

import json
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from typing import Final
from urllib.parse import urlsplit

from registry.application.authentication import FetchFailedError

_TIMEOUT_S: Final = 5.0
_MOST_BYTES: Final = 1024 * 1024
_CHUNK_BYTES: Final = 64 * 1024
_DISCOVERY: Final = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Provider:
    """Where an identity provider is.

    Attributes:
        issuer: As tokens name it; where it describes itself, below this.
        keys_url: Where its keys are; None to ask for that as well.
        context: Whose certificates are believed.

    """

    issuer: str
    keys_url: str | None
    context: ssl.SSLContext
    monotonic: Callable[[], float] = time.monotonic

    def keys(self) -> bytes:
        """Return its key set, as it sends it.

        Raises:
            FetchFailedError: It cannot be had; the message says why.

        """
        give_up = self.monotonic() + _TIMEOUT_S
        url = self.keys_url or self._discovered(give_up)
        return self._get(url, give_up)

    def _discovered(self, give_up: float) -> str:
        document = self._get(self.issuer.rstrip("/") + _DISCOVERY, give_up)
        try:
            described = json.loads(document)
            issuer, url = described["issuer"], described["jwks_uri"]
        except (ValueError, TypeError, LookupError, RecursionError):
            raise FetchFailedError("it does not say where its keys are") from None
        if issuer != self.issuer or not isinstance(url, str):
            raise FetchFailedError("it describes another issuer")
        return url

    def _get(self, url: str, give_up: float) -> bytes:
        connection, target = self._connection(url)
        try:
            connection.request("GET", target, headers={"Accept": "application/json"})
            with connection.getresponse() as answer:
                if answer.status != 200:
                    raise FetchFailedError(f"it answers {answer.status}")
                return self._read(answer, give_up)
        except (OSError, HTTPException, ValueError) as error:
            raise FetchFailedError(f"{type(error).__name__}: {error}") from None
        finally:
            connection.close()

    def _connection(self, url: str) -> tuple[HTTPSConnection, str]:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host = None
        if not host or parts.scheme != "https" or parts.username:
            raise FetchFailedError("its keys are not at an https address")
        target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        connection = HTTPSConnection(
            host, port, timeout=_TIMEOUT_S, context=self.context
        )
        return connection, target

    def _read(self, answer: HTTPResponse, give_up: float) -> bytes:
        found = b""
        while chunk := answer.read1(_CHUNK_BYTES):
            found += chunk
            if len(found) > _MOST_BYTES:
                raise FetchFailedError("it answers with more than 1 MiB")
            # A trickle keeps each single wait short.
            if self.monotonic() > give_up:
                raise FetchFailedError("it does not come to an end")
        return found

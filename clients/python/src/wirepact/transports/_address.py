"""Where a broker is and who asks: read once from a URL, shown without its secrets."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote, urlsplit

from wirepact._tls import ssl_context
from wirepact.auth import BasicAuth, Tls


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a kind of URL is spoken.

    Attributes:
        port: Where the URL names none.

    """

    port: int
    is_encrypted: bool


@dataclass(frozen=True, slots=True)
class Address:
    """Where a broker is.

    Attributes:
        path: What follows the host, without its slash.
        auth: Who asks; None for nobody.
        tls: What to trust; None for a link in clear text.

    """

    scheme: str
    host: str
    port: int
    path: str = ""
    auth: BasicAuth | None = None
    tls: Tls | None = field(default=None, repr=False)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        path = f"/{self.path}" if self.path else ""
        return f"{self.scheme}://{host}:{self.port}{path}"

    @classmethod
    def of(
        cls,
        url: str,
        schemes: Mapping[str, Scheme],
        auth: BasicAuth | None = None,
        tls: Tls | None = None,
    ) -> Self:
        """Read a URL; what is given beside it counts more than what stands in it.

        Raises:
            ValueError: It is no URL of these kinds. It is not shown, as a password may
                stand in it.

        """
        parts = urlsplit(url)
        scheme = schemes.get(parts.scheme)
        if scheme is None or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(
                "the broker's URL has to be"
                f" {' or '.join(f'{name}://host:port' for name in schemes)},"
                " without parameters"
            )
        if tls is not None and not scheme.is_encrypted:
            raise ValueError(f"{parts.scheme}:// is in clear text, and `tls` is given")
        return cls(
            scheme=parts.scheme,
            host=parts.hostname,
            port=_port(parts.netloc, scheme),
            path=unquote(parts.path.removeprefix("/")),
            auth=auth or _auth(parts.username, parts.password),
            tls=(tls or Tls()) if scheme.is_encrypted else None,
        )

    def context(self) -> ssl.SSLContext | None:
        """Return what a link is made with; the files are read each time."""
        return None if self.tls is None else ssl_context(self.tls)


def _port(netloc: str, scheme: Scheme) -> int:
    try:
        return urlsplit(f"//{netloc}").port or scheme.port
    except ValueError:
        raise ValueError("the port in the broker's URL is no number") from None


def _auth(username: str | None, password: str | None) -> BasicAuth | None:
    if username is None and password is None:
        return None
    return BasicAuth(unquote(username or ""), unquote(password or ""))

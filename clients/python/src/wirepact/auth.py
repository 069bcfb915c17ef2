"""Who the client says it is. Secrets are never shown: they print as `***`."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_HIDDEN: Final = "***"


@dataclass(frozen=True, slots=True, repr=False)
class BasicAuth:
    """A name and a password; those in a URL are used the same way."""

    username: str
    password: str

    def __repr__(self) -> str:
        return f"BasicAuth(username={self.username!r}, password={_HIDDEN})"

    @property
    def header(self) -> str:
        pair = f"{self.username}:{self.password}".encode()
        return f"Basic {b64encode(pair).decode()}"


@dataclass(frozen=True, slots=True, repr=False)
class BearerAuth:
    """A token, or a function that returns the token of now.

    The function is called for each request, in a thread if the client is asynchronous:
    it keeps the token itself for as long as the token is good.
    """

    token: str | Callable[[], str]

    def __repr__(self) -> str:
        return f"BearerAuth(token={_HIDDEN})"


@dataclass(frozen=True, slots=True, repr=False)
class OAuthClientCredentials:
    """A client that fetches its tokens from an authorisation server (RFC 6749, 4.4).

    A token is kept until shortly before it expires, and is fetched once, however many
    requests wait for it.

    Attributes:
        more: Further form fields, such as `audience`.
        headers: Sent to the registry beside the token, such as the identity pool of
            Confluent's cloud.

    """

    token_url: str
    client_id: str
    client_secret: str
    scope: str = ""
    more: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return (
            f"OAuthClientCredentials(token_url={self.token_url!r},"
            f" client_id={self.client_id!r}, client_secret={_HIDDEN})"
        )


Credentials = BasicAuth | BearerAuth | OAuthClientCredentials


@dataclass(frozen=True, slots=True, repr=False)
class Tls:
    """What the client trusts, and how it proves itself.

    Attributes:
        ca_file: Certificates of the authorities to trust instead of the usual ones.
        certificate_file: The client's own certificate, for registries that ask for it.
        key_file: Its key; None if it is in the same file.

    """

    ca_file: Path | str | None = None
    certificate_file: Path | str | None = None
    key_file: Path | str | None = None
    key_password: str | None = None

    def __repr__(self) -> str:
        shown = f"ca_file={self.ca_file!r}, certificate_file={self.certificate_file!r}"
        return f"Tls({shown}, key_file={self.key_file!r}, key_password={_HIDDEN})"

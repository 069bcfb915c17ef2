"""Accounts, and the tokens that speak for them."""

import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from typing import Final, Self

from registry.domain.principals import ANONYMOUS

MOST_LIVE_TOKENS: Final = 2
"""Of one account: the one that is used, and the one that is to take its place."""

TOKEN_PREFIX: Final = "wpt_"  # noqa: S105 - what all tokens begin with
_ID_BYTES: Final = 8
_SECRET_BYTES: Final = 32
_ID: Final = rf"{TOKEN_PREFIX}[0-9a-f]{{16}}"
_TOKEN_ID: Final = re.compile(_ID, re.ASCII)
_TOKEN: Final = re.compile(rf"({_ID})_([A-Za-z0-9_-]{{43}})", re.ASCII)

_LONGEST_NAME: Final = 128
_LONGEST_CERTIFICATE_SUBJECT: Final = 1_024
# No colon: it ends the name in Basic credentials, and begins it in `oidc:…`.
_NAME: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._@+-]{{0,{_LONGEST_NAME - 1}}}")


class AccountError(Exception):
    """What a command wants cannot be done with accounts as they are."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody, or a service, that may show who they are.

    Attributes:
        password_hash: None for one that has no password.
        certificate_subject: Of client certificates that stand for it, as the proxy
            writes it that has looked at them; None for none.

    """

    name: str
    created_ms: int
    password_hash: str | None = field(default=None, repr=False)
    certificate_subject: str | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token; its secret is not.

    Attributes:
        scopes: What it is narrowed to; None where it may do all that its account may.
        expires_ms: None for never.
        last_used_ms: To the minute, and a minute late; None for not yet.

    """

    id: str
    account: str
    secret_sha256: bytes = field(repr=False)
    created_ms: int
    expires_ms: int | None = None
    scopes: frozenset[str] | None = None
    last_used_ms: int | None = None

    def is_live(self, now_ms: int) -> bool:
        return self.expires_ms is None or now_ms < self.expires_ms

    def is_opened_by(self, secret: str) -> bool:
        """Say whether a secret is this token's, in a time that does not tell."""
        return compare_digest(self.secret_sha256, _hash(secret))


@dataclass(frozen=True, slots=True)
class TokenText:
    """A token as it is shown once and presented ever after."""

    id: str
    secret: str = field(repr=False)

    @classmethod
    def drawn(cls, chance: bytes) -> Self:
        """Make a token of `CHANCE_BYTES` random bytes."""
        secret = urlsafe_b64encode(chance[_ID_BYTES:]).rstrip(b"=").decode()
        return cls(TOKEN_PREFIX + chance[:_ID_BYTES].hex(), secret)

    @classmethod
    def find(cls, text: str) -> Self | None:
        """Read what `written` writes; None for anything else."""
        found = _TOKEN.fullmatch(text)
        return None if found is None else cls(found[1], found[2])

    @property
    def written(self) -> str:
        return f"{self.id}_{self.secret}"

    @property
    def secret_sha256(self) -> bytes:
        return _hash(self.secret)


CHANCE_BYTES: Final = _ID_BYTES + _SECRET_BYTES


def is_token_id(name: str) -> bool:
    return _TOKEN_ID.fullmatch(name) is not None


def check_name(name: str) -> None:
    """Refuse what cannot be an account's name.

    Raises:
        AccountError: It is empty, too long, reserved, or has other characters than
            letters, digits and `._@+-`.

    """
    if not _NAME.fullmatch(name):
        raise AccountError(
            "An account's name has 1 to 128 letters, digits or . _ @ + - and begins"
            " with a letter or digit"
        )
    if name == ANONYMOUS.name or name.startswith(TOKEN_PREFIX):
        raise AccountError(f"The name '{name}' is reserved")


def check_certificate_subject(text: str) -> None:
    """Refuse what cannot be the subject of a certificate.

    Raises:
        AccountError: It is empty, too long, or cannot be sent in a header field.

    """
    is_sendable = text.isascii() and text.isprintable() and text == text.strip()
    if not text or not is_sendable or len(text) > _LONGEST_CERTIFICATE_SUBJECT:
        raise AccountError(
            "The subject of a certificate has 1 to 1024 printable ASCII characters, as"
            " the proxy writes it: CN=orders,O=Example"
        )


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()

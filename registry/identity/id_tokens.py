"""Tokens that an identity provider has signed: JSON Web Tokens, held to fixed terms."""

from dataclasses import dataclass
from typing import Any, Final

import jwt

from registry.application.authentication import Shown, refused
from registry.domain.principals import CredentialKind, Principal
from registry.identity.key_set import ALGORITHMS, KeySet

LEEWAY_S: Final = 30
"""How far clocks may be apart."""

NAME_PREFIX: Final = "oidc:"
"""In front of a provider's names: none of them is an account of the registry's own."""

_LONGEST: Final = 16 * 1024
_LONGEST_KEY_ID: Final = 256
_LONGEST_NAME: Final = 256
_MOST_GROUPS: Final = 1_000
# Tokens of other purposes, like those that tell of a logout, name another type.
_TYPES: Final = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_REQUIRED: Final = ("exp", "iss", "aud")


@dataclass(frozen=True, slots=True)
class Terms:
    """What a token has to say.

    Attributes:
        issuer: Exactly this.
        audience: This, among others perhaps.
        name_claim: Where the name of whom it stands for is.
        groups_claim: Where their groups are; it may be missing.

    """

    issuer: str
    audience: str
    name_claim: str = "sub"
    groups_claim: str = "groups"


class JsonWebTokens:
    """The `IdTokens` of one provider.

    The algorithm is that of the key, which is one of the provider's and is found by
    its id alone: where a token says that keys are (`jku`, `x5u`), or that they are
    (`jwk`), nobody looks.
    """

    def __init__(self, terms: Terms, keys: KeySet) -> None:
        self._terms = terms
        self._keys = keys

    def shown(self, text: str) -> Shown:
        """Return whom a token names.

        Raises:
            UnauthenticatedError: It is not good.
            ProviderUnavailableError: The key that it names cannot be had.

        """
        if len(text) > _LONGEST or not text.isascii():
            raise refused("no token")
        key = self._keys.get(_key_id(text))
        claims = self._claims(text, key)
        name = claims.get(self._terms.name_claim)
        if not isinstance(name, str) or not _is_name(name):
            raise refused("id token names nobody")
        principal = Principal(
            NAME_PREFIX + name, CredentialKind.OIDC, self._groups(claims)
        )
        return Shown(principal, (int(claims["exp"]) + LEEWAY_S) * 1000)

    def _claims(self, text: str, key: jwt.PyJWK) -> dict[str, Any]:
        try:
            return jwt.decode(
                text,
                key,
                algorithms=[key.algorithm_name],
                issuer=self._terms.issuer,
                audience=self._terms.audience,
                leeway=LEEWAY_S,
                options={
                    "require": [*_REQUIRED],
                    "verify_signature": True,
                    "verify_exp": True,
                    "verify_nbf": True,
                    "verify_iat": True,
                    "verify_iss": True,
                    "verify_aud": True,
                    "enforce_minimum_key_length": True,
                },
            )
        except jwt.ExpiredSignatureError:
            # Found out after the signature: it was good once.
            raise refused("id token expired", told="The token has expired.") from None
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise refused(f"id token: {type(error).__name__}") from None

    def _groups(self, claims: dict[str, Any]) -> frozenset[str]:
        given = claims.get(self._terms.groups_claim, [])
        # Some providers send a lone group as a text.
        groups = [given] if isinstance(given, str) else given
        is_list = isinstance(groups, list) and len(groups) <= _MOST_GROUPS
        if not is_list or not all(isinstance(each, str) for each in groups):
            raise refused("id token's groups are no list of names")
        return frozenset(groups)


def _key_id(text: str) -> str:
    try:
        header = jwt.get_unverified_header(text)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise refused("no token") from None
    if header.get("alg") not in ALGORITHMS:
        raise refused("id token of another algorithm")
    type_ = header.get("typ", "JWT")
    if not isinstance(type_, str) or type_.lower() not in _TYPES:
        raise refused("id token of another type")
    # None that is understood: all that is critical is not.
    key_id = header.get("kid")
    if "crit" in header or not isinstance(key_id, str):
        raise refused("id token without a key id, or with what is not understood")
    if not key_id or len(key_id) > _LONGEST_KEY_ID:
        raise refused("id token without a key id, or with what is not understood")
    return key_id


def _is_name(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_NAME and text.isprintable()

"""Who acts: a name, how it was shown, and to which groups it belongs."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class CredentialKind(StrEnum):
    """How a request has shown on whose behalf it comes."""

    NONE = "none"
    TOKEN = "token"  # noqa: S105 - the word, not one
    PASSWORD = "password"  # noqa: S105 - likewise
    OIDC = "oidc"
    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True)
class Principal:
    """On whose behalf something is asked for.

    Attributes:
        name: Of an account; `oidc:` and the provider's name for one of the identity
            provider's, so that neither can be taken for the other.
        groups: As the identity provider names them; accounts have none.
        scopes: What a token was narrowed to; None where it may do all that its account
            may.

    """

    name: str
    kind: CredentialKind
    groups: frozenset[str] = frozenset()
    scopes: frozenset[str] | None = None


ANONYMOUS: Final = Principal("anonymous", CredentialKind.NONE)
"""Who acts where nobody has to say who they are."""

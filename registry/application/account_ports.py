"""What the use cases need of a store to know who may show who they are."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from registry.domain.accounts import Account, Token


class KeptPassword(NamedTuple):
    """The hash of a password.

    Attributes:
        is_its_own: Whether it is that of the account. Else it is there to be tried all
            the same, and whatever comes of that counts for nothing.

    """

    hash: str
    is_its_own: bool


class AccountReader(Protocol):
    """Reads. Each call is one statement and sees what is committed when it runs."""

    def find(self, name: str) -> Account | None: ...

    def find_by_certificate(self, subject: str) -> Account | None: ...

    def kept_password(self, name: str, otherwise: str) -> KeptPassword:
        """Return how the password of an account is kept.

        Args:
            name: Of an account that may not exist, or may have none. That is not told
                apart, and takes as long: as much is read, and as much returned.
            otherwise: What is returned if there is nothing else.

        """
        ...

    def all(self) -> list[Account]:
        """Return all accounts, by name."""
        ...

    def find_token(self, token_id: str) -> Token | None:
        """Return a token, be it live or not."""
        ...

    def tokens(self, account: str | None = None) -> list[Token]:
        """Return the tokens of an account, or all: by account and time of creation."""
        ...


class AccountStore(AccountReader, Protocol):
    """Writes, by whoever holds the context of access, and records it there."""

    def put(self, account: Account) -> None:
        """Write an account over what it was."""
        ...

    def remove(self, name: str) -> None:
        """Remove an account and its tokens."""
        ...

    def add_token(self, token: Token) -> None: ...

    def remove_token(self, token_id: str) -> None: ...

    def note_uses(self, uses: Mapping[str, int]) -> None:
        """Note when tokens were last used, in milliseconds; recorded by nobody.

        An earlier time than is noted, and a token that is gone, change nothing.
        """
        ...

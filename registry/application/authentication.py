"""Who presents what: from a credential to the principal that it stands for.

Each kind of credential is asked for in one place only; what is not right there is not
tried elsewhere, and nobody becomes anonymous by presenting something wrong.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Protocol

from registry.application.accounts import Passwords
from registry.application.lockout import Lockout
from registry.application.ports import Clock, Transactions
from registry.domain.accounts import Token, TokenText, is_token_id
from registry.domain.errors import RegistryError, UnavailableError
from registry.domain.principals import CredentialKind, Principal

MINUTE_MS: Final = 60_000

logger = logging.getLogger(__name__)


class UnauthenticatedError(RegistryError):
    """What was presented stands for nobody, or nothing was and something is needed."""

    code = 40101


class FetchFailedError(Exception):
    """The identity provider did not answer, or not as it should; it says how."""


@dataclass(frozen=True, slots=True)
class Basic:
    """A name and a password, or a token's id and its secret."""

    name: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token of ours, or of an identity provider."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Certificate:
    """The subject of a client's certificate, by a proxy that has looked at it."""

    subject: str


Credential = Basic | Bearer | Certificate


@dataclass(frozen=True, slots=True)
class Shown:
    """A principal, and until when what it has shown is good.

    Attributes:
        until_ms: None for ever.

    """

    principal: Principal
    until_ms: int | None = None


class IdTokens(Protocol):
    """What an identity provider has signed."""

    def shown(self, text: str) -> Shown:
        """Return whom a token names.

        Raises:
            UnauthenticatedError: It is not good.
            UnavailableError: The provider's keys cannot be had.

        """
        ...


class Uses:
    """When tokens were last used, until somebody writes it down; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: dict[str, int] = {}

    def note(self, token: Token, now_ms: int) -> None:
        """Note a use, unless its minute is known."""
        minute_ms = now_ms - now_ms % MINUTE_MS
        if minute_ms > (token.last_used_ms or 0):
            with self._lock:
                self._last[token.id] = minute_ms

    def write(self, transactions: Transactions) -> None:
        """Write down what was noted; what cannot be written is lost."""
        with self._lock:
            last, self._last = self._last, {}
        if last:
            transactions.write(lambda store: store.accounts.note_uses(last))


@dataclass(frozen=True, slots=True)
class Authenticator:
    """Finds out whom a credential stands for; each call asks the store anew.

    Attributes:
        id_tokens: None where no identity provider is trusted.

    """

    transactions: Transactions
    clock: Clock
    passwords: Passwords
    lockout: Lockout
    uses: Uses
    id_tokens: IdTokens | None = None

    def shown(
        self, credential: Credential, address: str, *, is_renewed: bool = False
    ) -> Shown:
        """Return whom a credential stands for.

        Args:
            credential: What was presented.
            address: Where it comes from; who guesses from there is locked out.
            is_renewed: It was good a while ago, and so is no guess: failures of others
                do not lock its owner out.

        Raises:
            UnauthenticatedError: For nobody.
            LockedOutError: It was not looked at.
            UnavailableError: What it takes to find out is out of reach.

        """
        match credential:
            case Bearer(text):
                return self._by_bearer(text, address, is_renewed=is_renewed)
            case Basic(name, password) if is_token_id(name):
                token = TokenText(name, password)
                find = partial(self._by_token, token)
                return self._looked_up(find, address, is_renewed=is_renewed)
            case Basic(name, password):
                if is_renewed:
                    return self._by_password(name, password)
                self.lockout.attempt(name, address)
                try:
                    shown = self._by_password(name, password)
                except UnavailableError:
                    self.lockout.undecided(name, address)
                    raise
                self.lockout.succeeded(name, address)
                return shown
            case Certificate(subject):
                find = partial(self._by_certificate, subject)
                return self._looked_up(find, address, is_renewed=is_renewed)

    def _looked_up(
        self, find: Callable[[], Shown], address: str, *, is_renewed: bool
    ) -> Shown:
        """Ask the store, unless too much of what the address sent stood for nobody."""
        if not is_renewed:
            self.lockout.hold_stranger(address)
        try:
            return find()
        except UnauthenticatedError:
            self.lockout.refused_stranger(address)
            raise

    def _by_bearer(self, text: str, address: str, *, is_renewed: bool) -> Shown:
        token = TokenText.find(text)
        if token is not None:
            find = partial(self._by_token, token)
            return self._looked_up(find, address, is_renewed=is_renewed)
        if self.id_tokens is None:
            raise refused("no token of this registry, and no provider is set")
        return self.id_tokens.shown(text)

    def _by_token(self, presented: TokenText) -> Shown:
        with self.transactions.read() as store:
            token = store.accounts.find_token(presented.id)
        if token is None:
            raise refused("no such token")
        if not token.is_opened_by(presented.secret):
            raise refused("not the secret of this token", token.id)
        now_ms = self.clock()
        if not token.is_live(now_ms):
            raise refused("token expired", token.id, "The token has expired.")
        self.uses.note(token, now_ms)
        kind = CredentialKind.TOKEN
        principal = Principal(token.account, kind, scopes=token.scopes)
        return Shown(principal, token.expires_ms)

    def _by_password(self, name: str, password: str) -> Shown:
        with self.transactions.read() as store:
            kept = store.accounts.kept_password(name, self.passwords.nobodys)
        # Both in any case, and in this order: the time is that of the hash.
        is_right = self.passwords.matches(kept.hash, password)
        if not (is_right and kept.is_its_own):
            # Not which of both, and no name: a password may have been typed there.
            raise refused("no such account, or not its password")
        return Shown(Principal(name, CredentialKind.PASSWORD))

    def _by_certificate(self, subject: str) -> Shown:
        with self.transactions.read() as store:
            account = store.accounts.find_by_certificate(subject)
        if account is None:
            raise refused(
                "no account for this certificate",
                subject,
                "No account has a certificate with this subject.",
            )
        return Shown(Principal(account.name, CredentialKind.CERTIFICATE))


def refused(
    reason: str, known: str = "", told: str = "The credentials are not valid."
) -> UnauthenticatedError:
    """Log why a credential is refused, and return the error that is told.

    Args:
        reason: A constant; for whoever looks after the registry.
        known: The public part of a credential, if it is known to be one.
        told: What the client learns.

    """
    extra = {"reason": reason, **({"credential": known} if known else {})}
    logger.info("credential refused", extra=extra)
    return UnauthenticatedError(told)

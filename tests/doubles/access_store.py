"""Accounts, tokens and grants in memory, at the ports of the use cases about them.

As strict as a database would be: nothing is written before the context of access is
locked, nor after the transaction is over.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from registry.application.account_ports import KeptPassword
from registry.application.ports import Ports
from registry.application.stored import AuditEntry
from registry.domain.access import Grant
from registry.domain.accounts import Account, Token
from registry.domain.model import ACCESS_CONTEXT

Result = TypeVar("Result")


class AccessInMemory:
    """A store of access alone, and the transactions over it.

    Attributes:
        now_ms: What its clock says.
        audit: What was recorded, oldest first.

    """

    def __init__(self) -> None:
        self.now_ms = 1_000_000
        self.audit: list[AuditEntry] = []
        self.accounts = _Accounts(self)
        self.grants = _Grants(self)
        self._is_locked = False

    @property
    def ports(self) -> Ports:
        """The ports of a use case; there is nothing in it to parse with."""
        transactions: Any = self
        parsing: Any = None
        return Ports(transactions, parsing, lambda: self.now_ms)

    @contextmanager
    def read(self) -> Iterator["AccessInMemory"]:
        yield self

    def write(self, act: Callable[[Any], Result]) -> Result:
        try:
            return act(self)
        finally:
            self._is_locked = False

    def lock(self, context: str) -> None:
        assert context == ACCESS_CONTEXT
        self._is_locked = True

    def record(self, context: str, entry: AuditEntry) -> None:
        assert context == ACCESS_CONTEXT
        self.hold_locked()
        self.audit.append(entry)

    def hold_locked(self) -> None:
        assert self._is_locked


class _Accounts:
    def __init__(self, store: AccessInMemory) -> None:
        self._store = store
        self._accounts: dict[str, Account] = {}
        self._tokens: dict[str, Token] = {}

    def find(self, name: str) -> Account | None:
        return self._accounts.get(name)

    def find_by_certificate(self, subject: str) -> Account | None:
        found = (each for each in self.all() if each.certificate_subject == subject)
        return next(found, None)

    def kept_password(self, name: str, otherwise: str) -> KeptPassword:
        # Where there is no password, something is tried all the same.
        assert otherwise
        account = self.find(name)
        if account is None or account.password_hash is None:
            return KeptPassword(otherwise, is_its_own=False)
        return KeptPassword(account.password_hash, is_its_own=True)

    def all(self) -> list[Account]:
        return [self._accounts[name] for name in sorted(self._accounts)]

    def find_token(self, token_id: str) -> Token | None:
        return self._tokens.get(token_id)

    def tokens(self, account: str | None = None) -> list[Token]:
        found = sorted(
            self._tokens.values(), key=lambda each: (each.account, each.created_ms)
        )
        return [each for each in found if account in {None, each.account}]

    def put(self, account: Account) -> None:
        self._store.hold_locked()
        self._accounts[account.name] = account

    def remove(self, name: str) -> None:
        self._store.hold_locked()
        del self._accounts[name]
        for each in self.tokens(name):
            del self._tokens[each.id]

    def add_token(self, token: Token) -> None:
        self._store.hold_locked()
        assert token.account in self._accounts
        self._tokens[token.id] = token

    def remove_token(self, token_id: str) -> None:
        self._store.hold_locked()
        del self._tokens[token_id]

    def note_uses(self, uses: Mapping[str, int]) -> None:
        for token_id, at_ms in uses.items():
            if token_id in self._tokens:
                token = self._tokens[token_id]
                last_ms = max(at_ms, token.last_used_ms or 0)
                self._tokens[token_id] = replace(token, last_used_ms=last_ms)


class _Grants:
    def __init__(self, store: AccessInMemory) -> None:
        self._store = store
        self._grants: list[Grant] = []

    def all(self) -> list[Grant]:
        return list(self._grants)

    def add(self, grant: Grant) -> None:
        self._store.hold_locked()
        assert grant not in self._grants
        self._grants.append(grant)

    def remove(self, grant: Grant) -> None:
        self._store.hold_locked()
        self._grants.remove(grant)

"""Accounts: adding, changing and removing those who may show who they are.

What is recorded says that a password changed, never what it is or how it is kept.
"""

import json
from dataclasses import replace
from typing import Final, Protocol

from registry.application import access
from registry.application.ports import Ports, SchemaStore
from registry.application.stored import AuditEntry, Origin
from registry.domain.accounts import (
    Account,
    AccountError,
    check_certificate_subject,
    check_name,
)
from registry.domain.model import ACCESS_CONTEXT

LEAST_PASSWORD: Final = 12
MOST_PASSWORD: Final = 1_024


class Passwords(Protocol):
    """How passwords are kept: slowly and with salt."""

    @property
    def nobodys(self) -> str:
        """A hash, as costly as others, to try a password on where there is none.

        So who asks does not learn by the time whether there is one.
        """
        ...

    def hash(self, password: str) -> str: ...

    def matches(self, password_hash: str, password: str) -> bool:
        """Say whether a password is the one that was hashed."""
        ...


def add(ports: Ports, account: Account, origin: Origin) -> None:
    """Add an account.

    Raises:
        AccountError: Its name or certificate cannot be, or is taken.

    """
    check_name(account.name)
    if account.certificate_subject is not None:
        check_certificate_subject(account.certificate_subject)

    def act(store: SchemaStore) -> None:
        store.lock(ACCESS_CONTEXT)
        if store.accounts.find(account.name) is not None:
            raise AccountError(f"There is an account '{account.name}' already")
        _hold_certificate_free(store, account.certificate_subject)
        store.accounts.put(account)
        record(ports, store, "account.create", (None, account), origin)

    ports.transactions.write(act)


def all_accounts(ports: Ports) -> list[Account]:
    """Return all accounts, by name."""
    with ports.transactions.read() as store:
        return store.accounts.all()


def remove(ports: Ports, name: str, origin: Origin) -> int:
    """Remove an account with its tokens and grants; return how many tokens there were.

    Raises:
        AccountError: There is no such account.

    """

    def act(store: SchemaStore) -> int:
        store.lock(ACCESS_CONTEXT)
        account = get(store, name)
        tokens = store.accounts.tokens(name)
        store.accounts.remove(name)
        access.forget(ports, store, name, origin)
        record(ports, store, "account.delete", (account, None), origin)
        return len(tokens)

    return ports.transactions.write(act)


def change_password(
    ports: Ports, name: str, password_hash: str | None, origin: Origin
) -> None:
    """Give an account another password, or none; its tokens stay.

    Raises:
        AccountError: There is no such account.

    """

    def act(store: SchemaStore) -> None:
        store.lock(ACCESS_CONTEXT)
        before = get(store, name)
        after = replace(before, password_hash=password_hash)
        store.accounts.put(after)
        record(ports, store, "account.password", (before, after), origin)

    ports.transactions.write(act)


def hashed(passwords: Passwords, password: str) -> str:
    """Return a new password as it is kept.

    Raises:
        AccountError: It is too short, or too long to be one.

    """
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
        raise AccountError(
            f"A password has {LEAST_PASSWORD} to {MOST_PASSWORD} characters"
        )
    return passwords.hash(password)


def get(store: SchemaStore, name: str) -> Account:
    account = store.accounts.find(name)
    if account is None:
        raise AccountError(
            f"There is no account '{name}'. `wirepact user add` makes one"
        )
    return account


def record(
    ports: Ports,
    store: SchemaStore,
    action: str,
    change: tuple[Account | None, Account | None],
    origin: Origin,
) -> None:
    """Write the audit row of a change to an account."""
    before, after = (None if each is None else _told(each) for each in change)
    (name, *_) = (each.name for each in change if each is not None)
    target = f"accounts/{name}"
    entry = AuditEntry(origin, action, target, before, after, ports.clock())
    store.record(ACCESS_CONTEXT, entry)


def _told(account: Account) -> str:
    return json.dumps(
        {
            "hasPassword": account.password_hash is not None,
            "certificateSubject": account.certificate_subject,
        }
    )


def _hold_certificate_free(store: SchemaStore, subject: str | None) -> None:
    if subject is None:
        return
    other = store.accounts.find_by_certificate(subject)
    if other is not None:
        raise AccountError(f"The certificate stands for '{other.name}' already")

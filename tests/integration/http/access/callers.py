"""A registry that asks who its clients are, and one client for each kind of caller."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx

from registry import bootstrap
from registry.application import access, accounts, tokens
from registry.application.ports import Ports
from registry.application.stored import Origin
from registry.application.tokens import Grantee as TokenOf
from registry.domain.access import (
    EVERYTHING,
    Area,
    Grant,
    Grantee,
    GranteeKind,
    Pattern,
    Role,
)
from registry.domain.accounts import Account, Token, TokenText
from registry.domain.model import ACCESS_CONTEXT, DEFAULT_CONTEXT
from registry.settings import Settings
from tests.services.in_process import InProcess, in_process

BY_TEST: Final = Origin("a test", "r-1")
OWN: Final = Area(DEFAULT_CONTEXT, Pattern.parse("own-*"))
NAMESPACE: Final = "lkc-1"
TOPICS: Final = Area(f".{NAMESPACE}", OWN.pattern)
"""Own topics: whoever has something granted in `OWN` has it there, too."""

GRANTED: Final[Mapping[str, tuple[Role, Area]]] = {
    "other": (Role.READER, Area(DEFAULT_CONTEXT, Pattern.parse("other-*"))),
    "reader": (Role.READER, OWN),
    "developer": (Role.DEVELOPER, OWN),
    "owner": (Role.OWNER, OWN),
    "approver": (Role.APPROVER, OWN),
    "keeper": (Role.ADMIN, OWN),
    "admin": (Role.ADMIN, EVERYTHING),
}
"""Callers by name, with what was granted to each; a keeper is an admin of a part."""

CALLERS: Final = ("none", "bad", "expired", *GRANTED)


@dataclass(frozen=True)
class Callers:
    """Clients of one registry, by the names of `CALLERS`.

    Attributes:
        ports: Of another process over the same database.

    """

    client: InProcess
    ports: Ports
    headers: dict[str, Mapping[str, str]]

    def account(self, name: str) -> None:
        """Add a caller whom nothing is granted."""
        accounts.add(self.ports, Account(name, self.ports.clock()), BY_TEST)
        self.headers[name] = self.token(name)

    def ask(self, caller: str, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {**self.headers[caller], **more.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **more)

    def token(self, account: str, *scopes: str) -> Mapping[str, str]:
        """Make a token, narrowed to roles if there are any, and return its header."""
        wanted = TokenOf(account, scopes=frozenset(scopes) or None)
        made, _ = tokens.create(self.ports, wanted, secrets.token_bytes, BY_TEST)
        return _bearer(made)

    def grant(self, user: str, role: Role, area: Area) -> Grant:
        given = Grant(Grantee(GranteeKind.USER, user), role, area)
        access.grant(self.ports, [given], BY_TEST)
        return given


def asking() -> Mapping[str, Any]:
    """Return the settings that ask who somebody is, and let them ask often."""
    rates = ("reads_per_second", "writes_per_second", "checks_per_second")
    return {
        "authentication": True,
        "checks_at_once": 0,
        **dict.fromkeys(rates, 0),
    }


@contextmanager
def guarded(settings: Settings) -> Iterator[Callers]:
    """Start a registry with authentication on, and an account for each caller."""
    with bootstrap.opened(settings) as ports:
        headers: dict[str, Mapping[str, str]] = {"none": {}}
        for name, (role, area) in GRANTED.items():
            accounts.add(ports, Account(name, ports.clock()), BY_TEST)
            made, _ = tokens.create(ports, TokenOf(name), secrets.token_bytes, BY_TEST)
            headers[name] = _bearer(made)
            areas = (area, TOPICS) if area is OWN else (area,)
            user = Grantee(GranteeKind.USER, name)
            access.grant(ports, [Grant(user, role, each) for each in areas], BY_TEST)
        headers["bad"] = _bearer(TokenText.drawn(secrets.token_bytes(64)))
        headers["expired"] = _bearer(_expired(ports, "admin"))
        with in_process(replace(settings, **asking())) as client:
            yield Callers(client, ports, headers)


def _bearer(text: TokenText) -> Mapping[str, str]:
    return {"authorization": f"Bearer {text.written}"}


def _expired(ports: Ports, account: str) -> TokenText:
    text = TokenText.drawn(secrets.token_bytes(64))
    now_ms = ports.clock()
    token = Token(text.id, account, text.secret_sha256, now_ms - 2, now_ms - 1, None)

    def act(store: Any) -> None:
        store.lock(ACCESS_CONTEXT)
        store.accounts.add_token(token)

    ports.transactions.write(act)
    return text

"""A registry that asks who its clients are, with an account for each kind."""

import base64
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from registry import bootstrap
from registry.application import access, accounts, tokens
from registry.application.authentication import Authenticator, Uses
from registry.application.changes import Changes
from registry.application.lockout import Lockout
from registry.application.ports import Ports
from registry.application.stored import Origin
from registry.application.tokens import Grantee as TokenOf
from registry.domain.access import EVERYTHING, Grant, Grantee, GranteeKind, Role
from registry.domain.accounts import Account, TokenText
from registry.domain.secrets import Secret
from registry.http.app import Surroundings, create_app
from registry.http.authentication import Asked, Gate
from registry.http.health import Health
from registry.http.identity_provider import Provider
from registry.http.peers import Peers
from registry.identity.id_tokens import JsonWebTokens, Terms
from registry.identity.key_set import KeySet
from registry.identity.passwords import Argon2Passwords, Costs
from registry.settings import Settings
from registry.storage.engine import SqlTransactions, connect
from registry.storage.poller import Poller
from tests.services.certificates import Files, certificates
from tests.services.identity_provider import (
    AUDIENCE,
    IdentityProvider,
    identity_provider,
)
from tests.services.in_process import InProcess, settings_of, started
from tests.services.serving_role import served_database

BY_TEST = Origin("a test", "r-1")
PASSWORD = "correct horse battery"  # noqa: S105 - it protects nothing
CHEAP = Costs(passes=1, memory_kib=8)
"""Hashes that take a thousandth of a real one's time."""

KNOWN = ("alice", "orders", "anonymous")
"""Who may do everything, once it is known that it is they."""

HEADER = "x-client-subject"
SUBJECT = "CN=orders,O=Example"
DAY_MS = 24 * 60 * 60 * 1000


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@dataclass
class Times:
    """The clocks of a server; they stand still until a test moves them."""

    now_ms: int = field(default_factory=lambda: time.time_ns() // 1_000_000)
    monotonic_s: float = 1_000.0

    def pass_(self, seconds: float) -> None:
        self.now_ms += int(seconds * 1000)
        self.monotonic_s += seconds


@dataclass
class Guarded:
    """A registry with authentication on.

    Attributes:
        client: Asks it, from the address 127.0.0.1.
        ports: Of another process over the same database.
        poll: Learn what that one has changed.
        uses: When tokens were used.
        shown: Finds out whom a credential stands for.

    """

    client: InProcess
    ports: Ports
    times: Times
    poll: Callable[[], None]
    uses: Uses
    shown: Asked
    provider: IdentityProvider | None = None

    def token(self, account: str = "orders", **more: Any) -> TokenText:
        wanted = TokenOf(account, **more)
        made, _ = tokens.create(self.ports, wanted, secrets.token_bytes, BY_TEST)
        return made

    def status(self, authorization: str | bytes | None = None, **headers: str) -> int:
        """Return the status of a read by somebody who presents this."""
        found: dict[str, Any] = {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        if authorization is not None:
            found["authorization"] = authorization
        return self.client.get("/subjects", headers=found).status_code

    def audit(self) -> list[tuple[Any, ...]]:
        engine = self.ports.transactions._engine  # type: ignore[attr-defined]  # past the store
        with engine.connect() as connection:
            rows = connection.exec_driver_sql("SELECT * FROM audit ORDER BY seq")
            return [tuple(row) for row in rows]


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def settings(wirepact_database: Path, tmp_path: Path) -> Settings:
    return settings_of(wirepact_database, tmp_path)


@pytest.fixture
def provider(files: Files) -> Iterator[IdentityProvider]:
    with identity_provider(files) as found:
        yield found


@pytest.fixture
def guarded(settings: Settings) -> Iterator[Guarded]:
    with guarding(settings) as found:
        yield found


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def guarded_on_either(request: pytest.FixtureRequest) -> Iterator[Guarded]:
    """Like `guarded`, once on each database."""
    if request.param == "sqlite":
        settings = request.getfixturevalue("settings")
    else:
        url = served_database(request.getfixturevalue("postgres"))
        settings = Settings(database_url=Secret(url))
    with guarding(settings) as found:
        yield found


@contextmanager
def guarding(
    settings: Settings,
    provider: IdentityProvider | None = None,
    files: Files | None = None,
    *,
    is_behind_proxy: bool = False,
    costs: Costs = CHEAP,
    **more: Any,
) -> Iterator[Guarded]:
    """Start a registry with the accounts `alice` and `orders`.

    Args:
        settings: Where its database is.
        provider: Trusted, if there is one.
        files: Of the provider's authority.
        is_behind_proxy: Whether it trusts who asks to speak for others.
        costs: Of its hashes.
        more: What the gate has beside, by name.

    """
    times, changes, uses = Times(), Changes(), Uses()
    passwords = Argon2Passwords(costs)
    with ExitStack() as stack:
        ours = SqlTransactions(connect(settings.database_url.reveal()), changes)
        ports = stack.enter_context(bootstrap.opened(settings))
        theirs = replace(ports, clock=lambda: times.now_ms)
        authenticator = Authenticator(
            ours,
            theirs.clock,
            passwords,
            Lockout(lambda: times.monotonic_s),
            uses,
            None if provider is None else trusting(provider, files, times),
        )
        gate = Gate(
            authenticator.shown,
            theirs.clock,
            Peers((ip_network("127.0.0.1"),)) if is_behind_proxy else Peers(),
            b"s" * 64,
            **more,
        )
        around = Surroundings(
            Health(lambda: True, lambda: None),
            cache_bytes=1_000_000,
            gate=gate,
            on_shutdown=(ours.close,),
        )
        password = accounts.hashed(passwords, PASSWORD)
        for each in (
            Account("alice", times.now_ms, password),
            Account("orders", times.now_ms, certificate_subject=SUBJECT),
        ):
            accounts.add(theirs, each, BY_TEST)
        access.grant(theirs, [everything(each) for each in KNOWN], BY_TEST)
        app = create_app(replace(theirs, transactions=ours), changes, around)
        client = stack.enter_context(started(app))
        poller = Poller(ours.sequences, changes)
        poller.poll()
        shown = authenticator.shown
        yield Guarded(client, theirs, times, poller.poll, uses, shown, provider)


def everything(name: str) -> Grant:
    """Return the grant that leaves nothing to be refused but who somebody is."""
    return Grant(Grantee(GranteeKind.USER, name), Role.ADMIN, EVERYTHING)


def trusting(
    provider: IdentityProvider, files: Files | None, times: Times
) -> JsonWebTokens:
    """Return what checks the tokens of a provider."""
    assert files is not None
    asked = Provider(provider.issuer, None, files.client_context())
    keys = KeySet(asked.keys, lambda: times.monotonic_s)
    return JsonWebTokens(Terms(provider.issuer, AUDIENCE), keys)

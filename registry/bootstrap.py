"""The composition root: where settings become engine, store and server."""

import secrets
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from registry.application import trash
from registry.application.accounts import Passwords
from registry.application.authentication import Authenticator, IdTokens, Uses
from registry.application.changes import Changes
from registry.application.lockout import OF_ACCOUNT, OF_ADDRESS, Lockout
from registry.application.parsing import Parsing
from registry.application.ports import Ports
from registry.application.stored import Origin
from registry.compiler.in_place import InPlaceCompiler
from registry.compiler.pool import CompilerPool, PoolLimits
from registry.domain.budgets import UNITS_PER_SECOND
from registry.domain.configuration import SERVER_DEFAULT
from registry.domain.formats.protobuf.compiling import Compile
from registry.domain.limits import Limits
from registry.engine import Spoken
from registry.http import draining, logs
from registry.http.app import Surroundings, create_app
from registry.http.asgi import App
from registry.http.authentication import Gate
from registry.http.health import Health
from registry.http.peers import Peers
from registry.http.rates import NO_RATES, Admission, Rates
from registry.http.transport import BodyLimits
from registry.settings import Settings
from registry.storage.engine import SqlTransactions, connect
from registry.storage.poller import Poller
from registry.storage.recurring import Recurring

_USES_EVERY_S: Final = 5
_PURGE_LOOK_S: Final = 300
_PURGE_EVERY_MS: Final = 3_600_000


def engine(settings: Settings, compiler: Compile) -> Parsing:
    """Build the pure engine: the formats spoken here, within their limits.

    Args:
        compiler: Runs protoc; a server does so in other processes.

    """
    limits = Limits(
        max_schema_bytes=settings.max_schema_bytes,
        max_versions=settings.max_versions_per_subject,
        max_comparison_units=settings.compare_seconds * UNITS_PER_SECOND,
    )
    # All of them now: no request is to wait for an import.
    formats = dict(Spoken(limits, lambda: compiler))
    return Parsing(formats, limits, settings.parse_cache_bytes)


@contextmanager
def opened(settings: Settings) -> Iterator[Ports]:
    """Open the ports of a process that serves nobody, and close them in the end."""
    transactions = SqlTransactions(connect(settings.database_url.reveal()), Changes())
    try:
        yield _ports(settings, transactions, InPlaceCompiler())
    finally:
        transactions.close()


def server(settings: Settings, run_folder: Path | None = None) -> App:
    """Build what one worker serves. Nothing is connected before it is started.

    Args:
        run_folder: Shared by the workers of one server: their counters, and whether
            it is draining. None for a worker alone.

    """
    changes = Changes()
    transactions = SqlTransactions(connect(settings.database_url.reveal()), changes)
    # A connection of its own: when requests have taken all of theirs, news must still
    # come in, and the server is busy, not without its database.
    watching = SqlTransactions(
        connect(settings.database_url.reveal(), pool_size=1), changes
    )
    poller = Poller(watching.sequences, changes)
    compilers = CompilerPool(
        PoolLimits(
            budget_s=settings.compile_seconds,
            queue_s=settings.compile_queue_seconds,
            memory_bytes=settings.compile_memory_bytes,
        )
    )

    def why_not_ready() -> str | None:
        if run_folder is not None and draining.is_announced(run_folder):
            return "the server is about to end"
        return None if poller.is_connected else "the database cannot be reached"

    ports = _ports(settings, transactions, compilers)
    purging = Recurring("trash-purge", lambda: _purge(ports), _PURGE_LOOK_S)
    tidying = () if settings.trash_retention_days is None else (purging.start,)

    uses = Uses()
    using = Recurring("token-uses", lambda: uses.write(transactions), _USES_EVERY_S)
    noting = (using.start,) if settings.authentication else ()

    around = Surroundings(
        health=Health(lambda: poller.is_connected, why_not_ready),
        cache_bytes=settings.cache_bytes,
        gate=_gate(settings, transactions, uses) if settings.authentication else None,
        # Where others ask, be it through a proxy, they may do so by any name.
        is_for_this_machine=not settings.allow_anyone and not settings.trusted_proxies,
        is_tls=settings.tls_certificate is not None,
        admission=_admission(settings),
        log=logs.requests(),
        counters_folder=run_folder,
        handler_s=settings.handler_seconds,
        body_limits=BodyLimits(most_bytes_at_once=settings.body_bytes),
        # Once before the first request, so that it finds the server ready.
        on_startup=(poller.poll, poller.start, *tidying, *noting),
        on_shutdown=(
            purging.stop,
            using.stop,
            poller.stop,
            compilers.close,
            watching.close,
            transactions.close,
        ),
    )
    return create_app(ports, changes, around)


def _gate(settings: Settings, transactions: SqlTransactions, uses: Uses) -> Gate:
    authenticator = Authenticator(
        transactions,
        _now_ms,
        passwords(),
        Lockout(
            time.monotonic,
            replace(OF_ACCOUNT, most=settings.failed_logins_per_account),
            replace(OF_ADDRESS, most=settings.failed_logins_per_address),
        ),
        uses,
        _id_tokens(settings),
    )
    return Gate(
        authenticator.shown,
        _now_ms,
        Peers(settings.trusted_proxies),
        secrets.token_bytes(64),
        settings.anonymous_read,
        settings.client_certificate_header,
    )


def _admission(settings: Settings) -> Admission | None:
    usual = Rates() if settings.authentication else NO_RATES
    rates = Rates(
        _given_or(settings.reads_per_second, usual.reads_per_s),
        _given_or(settings.writes_per_second, usual.writes_per_s),
        _given_or(settings.checks_per_second, usual.checks_per_s),
        _given_or(settings.checks_at_once, usual.checks_at_once),
    )
    if rates == NO_RATES:
        return None
    # Late: the library takes long to load, and not everybody limits rates.
    from registry.http import windows

    return windows.admission(rates, settings.workers, Peers(settings.trusted_proxies))


def _given_or(given: int | None, usual: int) -> int:
    return usual if given is None else given


def passwords() -> Passwords:
    """Return how passwords are kept here."""
    # Late: most processes never look at one.
    from registry.identity.passwords import Argon2Passwords

    return Argon2Passwords()


def _id_tokens(settings: Settings) -> IdTokens | None:
    issuer, audience = settings.oidc_issuer, settings.oidc_audience
    if issuer is None or audience is None:
        return None
    # Late: these libraries take long to load, and not everybody has a provider.
    from registry.http.identity_provider import Provider
    from registry.identity.id_tokens import JsonWebTokens, Terms
    from registry.identity.key_set import KeySet

    context = ssl.create_default_context(cafile=settings.oidc_ca_file)
    provider = Provider(issuer, settings.oidc_keys_url, context)
    terms = Terms(
        issuer, audience, settings.oidc_name_claim, settings.oidc_groups_claim
    )
    return JsonWebTokens(terms, KeySet(provider.keys, time.monotonic))


def _ports(
    settings: Settings, transactions: SqlTransactions, compiler: Compile
) -> Ports:
    defaults = replace(SERVER_DEFAULT, level=settings.default_level)
    return Ports(
        transactions,
        engine(settings, compiler),
        _now_ms,
        defaults,
        settings.mode_mutability,
        settings.trash_retention_days,
    )


def _purge(ports: Ports) -> None:
    if ports.trash_retention_days is not None:
        origin = Origin(actor="trash", request_id="")
        trash.purge_in_turn(ports, ports.trash_retention_days, _PURGE_EVERY_MS, origin)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

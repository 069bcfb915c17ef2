"""`wirepact serve`: start a registry."""

import json
import logging
import logging.config
import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from registry.cli.db import unreachable
from registry.cli.exits import Exit
from registry.cli.own_settings import settings as settings_of_environment
from registry.domain.secrets import Secret
from registry.settings import Address, Settings, database_url

logger = logging.getLogger("registry.cli.serve")


class _AddressType(click.ParamType[Address]):
    name = "address:port"

    def convert(self, value: Any, param: Any, ctx: Any) -> Address:
        if isinstance(value, Address):
            return value
        try:
            return Address.parse(value)
        except ValueError:
            self.fail(f"expected address:port, found {value!r}", param, ctx)


class _DatabaseUrlType(click.ParamType[Secret]):
    name = "url"

    def convert(self, value: Any, param: Any, ctx: Any) -> Secret:
        if isinstance(value, Secret):
            return value
        try:
            return database_url(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command()
@click.option("--listen", type=_AddressType(), help="Where to listen.")
@click.option(
    "--database-url",
    type=_DatabaseUrlType(),
    help="sqlite:///file, or postgresql://user:password@host:port/database.",
)
@click.option("--workers", type=click.IntRange(1, 256), help="Processes that serve.")
@click.option(
    "--contracts",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Register the contracts of a folder first.",
)
@click.option("--quiet", is_flag=True, help="Print nothing but the log.")
def serve(contracts: Path | None, *, quiet: bool, **given: Any) -> None:
    """Start a registry and serve until told to end.

    What is not given here is taken from the environment (WIREPACT_LISTEN,
    WIREPACT_DATABASE_URL, ...), then from the defaults. A SQLite database is created
    and upgraded; a PostgreSQL one must have been upgraded by `wirepact db upgrade`.
    """
    overrides = {name: value for name, value in given.items() if value is not None}
    settings = replace(settings_of_environment(), **overrides)
    logging.config.dictConfig(_log_configuration(settings))
    _hold_safe(settings)
    settings = replace(settings, listen=_available(settings.listen))
    _bring_up_to_date(settings.database_url.reveal())
    served = {} if contracts is None else _registered(settings, contracts)

    def announce() -> None:
        if not quiet:
            is_tls = settings.tls_certificate is not None
            click.echo(greeting(settings.listen, served, is_tls=is_tls))

    # Late: --help and a wrong option must not wait for the server.
    from registry.cli import workers

    workers.run(settings, announce)


def greeting(
    listen: Address, served: Mapping[str, str], *, is_tls: bool = False
) -> str:
    """Return what a person who has started a registry wants to know.

    Args:
        listen: Where the registry answers.
        served: Subjects that were registered from a folder just now, to their texts.
        is_tls: Whether it speaks HTTPS.

    """
    host = "127.0.0.1" if listen.host in {"0.0.0.0", "::"} else listen.host  # noqa: S104 - compared only
    url = f"{'https' if is_tls else 'http'}://{Address(host, listen.port)}"
    if not served:
        return f"Wirepact answers at {url}"
    subject, text = _shown(served)
    breaking = json.dumps({"subject": subject, "schema": _breaking(text)})
    return "\n".join(
        [
            f"Wirepact answers at {url}, with {_counted(served)}. Try:",
            f"  curl {url}/subjects",
            f"  curl {url}/subjects/{_quoted(subject)}/versions/latest",
            f"  curl {url}/governance/v1/check -H 'Content-Type: application/json'"
            f" -d {shlex.quote(breaking)}",
        ]
    )


def _shown(served: Mapping[str, str]) -> tuple[str, str]:
    """Choose the last record: of that a change can be shown that people really make."""
    records = [each for each in served.items() if _record(each[1]) is not None]
    return (records or [*served.items()])[-1]


def _counted(served: Mapping[str, str]) -> str:
    return "one contract" if len(served) == 1 else f"{len(served)} contracts"


def _breaking(text: str) -> str:
    """Return a change that breaks readers; of a record, one that people really make."""
    schema = _record(text)
    if schema is None:
        return '"string"'
    name = {key: schema[key] for key in ("name", "namespace") if key in schema}
    fields = [{"name": "currency", "type": "string"}]
    return json.dumps({"type": "record", **name, "fields": fields})


def _record(text: str) -> dict[str, Any] | None:
    try:
        schema = json.loads(text)
    except ValueError:
        return None
    is_record = isinstance(schema, dict) and schema.get("type") == "record"
    return schema if is_record else None


def _quoted(subject: str) -> str:
    from urllib.parse import quote

    return quote(subject, safe="")


def _log_configuration(settings: Settings) -> dict[str, Any]:
    from registry.http import logs

    return logs.configuration(settings.log_level, settings.log_format)


def _hold_safe(settings: Settings) -> None:
    """End the command if what it was told is not safe, or cannot be done."""
    from registry.cli import exposure, tls

    try:
        exposure.check(settings)
        tls.check(settings)
    except (exposure.ExposedError, tls.TlsError) as error:
        raise click.UsageError(str(error)) from error


def _available(listen: Address) -> Address:
    from registry.cli import workers

    try:
        return workers.available(listen)
    except workers.AddressInUseError as error:
        raise click.UsageError(f"cannot listen on {error}") from error


def _bring_up_to_date(url: str) -> None:
    """Upgrade SQLite, check PostgreSQL: its upgrade is an operator's decision."""
    from registry.domain.errors import StoreUnavailableError
    from registry.storage import migrations
    from registry.storage.urls import DatabaseUrlError, without_secrets

    try:
        is_file = url.startswith("sqlite")
        state = migrations.upgrade(url) if is_file else migrations.state(url)
        database = without_secrets(url)
    except DatabaseUrlError as error:
        raise click.UsageError(str(error)) from error
    except StoreUnavailableError as error:
        raise unreachable(error) from error
    if state.level is not migrations.Level.CURRENT:
        click.echo(
            f"The database {database} {state.level.value}"
            f" (found {state.found}, needed {state.expected}):"
            f" {migrations.ADVICE[state.level]}",
            err=True,
        )
        raise SystemExit(Exit.USAGE)
    _tell_of_missing_privileges(url)


def _tell_of_missing_privileges(url: str) -> None:
    """Log what will be refused: reading may be all that a server is started for."""
    from registry.domain.errors import StoreUnavailableError
    from registry.storage import privileges

    try:
        missing = privileges.missing(url)
    except StoreUnavailableError as error:
        raise unreachable(error) from error
    if missing:
        logger.warning(
            "the role may not do all that a server does: it lacks %s; have the owner of"
            " the tables run what `wirepact db grants ROLE` prints",
            ", ".join(missing),
        )


def _registered(settings: Settings, contracts: Path) -> dict[str, str]:
    """Register a folder's contracts; what is refused is logged, and served without."""
    from registry import bootstrap
    from registry.application.stored import Origin
    from registry.domain.errors import StoreUnavailableError
    from registry.gate import folder

    origin = Origin(actor="wirepact serve", request_id="")
    try:
        with bootstrap.opened(settings) as ports:
            summary = folder.register(ports, contracts, origin, logger)
    except StoreUnavailableError as error:
        raise unreachable(error) from error
    served = (*summary.registered, *summary.unchanged)
    return {str(version.subject): version.content.text for version in served}

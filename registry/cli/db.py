"""`wirepact db`: the database's level, who may do what, copies of it, its trash."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from registry.cli.exits import Exit
from registry.cli.own_settings import settings
from registry.domain.errors import StoreUnavailableError
from registry.domain.secrets import Secret

database_url_option = click.option(
    "--database-url",
    metavar="URL",
    help="sqlite:///file, or postgresql://user:password@host:port/database."
    " By default what WIREPACT_DATABASE_URL says.",
)


@click.group()
def db() -> None:
    """Look after the database: its level, its privileges, copies of it, its trash."""


@db.command()
@database_url_option
def upgrade(database_url: str | None) -> None:
    """Apply the migrations that the database lacks; all of them, or none.

    Several may be started at once: one works, the others wait for it.
    """
    # Late: --help must not wait for the database's libraries.
    from registry.storage import migrations

    _tell(database_url, migrations.upgrade)


@db.command()
@database_url_option
def check(database_url: str | None) -> None:
    """Exit with 0 if the database is up to date, with 1 if it is not.

    3 means that it cannot be reached. Nothing is changed.
    """
    from registry.storage import migrations

    _tell(database_url, migrations.state)


@db.command()
@click.argument("role")
def grants(role: str) -> None:
    """Print the SQL that lets the PostgreSQL role ROLE serve, and no more.

    The owner of the tables runs it, after `wirepact db upgrade` and again after each
    later one. ROLE can then change neither tables, nor contents, nor what was audited.
    """
    from registry.storage import privileges

    try:
        click.echo(privileges.grants(role), nl=False)
    except privileges.RoleNameError as error:
        raise click.UsageError(str(error)) from error


@db.command()
@database_url_option
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(database_url: str | None, file: Path) -> None:
    """Copy a SQLite database into FILE while it is served.

    FILE is replaced as a whole when the copy has been checked. To restore it, stop the
    server and put it in the place of the database.
    """
    from registry.storage.backup import DamagedError, back_up
    from registry.storage.urls import DatabaseUrlError

    try:
        size = back_up(database_url or settings().database_url.reveal(), file)
    except DatabaseUrlError as error:
        raise click.UsageError(str(error)) from error
    except StoreUnavailableError as error:
        raise unreachable(error) from error
    except DamagedError as error:
        click.echo(f"{file} was not written: the copy is damaged: {error}", err=True)
        raise SystemExit(Exit.FINDINGS) from error
    except OSError as error:
        click.echo(f"{file} was not written: {error.strerror}", err=True)
        raise SystemExit(Exit.USAGE) from error
    click.echo(f"{file}: {size} bytes, checked")


@db.command()
@database_url_option
@click.option(
    "--retention-days",
    type=click.IntRange(0, 36_500),
    help="Remove what was deleted so many days ago.  [WIREPACT_TRASH_RETENTION_DAYS]",
)
def purge(database_url: str | None, retention_days: int | None) -> None:
    """Remove for good what was soft-deleted long enough ago.

    What a schema refers to stays, and so does all that is in a read-only subject.
    """
    given = settings()
    if database_url is not None:
        given = replace(given, database_url=Secret(database_url))
    days = given.trash_retention_days if retention_days is None else retention_days
    if days is None:
        raise click.UsageError(
            "say how old: --retention-days, or WIREPACT_TRASH_RETENTION_DAYS"
        )
    hold_current(given.database_url.reveal())
    from registry import bootstrap
    from registry.application import trash
    from registry.application.stored import Origin

    origin = Origin(actor="wirepact db purge", request_id="")
    try:
        with bootstrap.opened(given) as ports:
            gone = trash.purge(ports, days, origin)
    except StoreUnavailableError as error:
        raise unreachable(error) from error
    for each in gone:
        click.echo(f"{each.subject} version {each.version}")
    click.echo(f"{len(gone)} removed for good.", err=True)


def hold_current(url: str) -> None:
    """End the command unless the database is at the level of this release."""
    from registry.storage import migrations
    from registry.storage.migrations import ADVICE, Level
    from registry.storage.urls import DatabaseUrlError, without_secrets

    try:
        state = migrations.state(url)
        found = f"{without_secrets(url)} {state.level.value}"
    except DatabaseUrlError as error:
        raise click.UsageError(str(error)) from error
    except StoreUnavailableError as error:
        raise unreachable(error) from error
    if state.level is not Level.CURRENT:
        click.echo(f"{found}: {ADVICE[state.level]}.", err=True)
        raise SystemExit(Exit.FINDINGS)


def unreachable(error: StoreUnavailableError) -> SystemExit:
    """Say that there is no database, or none for this role, and return how to end."""
    from registry.storage.faults import PrivilegeMissingError

    if isinstance(error, PrivilegeMissingError):
        click.echo(
            f"The database refuses this role ({error.reason}): {error.advice}.",
            err=True,
        )
        return SystemExit(Exit.USAGE)
    click.echo(f"The database cannot be reached: {error.__cause__}", err=True)
    return SystemExit(Exit.UNAVAILABLE)


def _tell(given_url: str | None, act: Callable[[str], Any]) -> None:
    """Print the state that an act leaves a database in, and exit accordingly."""
    from registry.storage.migrations import ADVICE
    from registry.storage.urls import DatabaseUrlError, without_secrets

    url = given_url or settings().database_url.reveal()
    try:
        state = act(url)
        found = f"{without_secrets(url)} {state.level.value}"
    except DatabaseUrlError as error:
        raise click.UsageError(str(error)) from error
    except StoreUnavailableError as error:
        raise unreachable(error) from error
    advice = ADVICE.get(state.level)
    if advice is None:
        click.echo(f"{found}.")
        return
    click.echo(f"{found}: {advice}.", err=True)
    raise SystemExit(Exit.FINDINGS)

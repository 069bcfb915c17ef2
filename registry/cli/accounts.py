"""What `wirepact token` and `wirepact user` have in common: the database itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from registry.application.ports import Ports
from registry.cli.db import hold_current, unreachable
from registry.cli.exits import Exit, fail
from registry.cli.own_settings import settings
from registry.domain.accounts import AccountError
from registry.domain.errors import StoreUnavailableError
from registry.domain.secrets import Secret


@contextmanager
def opened(database_url: str | None) -> Iterator[Ports]:
    """Open the ports of a database; what is refused ends the command.

    Args:
        database_url: None for what the environment says.

    """
    given = settings()
    if database_url is not None:
        given = replace(given, database_url=Secret(database_url))
    hold_current(given.database_url.reveal())
    # Late: --help must not wait for the database's libraries.
    from registry import bootstrap

    try:
        with bootstrap.opened(given) as ports:
            yield ports
    except AccountError as error:
        fail(Exit.FINDINGS, f"{error}.")
    except StoreUnavailableError as error:
        raise unreachable(error) from error


def day(at_ms: int | None, never: str) -> str:
    """Return a time as people read it, to the minute."""
    if at_ms is None:
        return never
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"

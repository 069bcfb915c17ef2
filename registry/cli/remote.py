"""What commands that talk to a registry have in common: its address, its answers."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

import click

from registry.cli.exits import Exit, fail
from wirepact import RegistryClient
from wirepact.auth import BasicAuth, BearerAuth, Credentials, Tls
from wirepact.cache import CachePolicy
from wirepact.cli.environment import SecretOption
from wirepact.errors import (
    AccessDeniedError,
    AuthenticationError,
    RegistryResponseError,
    RegistryUnavailableError,
    WirepactError,
)
from wirepact.retry import RetryPolicy

Command = TypeVar("Command", bound=Callable[..., Any])

UNKNOWN: Final = frozenset({404, 405, 501})
"""How registries answer where they offer nothing."""

_MOST_ANSWER_BYTES: Final = 512 * 1024 * 1024
_NOTHING_KEPT: Final = CachePolicy(memory_bytes=0, latest_ttl_s=0.0, missing_ttl_s=0.0)


class Remote:
    """Where a registry is, and who asks."""

    def __init__(
        self,
        urls: tuple[str, ...],
        token: str | None,
        user: str | None,
        ca_file: Path | None,
        context: str = ".",
    ) -> None:
        self._urls = urls
        self._token = token
        self._user = user
        self._ca_file = ca_file
        self.context = context

    @contextmanager
    def client(self) -> Iterator[RegistryClient]:
        """Open a client; its errors end the command, each with its own status."""
        try:
            client = RegistryClient(
                [*self._urls],
                auth=self._credentials(),
                context=self.context,
                tls=None if self._ca_file is None else Tls(ca_file=self._ca_file),
                cache=_NOTHING_KEPT,
                retries=RetryPolicy(read_timeout_s=60, total_timeout_s=120),
                max_answer_bytes=_MOST_ANSWER_BYTES,
            )
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        with client, told():
            yield client

    def qualified(self, subject: str) -> str:
        """Put a bare subject into the context; a qualified one stays where it is."""
        context = f".{self.context.strip(':').removeprefix('.')}"
        if context == "." or subject.startswith(":."):
            return subject
        return f":{context}:{subject}"

    def _credentials(self) -> Credentials | None:
        if self._token:
            return BearerAuth(self._token)
        if not self._user:
            return None
        name, _, password = self._user.partition(":")
        return BasicAuth(name, password)


def is_unknown(error: RegistryResponseError) -> bool:
    """Say whether a registry does not know the path, rather than what it names."""
    return error.status in UNKNOWN and error.code == error.status


@contextmanager
def told() -> Iterator[None]:
    """End the command with a sentence and a status when a registry does not do it.

    1 for what it refuses, 3 when it cannot be reached, lets this caller not do it, or
    does not offer it: then it says nothing of the contracts.
    """
    try:
        yield
    except RegistryUnavailableError as error:
        fail(Exit.UNAVAILABLE, f"registry unavailable: {error}")
    except (AuthenticationError, AccessDeniedError) as error:
        fail(Exit.UNAVAILABLE, f"not allowed: {error}")
    except RegistryResponseError as error:
        if is_unknown(error):
            told = f"refused: {error}; this registry does not offer that"
            fail(Exit.UNAVAILABLE, told)
        fail(Exit.FINDINGS, f"refused: {error}")
    except WirepactError as error:
        fail(Exit.USAGE, str(error))


def quoted(segment: str) -> str:
    """Percent-encode a segment of a path; a subject may well have slashes."""
    if segment in {".", ".."}:
        return segment.replace(".", "%2E")
    return quote(segment, safe="")


def options(command: Command) -> Command:
    """Add the options of a command that talks to one registry; it gets a `remote`."""

    @functools.wraps(command)
    def with_remote(
        *args: Any,
        urls: tuple[str, ...],
        token: str | None,
        user: str | None,
        ca_file: Path | None,
        context: str,
        **given: Any,
    ) -> Any:
        remote = Remote(urls, token, user, ca_file, context)
        return command(*args, remote=remote, **given)

    found: Any = with_remote
    for option in reversed(_OPTIONS):
        found = option(found)
    command_with_options: Command = found
    return command_with_options


_OPTIONS: Final = (
    click.option(
        "--url",
        "urls",
        multiple=True,
        required=True,
        cls=SecretOption,
        envvar="WIREPACT_URL",
        help="The registry; several times for several equal servers.  [WIREPACT_URL]",
    ),
    click.option(
        "--context",
        default=".",
        envvar="WIREPACT_CONTEXT",
        help="Where bare subjects are.  [WIREPACT_CONTEXT]",
    ),
    click.option(
        "--token",
        cls=SecretOption,
        envvar="WIREPACT_TOKEN",
        help="A bearer token; better by WIREPACT_TOKEN, or a file that"
        " WIREPACT_TOKEN_FILE names, as processes see arguments.",
    ),
    click.option(
        "--user",
        cls=SecretOption,
        envvar="WIREPACT_USER",
        help="name:password; better by WIREPACT_USER, or a file that WIREPACT_USER_FILE"
        " names.",
    ),
    click.option(
        "--ca-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        envvar="WIREPACT_CA_FILE",
        help="Certificates of the authorities to trust.  [WIREPACT_CA_FILE]",
    ),
)

"""What all commands for dead letters are told: where they are, and which are meant."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import IntEnum
from functools import wraps
from pathlib import Path
from typing import Any, Final, NoReturn

import click

from wirepact import durations
from wirepact.cli.brokers import connect
from wirepact.cli.environment import SecretOption
from wirepact.cli.harmless import harmless
from wirepact.dead_letter import DeadLetters
from wirepact.errors import (
    AccessDeniedError,
    AuthenticationError,
    OutageError,
    RegistryUnavailableError,
    WirepactError,
)
from wirepact.redriving import Criteria, Plan
from wirepact.retrying import Reason
from wirepact.transports.port import Transport


class Exit(IntEnum):
    """Exit codes; part of the interface."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    UNAVAILABLE = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where dead letters are, and how the answer looks.

    Attributes:
        is_json: A JSON document for each letter, each in a line.

    """

    transport: Transport
    plan: Plan
    is_json: bool

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Transport]:
        """Connect, for the length of a block."""
        try:
            await self.transport.open()
            yield self.transport
        finally:
            await self.transport.close()

    def say(self, told: str) -> None:
        """Say something beside the answer."""
        click.echo(told, err=True)


class Duration(click.ParamType[float]):
    """A length of time as people write it."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        try:
            return durations.seconds(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Key(click.ParamType[bytes]):
    """A key: text, or bytes in hexadecimal after `0x`."""

    name = "key"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        if isinstance(value, bytes):
            return value
        if not value.startswith("0x"):
            return str(value).encode()
        try:
            return bytes.fromhex(value[2:])
        except ValueError:
            self.fail(f"{value} has no hexadecimal digits after 0x", param, ctx)


Command = Callable[..., None]

_FILTERS: Final = (
    click.option(
        "--reason",
        "reasons",
        multiple=True,
        type=click.Choice([each.value for each in Reason]),
        help="Only those dead for this; several times for several.",
    ),
    click.option(
        "--exception", default="", help="Only of exceptions with this in their type."
    ),
    click.option("--schema-id", default="", help="Only of this schema id or GUID."),
    click.option("--handler", default="", help="Only of this handler."),
    click.option("--older-than", type=Duration(), help="Only dead for longer: 1h, 2d."),
    click.option("--newer-than", type=Duration(), help="Only dead for less."),
    click.option("--key", type=Key(), help="Only of this key; bytes as 0x0aff."),
    click.option("--id", "message_id", default="", help="Only the message of this id."),
)
_PLACE: Final = (
    click.argument("topic"),
    click.option(
        "--group",
        help="Whose dead letters of TOPIC; without it TOPIC is that of dead letters.",
    ),
    click.option(
        "--broker",
        required=True,
        cls=SecretOption,
        envvar="WIREPACT_BROKER",
        help="kafka://, amqp://, nats:// or redis://host:port; kafkas://, amqps://, tls://"
        " or rediss:// for TLS. With a password in it, better by a file that"
        " WIREPACT_BROKER_FILE names.  [WIREPACT_BROKER]",
    ),
    click.option(
        "--broker-ca",
        envvar="WIREPACT_BROKER_CA",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Whom to trust for TLS, in PEM.  [WIREPACT_BROKER_CA]",
    ),
    click.option(
        "--mechanism",
        default="",
        type=click.Choice(["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]),
        help="How Kafka is shown the name and the password; SCRAM-SHA-512.",
    ),
    click.option("--json", "is_json", is_flag=True, help="A JSON document for each."),
)
_REGISTRY: Final = (
    click.option(
        "--url",
        "urls",
        multiple=True,
        cls=SecretOption,
        envvar="WIREPACT_URL",
        help="The registry; several times for several equal servers.  [WIREPACT_URL]",
    ),
    click.option(
        "--context", default=".", envvar="WIREPACT_CONTEXT", help="Where subjects are."
    ),
    click.option(
        "--token",
        cls=SecretOption,
        envvar="WIREPACT_TOKEN",
        help="A bearer token; better by WIREPACT_TOKEN, or a file that"
        " WIREPACT_TOKEN_FILE names, as processes see arguments.",
    ),
)


def placed(command: Command) -> Command:
    """Give a command its `Place` for what says where it is and what is meant."""

    @click.pass_obj
    @wraps(command)
    def run(
        given: Transport | None,
        /,
        *,
        topic: str,
        group: str | None,
        broker: str,
        broker_ca: Path | None,
        mechanism: str,
        is_json: bool,
        limit: int | None,
        reasons: tuple[str, ...],
        exception: str,
        schema_id: str,
        handler: str,
        older_than: float | None,
        newer_than: float | None,
        key: bytes | None,
        message_id: str,
        **rest: Any,
    ) -> None:
        criteria = Criteria(
            reasons,
            exception,
            schema_id,
            handler,
            key,
            message_id,
            older_than,
            newer_than,
        )
        name = DeadLetters().topic_of(topic, group) if group else topic
        plan = Plan(name, criteria, limit)
        try:
            transport = given or connect(broker, ca_file=broker_ca, mechanism=mechanism)
            command(Place(transport, plan, is_json), **rest)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        except (OutageError, RegistryUnavailableError) as error:
            fail(Exit.UNAVAILABLE, f"{error}\nWhat was not settled is still there.")
        except (AuthenticationError, AccessDeniedError) as error:
            fail(Exit.USAGE, str(error))
        except (WirepactError, OSError) as error:
            fail(Exit.REFUSED, str(error))

    found: Command = run
    for option in reversed((*_PLACE, *_FILTERS)):
        found = option(found)
    return found


def asking(command: Command) -> Command:
    for option in reversed(_REGISTRY):
        command = option(command)
    return command


def limited(usual: int | None) -> Callable[[Command], Command]:
    shown = "no limit" if usual is None else str(usual)
    return click.option(
        "--limit",
        type=click.IntRange(min=1),
        default=usual,
        help=f"The most that are taken.  [{shown}]",
    )


def fail(code: Exit, message: str) -> NoReturn:
    click.echo(harmless(message), err=True)
    raise SystemExit(code)

"""The brokers that a command is told of by a URL."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from wirepact.auth import Tls
from wirepact.transports.port import Transport

_MOST_IN_HAND: Final = 60_000
# After so long, what was on its way to a command that has ended comes to the next one,
# which has the patience for it.
_ACK_WAIT_S: Final = 10.0


def connect(url: str, *, ca_file: Path | None = None, mechanism: str = "") -> Transport:
    """Return a transport that is not yet open.

    Args:
        url: `kafka://`, `amqp://`, `nats://` or `redis://`, or `kafkas://`, `amqps://`,
            `tls://` or `rediss://` for TLS; a name and a password may be in it, and
            several hosts for Kafka and NATS, separated by commas.
        ca_file: Whom to trust; None for the authorities of the system.
        mechanism: How Kafka is shown the name and the password.

    Raises:
        ValueError: It is none of these; the message shows no password.
        MissingExtraError: The broker's library is not installed.

    """
    scheme = url.partition("://")[0]
    made = _BROKERS.get(scheme)
    if made is None:
        known = ", ".join(f"{name}://" for name in _BROKERS)
        raise ValueError(f"the broker's URL has to begin with one of {known}")
    if ca_file is not None and scheme not in _ENCRYPTED:
        raise ValueError(f"{scheme}:// is in clear text, and a CA file is given")
    return made(url, ca_file, mechanism)


def _kafka(url: str, ca_file: Path | None, mechanism: str) -> Transport:
    options = import_module("wirepact.transports.kafka_options")
    scheme, _, rest = url.partition("://")
    login, _, servers = rest.rstrip("/").rpartition("@")
    if not servers or any(sign in servers for sign in "/?#"):
        raise ValueError("the broker's URL has to be like kafka://host:9092,host:9092")
    given: dict[str, Any] = {
        # A topic with a slip in its name is not made.
        "options": options.KafkaOptions(new_topic_partitions=None)
    }
    if scheme == "kafkas":
        given["tls"] = options.Tls(authority=ca_file)
    if login:
        user, _, password = login.partition(":")
        kind = options.Mechanism(mechanism or options.Mechanism.SCRAM_SHA_512)
        given["sasl"] = options.Sasl(
            user=unquote(user), password=unquote(password), mechanism=kind
        )
    found: Transport = import_module("wirepact.transports.kafka").Kafka(
        servers, **given
    )
    return found


def _rabbitmq(url: str, ca_file: Path | None, _mechanism: str) -> Transport:
    made = import_module("wirepact.transports.rabbitmq").RabbitMq
    found: Transport = made(url, tls=_tls(ca_file), prefetch=_MOST_IN_HAND)
    return found


def _nats(url: str, ca_file: Path | None, _mechanism: str) -> Transport:
    made = import_module("wirepact.transports.nats").Nats
    scheme, _, hosts = url.partition("://")
    login, at, hosts = hosts.rpartition("@")
    urls = [f"{scheme}://{login}{at}{host}" for host in hosts.split(",")]
    found: Transport = made(
        *urls, tls=_tls(ca_file), max_ack_pending=_MOST_IN_HAND, ack_wait_s=_ACK_WAIT_S
    )
    return found


def _redis(url: str, ca_file: Path | None, _mechanism: str) -> Transport:
    found: Transport = import_module("wirepact.transports.redis").Redis(
        url, tls=_tls(ca_file)
    )
    return found


def _tls(ca_file: Path | None) -> Tls | None:
    return None if ca_file is None else Tls(ca_file=ca_file)


_BROKERS: Final[Mapping[str, Callable[[str, Path | None, str], Transport]]] = {
    "kafka": _kafka,
    "kafkas": _kafka,
    "amqp": _rabbitmq,
    "amqps": _rabbitmq,
    "nats": _nats,
    "tls": _nats,
    "redis": _redis,
    "rediss": _redis,
}
_ENCRYPTED: Final = frozenset({"kafkas", "amqps", "tls", "rediss"})

"""What both transports for Kafka are told: how to be let in, and how to behave."""

import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Compression(StrEnum):
    """How batches are packed; some need a package of their own with aiokafka."""

    GZIP = "gzip"
    SNAPPY = "snappy"
    LZ4 = "lz4"
    ZSTD = "zstd"


class Mechanism(StrEnum):
    """How a name and a password are shown."""

    PLAIN = "PLAIN"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    SCRAM_SHA_512 = "SCRAM-SHA-512"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Encrypt, and trust only whom an authority has certified for the broker's name.

    Attributes:
        authority: A file of certificates in PEM; None for those of the system.
        certificate: This client's own, in PEM, where the broker asks for one.
        key: Its key; None if the certificate's file has it.
        key_password: For a key that is encrypted.

    """

    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    key_password: str | None = field(default=None, repr=False)

    def context(self) -> ssl.SSLContext:
        """Load the files.

        Raises:
            OSError: One cannot be read, or is not what it should be.

        """
        context = ssl.create_default_context(cafile=self.authority)
        if self.certificate is not None:
            context.load_cert_chain(self.certificate, self.key, self.key_password)
        return context


@dataclass(frozen=True, slots=True)
class Sasl:
    """Who this is. Without `Tls`, the broker is not known, and PLAIN can be read."""

    user: str
    password: str = field(repr=False)
    mechanism: Mechanism = Mechanism.SCRAM_SHA_512


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaOptions:
    """How a transport behaves; what is here serves most.

    Attributes:
        client_id: What the broker's logs and quotas know this client by.
        new_topic_partitions: How many partitions a topic gets that is sent to or
            subscribed to and does not exist; None to make none, and refuse.
        new_topic_replicas: How many copies it gets; None for the broker's default.
        compression: None to send as it is.
        linger_s: How long a record waits for others to be sent with, when none of its
            topic are under way; those that come meanwhile go together in any case.
        max_request_bytes: The largest record and the largest batch that is sent; the
            broker's and the topic's own limits count as well.
        send_timeout_s: How long `send` waits until the broker has all.
        session_timeout_s: After how long without a sign of life a member is dead to
            its group; the event loop's tasks may block it for less.
        revoke_timeout_s: How long a rebalance waits for what is in hand. Handlers
            that take longer may run twice.
        commit_interval_s: How long an acknowledgement may wait, to be told to the
            broker with others.
        fetch_max_bytes: How much is asked of a broker at once, and held ready.

    """

    client_id: str = "wirepact"
    new_topic_partitions: int | None = 3
    new_topic_replicas: int | None = None
    compression: Compression | None = None
    linger_s: float = 0.0
    max_request_bytes: int = 1_000_000
    send_timeout_s: float = 30
    session_timeout_s: float = 10
    revoke_timeout_s: float = 30
    commit_interval_s: float = 0.1
    fetch_max_bytes: int = 16 * 1024 * 1024


DEFAULT = KafkaOptions()


def protocol_of(tls: Tls | None, sasl: Sasl | None) -> str:
    """Return Kafka's name for a way to be let in."""
    plain = "PLAINTEXT" if tls is None else "SSL"
    if sasl is None:
        return plain
    return f"SASL_{plain}"

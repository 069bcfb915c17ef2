"""What the environment says, as a value."""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit

from registry.domain.errors import InvalidLevelError
from registry.domain.levels import Level
from registry.domain.secrets import Secret

T = TypeVar("T")
Network = IPv4Network | IPv6Network

PREFIX: Final = "WIREPACT_"

# What Kubernetes tells every pod about a service called wirepact. A service link must
# never break the start, so no setting of ours has a name of this form.
_INJECTED: Final = re.compile(r"(.+_)?(SERVICE_(HOST|PORT.*)|PORT(_.*)?)")

IN_FILE: Final = "_FILE"
"""Ends the name of a variable that says in which file a secret stands."""

# The SDK and the commands read these; they may well be set where a server runs.
_SECRETS_OF_THE_CLIENT: Final = (
    "BROKER",
    "FROM_TOKEN",
    "FROM_URL",
    "FROM_USER",
    "TOKEN",
    "URL",
    "USER",
)
_OF_THE_CLIENT: Final = frozenset(
    {
        "BROKER_CA",
        "CA_FILE",
        "CONTEXT",
        "ENVIRONMENT",
        "FORMAT_SCHEMAS",
        "OWNER",
        *_SECRETS_OF_THE_CLIENT,
        *(f"{name}{IN_FILE}" for name in _SECRETS_OF_THE_CLIENT),
    }
)

CLIENT_CERTIFICATES: Final = ("required", "optional")

_FLAGS: Final = {
    **dict.fromkeys(("true", "yes", "on"), True),
    **dict.fromkeys(("false", "no", "off"), False),
}
# A proxy that sets none of these would hand on what the client has sent.
_HEADERS_OF_CLIENTS: Final = frozenset(
    {"accept", "authorization", "content-type", "cookie", "host", "user-agent"}
)

LOG_FORMATS: Final = ("json", "text")
LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")

_MIB: Final = 1024 * 1024
_UNITS: Final = {"": 1, "kib": 1024, "mib": _MIB, "gib": 1024 * _MIB}
_DATABASE_URL: Final = Secret("sqlite:///wirepact.db")
_LEAST_OF_BODIES: Final = 64 * _MIB
"""The longest body that any request may have."""
_LEAST_TO_COMPILE: Final = 64 * _MIB
"""A compiler that has less does not even start."""
_LONGEST_SECRET: Final = 64 * 1024
_MOST_FAILURES: Final = 10_000
_MOST_VERSIONS: Final = 1_000_000
_FAILURES: Final = f"1 to {_MOST_FAILURES}"
_A_RATE: Final = "1 to 1000000, or off"
_A_FILE: Final = "the path of a file"
_AN_HTTPS_URL: Final = "https://host/path"
_A_CLAIM: Final = "the name of a claim"
_A_SIZE: Final = "a number of bytes, or one with KiB, MiB or GiB"
_A_LARGE_SIZE: Final = f"{_A_SIZE}; at least 64 MiB"
_THIS_MACHINE: Final = "localhost"
_LISTEN: Final = "address:port, such as 127.0.0.1:8081"


class SettingsError(Exception):
    """A variable is unknown, or its value cannot be used. The message names it."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen.

    Attributes:
        host: An IP address; an IPv6 one without brackets.
        port: 0 for one that the system chooses.

    """

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read `127.0.0.1:port`, `localhost:port`, `[::1]:port` or `:port` (all)."""
        host, colon, port = text.rpartition(":")
        number = int(port)
        is_bare_ipv6 = ":" in host and not host.startswith("[")
        if not colon or not 0 <= number <= 65535 or is_bare_ipv6:
            raise ValueError(text)
        host = host.strip("[]") or "0.0.0.0"  # noqa: S104 - asked for
        if host.lower() == _THIS_MACHINE:
            host = "127.0.0.1"
        # The server binds to addresses; what a resolver makes of a name may change.
        return cls(str(ip_address(host)), number)

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        return ip_address(self.host).is_loopback

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a server is to run.

    Attributes:
        allow_anyone: Whether to listen beyond this machine without authentication, so
            that whoever reaches the port may read and change everything.
        tls_certificate: A file with the server's certificate and those that lead to its
            authority, as PEM; with it, HTTPS alone is spoken.
        tls_key: A file with the certificate's key, as PEM, without a passphrase; by
            default it is looked for in the certificate's file.
        tls_client_ca: A file with the authorities whose clients may connect.
        tls_client_certificates: Whether clients have to show one of theirs.
        reads_per_second: How often a client may read, twice as often for a moment. This
            and the next: unless set, limited once clients say who they are.
        writes_per_second: Likewise, register and change.
        checks_per_second: Likewise, have compatibility checked.
        checks_at_once: How many checks of a client may run at the same time.
        database_url: `sqlite:///file` or `postgresql://…`; may hold a password.
        authentication: Whether clients have to say who they are: on for all that is not
            tried out on one machine.
        anonymous_read: Whether who says nothing may read.
        failed_logins_per_account: So many wrong passwords in five minutes lock an
            account for a while for the address that they come from, and twenty times
            as many for all but those from which its password has come before.
        failed_logins_per_address: So many lock an address; people may share one.
        oidc_issuer: The identity provider whose tokens are accepted, as they name it.
        oidc_audience: What they have to be issued for.
        oidc_keys_url: Where the provider's keys are; by default it is asked for that.
        oidc_ca_file: The authorities that its certificate is checked against, as PEM;
            by default those of the system.
        oidc_name_claim: The claim that says whom a token stands for; known here with
            `oidc:` in front.
        oidc_groups_claim: The claim that says to which groups they belong.
        client_certificate_header: The header field in which a trusted proxy hands on
            the subject of a client's certificate.
        trusted_proxies: Whose `X-Forwarded-For` is believed: addresses and networks.
        workers: Processes that serve; each has its own cache.
        default_level: What holds for subjects where nobody has set a level.
        mode_mutability: Whether modes may be changed.
        cache_bytes: The most that the encoded answers of one worker may occupy.
        parse_cache_bytes: Likewise for parsed schemas.
        max_schema_bytes: The longest schema text that is accepted.
        max_versions_per_subject: How many versions a subject may have, soft-deleted
            ones included.
        handler_seconds: How long a request may take, once it is read; then it is given
            up, and what it has not committed yet is rolled back.
        body_bytes: The most that the bodies of all requests which one worker answers
            may occupy, but for the first 64 KiB of each; who comes with more is told to
            try again.
        compare_seconds: About how long comparing one schema with the history of its
            subject may take; work is counted, not timed, so that a busy server finds
            what any other finds. What takes longer is refused.
        compile_seconds: How long a Protobuf schema may take to compile.
        compile_queue_seconds: How long a request waits for its turn to compile one.
        compile_memory_bytes: The most memory that a compiler may take.
        drain_seconds: How long SIGTERM leaves the server answering while it already
            reports that it is not ready, so that load balancers move on first.
        trash_retention_days: After how many days what was soft-deleted is removed for
            good, unless something refers to it; None for never.
        log_level: The standard library's name of the lowest level that is written.
        log_format: `json` or `text`.

    """

    listen: Address = Address("127.0.0.1", 8081)
    allow_anyone: bool = False
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_client_ca: Path | None = None
    tls_client_certificates: str = "required"
    reads_per_second: int | None = None
    writes_per_second: int | None = None
    checks_per_second: int | None = None
    checks_at_once: int | None = None
    database_url: Secret = _DATABASE_URL
    authentication: bool = False
    anonymous_read: bool = False
    failed_logins_per_account: int = 5
    failed_logins_per_address: int = 20
    oidc_issuer: str | None = None
    oidc_audience: str | None = None
    oidc_keys_url: str | None = None
    oidc_ca_file: Path | None = None
    oidc_name_claim: str = "sub"
    oidc_groups_claim: str = "groups"
    client_certificate_header: str | None = None
    trusted_proxies: tuple[Network, ...] = ()
    workers: int = 1
    default_level: Level = Level.BACKWARD
    mode_mutability: bool = True
    cache_bytes: int = 256 * _MIB
    parse_cache_bytes: int = 64 * _MIB
    max_schema_bytes: int = _MIB
    max_versions_per_subject: int = 10_000
    compare_seconds: int = 2
    compile_seconds: int = 2
    compile_queue_seconds: int = 5
    compile_memory_bytes: int = 512 * _MIB
    handler_seconds: int = 15
    body_bytes: int = 256 * _MIB
    drain_seconds: int = 5
    trash_retention_days: int | None = None
    log_level: str = "INFO"
    log_format: str = "text"


DEFAULTS: Final = Settings()
"""What holds where the environment is silent."""


def load(environ: Mapping[str, str]) -> Settings:
    """Read the WIREPACT_* variables.

    Raises:
        SettingsError: A variable is unknown, or its value does not parse.

    """
    variables = _Variables(environ)
    take = variables.take
    settings = Settings(
        listen=take("LISTEN", Address.parse, DEFAULTS.listen, _LISTEN),
        allow_anyone=take("ALLOW_ANYONE", _flag, DEFAULTS.allow_anyone, "yes or no"),
        tls_certificate=take("TLS_CERTIFICATE", _path, None, _A_FILE),
        tls_key=take("TLS_KEY", _path, None, _A_FILE),
        tls_client_ca=take("TLS_CLIENT_CA", _path, None, _A_FILE),
        tls_client_certificates=take(
            "TLS_CLIENT_CERTIFICATES",
            _one_of(CLIENT_CERTIFICATES),
            DEFAULTS.tls_client_certificates,
            " or ".join(CLIENT_CERTIFICATES),
        ),
        reads_per_second=take("READS_PER_SECOND", _rate, None, _A_RATE),
        writes_per_second=take("WRITES_PER_SECOND", _rate, None, _A_RATE),
        checks_per_second=take("CHECKS_PER_SECOND", _rate, None, _A_RATE),
        checks_at_once=take("CHECKS_AT_ONCE", _rate, None, _A_RATE),
        database_url=variables.take_secret(
            "DATABASE_URL",
            database_url,
            DEFAULTS.database_url,
            "sqlite:///file or postgresql://user:password@host:port/database",
        ),
        authentication=take(
            "AUTHENTICATION", _flag, DEFAULTS.authentication, "on or off"
        ),
        anonymous_read=take(
            "ANONYMOUS_READ", _flag, DEFAULTS.anonymous_read, "on or off"
        ),
        failed_logins_per_account=take(
            "FAILED_LOGINS_PER_ACCOUNT",
            _between(1, _MOST_FAILURES),
            DEFAULTS.failed_logins_per_account,
            _FAILURES,
        ),
        failed_logins_per_address=take(
            "FAILED_LOGINS_PER_ADDRESS",
            _between(1, _MOST_FAILURES),
            DEFAULTS.failed_logins_per_address,
            _FAILURES,
        ),
        oidc_issuer=take("OIDC_ISSUER", _https_url, None, _AN_HTTPS_URL),
        oidc_audience=take("OIDC_AUDIENCE", _word, None, "a text"),
        oidc_keys_url=take("OIDC_KEYS_URL", _https_url, None, _AN_HTTPS_URL),
        oidc_ca_file=take("OIDC_CA_FILE", _path, None, _A_FILE),
        oidc_name_claim=take(
            "OIDC_NAME_CLAIM", _word, DEFAULTS.oidc_name_claim, _A_CLAIM
        ),
        oidc_groups_claim=take(
            "OIDC_GROUPS_CLAIM", _word, DEFAULTS.oidc_groups_claim, _A_CLAIM
        ),
        client_certificate_header=take(
            "CLIENT_CERTIFICATE_HEADER",
            _header_name,
            None,
            "the name of a header field, but of none that clients send anyway",
        ),
        trusted_proxies=take(
            "TRUSTED_PROXIES",
            _networks,
            DEFAULTS.trusted_proxies,
            "addresses or networks, separated by commas: 10.0.0.7, 10.1.0.0/16",
        ),
        workers=take("WORKERS", _between(1, 256), DEFAULTS.workers, "1 to 256"),
        default_level=take(
            "DEFAULT_LEVEL",
            Level.parse,
            DEFAULTS.default_level,
            f"one of {', '.join(Level.__members__)}",
        ),
        mode_mutability=take(
            "MODE_MUTABILITY", _flag, DEFAULTS.mode_mutability, "true or false"
        ),
        cache_bytes=take("CACHE_BYTES", _size, DEFAULTS.cache_bytes, _A_SIZE),
        parse_cache_bytes=take(
            "PARSE_CACHE_BYTES", _size, DEFAULTS.parse_cache_bytes, _A_SIZE
        ),
        max_schema_bytes=take(
            "MAX_SCHEMA_BYTES", _size, DEFAULTS.max_schema_bytes, _A_SIZE
        ),
        handler_seconds=take(
            "HANDLER_SECONDS", _between(1, 600), DEFAULTS.handler_seconds, "1 to 600"
        ),
        body_bytes=take(
            "BODY_BYTES",
            _at_least(_LEAST_OF_BODIES),
            DEFAULTS.body_bytes,
            _A_LARGE_SIZE,
        ),
        max_versions_per_subject=take(
            "MAX_VERSIONS_PER_SUBJECT",
            _between(1, _MOST_VERSIONS),
            DEFAULTS.max_versions_per_subject,
            f"1 to {_MOST_VERSIONS}",
        ),
        compare_seconds=take(
            "COMPARE_SECONDS", _between(1, 600), DEFAULTS.compare_seconds, "1 to 600"
        ),
        compile_seconds=take(
            "COMPILE_SECONDS", _between(1, 600), DEFAULTS.compile_seconds, "1 to 600"
        ),
        compile_queue_seconds=take(
            "COMPILE_QUEUE_SECONDS",
            _between(0, 600),
            DEFAULTS.compile_queue_seconds,
            "0 to 600",
        ),
        compile_memory_bytes=take(
            "COMPILE_MEMORY_BYTES",
            _at_least(_LEAST_TO_COMPILE),
            DEFAULTS.compile_memory_bytes,
            _A_LARGE_SIZE,
        ),
        drain_seconds=take(
            "DRAIN_SECONDS", _between(0, 600), DEFAULTS.drain_seconds, "0 to 600"
        ),
        trash_retention_days=take(
            "TRASH_RETENTION_DAYS",
            _days_or_off,
            DEFAULTS.trash_retention_days,
            "1 to 36500 days, or off",
        ),
        log_level=take(
            "LOG_LEVEL",
            _one_of(LOG_LEVELS),
            DEFAULTS.log_level,
            f"one of {', '.join(LOG_LEVELS)}",
        ),
        log_format=take(
            "LOG_FORMAT",
            _one_of(LOG_FORMATS),
            DEFAULTS.log_format,
            f"one of {', '.join(LOG_FORMATS)}",
        ),
    )
    variables.hold_empty()
    _hold_together(settings)
    return settings


def _hold_together(settings: Settings) -> None:
    """Refuse what means nothing, or less than it seems, without something else.

    Raises:
        SettingsError: The first such setting, and what it needs.

    """
    asks = settings.authentication
    needs = (
        ("ANONYMOUS_READ", settings.anonymous_read, "AUTHENTICATION=on", asks),
        ("OIDC_ISSUER", settings.oidc_issuer, "AUTHENTICATION=on", asks),
        ("OIDC_ISSUER", settings.oidc_issuer, "OIDC_AUDIENCE", settings.oidc_audience),
        ("OIDC_AUDIENCE", settings.oidc_audience, "OIDC_ISSUER", settings.oidc_issuer),
        ("OIDC_KEYS_URL", settings.oidc_keys_url, "OIDC_ISSUER", settings.oidc_issuer),
        (
            *("CLIENT_CERTIFICATE_HEADER", settings.client_certificate_header),
            *("AUTHENTICATION=on", asks),
        ),
        (
            *("CLIENT_CERTIFICATE_HEADER", settings.client_certificate_header),
            *("TRUSTED_PROXIES", settings.trusted_proxies),
        ),
    )
    for name, given, needed, is_there in needs:
        if given and not is_there:
            raise SettingsError(f"{PREFIX}{name} needs {PREFIX}{needed}")


class _Variables:
    """What the environment says to a server, and what of it has been read."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._given = {
            name.removeprefix(PREFIX): text.strip()
            for name, text in environ.items()
            if name.startswith(PREFIX) and not _is_of_others(name.removeprefix(PREFIX))
        }
        self._known: set[str] = set()

    def take(
        self, name: str, parse: Callable[[str], T], default: T, expected: str
    ) -> T:
        """Read one variable, which is known from now on."""
        self._known.add(name)
        text = self._given.pop(name, None)
        return default if text is None else _read(name, text, parse, expected)

    def take_secret(
        self, name: str, parse: Callable[[str], T], default: T, expected: str
    ) -> T:
        """Read a variable, or the file that its namesake with `_FILE` names."""
        by_file = name + IN_FILE
        file = self.take(by_file, _path, None, _A_FILE)
        if file is None:
            return self.take(name, parse, default, expected)
        # An empty one is taken back: images have defaults.
        if self._given.pop(name, ""):
            raise SettingsError(
                f"{PREFIX}{name} and {PREFIX}{by_file}: set one of them"
            )
        self._known.add(name)
        try:
            with file.open(encoding="utf-8") as opened:
                text = opened.read(_LONGEST_SECRET).strip()
        except OSError as error:
            raise SettingsError(
                f"{PREFIX}{by_file}: {file} cannot be read: {error.strerror}"
            ) from None
        except ValueError:
            raise SettingsError(f"{PREFIX}{by_file}: {file} is not UTF-8") from None
        return _read(by_file, text, parse, f"{expected}, in {file}")

    def hold_empty(self) -> None:
        """Refuse what nobody has asked for."""
        if self._given:
            raise SettingsError(_unknown(sorted(self._given), sorted(self._known)))


def _read(name: str, text: str, parse: Callable[[str], T], expected: str) -> T:
    try:
        return parse(text)
    except (LookupError, ValueError, InvalidLevelError):
        # Not the text, and no cause that quotes it: a secret may sit in it.
        raise SettingsError(f"{PREFIX}{name}: expected {expected}") from None


def database_url(text: str) -> Secret:
    """Return a database's URL if this registry has a driver for it.

    Raises:
        ValueError: It has not. The text is not repeated.

    """
    if not re.match(r"(sqlite|postgresql|postgres)(\+\w+)?://", text):
        raise ValueError("no driver for this database URL")
    return Secret(text)


def _is_of_others(name: str) -> bool:
    return name in _OF_THE_CLIENT or _INJECTED.fullmatch(name) is not None


def _between(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        number = int(text)
        if not least <= number <= most:
            raise ValueError(number)
        return number

    return parse


def _days_or_off(text: str) -> int | None:
    return None if text.lower() == "off" else _between(1, 36_500)(text)


def _size(text: str) -> int:
    found = re.fullmatch(r"(\d{1,15}) *([a-z]*)", text.lower(), re.ASCII)
    if found is None or found[2] not in _UNITS:
        raise ValueError(text)
    return int(found[1]) * _UNITS[found[2]]


def _at_least(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        size = _size(text)
        if size < least:
            raise ValueError(text)
        return size

    return parse


def _flag(text: str) -> bool:
    return _FLAGS[text.lower()]


def _path(text: str) -> Path | None:
    # Absolute: the server must not depend on where it was started from.
    if not text or "\0" in text:
        raise ValueError(text)
    return Path(text).absolute()


def _rate(text: str) -> int | None:
    return 0 if text.lower() == "off" else _between(1, 1_000_000)(text)


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(each.strip()) for each in text.split(","))


def _https_url(text: str) -> str | None:
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname or parts.username:
        raise ValueError(text)
    return text


def _word(text: str) -> str:
    if not text or not text.isprintable():
        raise ValueError(text)
    return text


def _header_name(text: str) -> str | None:
    name = text.lower()
    is_name = re.fullmatch(r"[a-z0-9-]{1,64}", name)
    if not is_name or name in _HEADERS_OF_CLIENTS:
        raise ValueError(text)
    return name


def _one_of(words: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        found = {word.lower(): word for word in words}.get(text.lower())
        if found is None:
            raise ValueError(text)
        return found

    return parse


def _unknown(names: list[str], known: list[str]) -> str:
    lines = []
    for name in names:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0)
        hint = f"; the nearest known name is {PREFIX}{near[0]}" if near else ""
        lines.append(f"{PREFIX}{name} is unknown{hint}")
    return "\n".join(lines)

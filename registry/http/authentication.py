"""Who asks: found out before anything else is done, and for all that is asked.

The first kind of credential that a request presents decides: an `Authorization` field,
else the subject of a certificate that a trusted proxy has looked at. What is presented
and not good is refused; it never makes a request anonymous.

What was good is remembered for a minute, under a keyed digest and not as it came, so
that a request costs a digest and a look into a dictionary. A change of accounts or
tokens in any process makes all of that void.
"""

import asyncio
import logging
from base64 import b64decode
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from hashlib import blake2b
from typing import Final, Protocol

from registry.application.authentication import (
    Basic,
    Bearer,
    Certificate,
    Credential,
    Shown,
    UnauthenticatedError,
    refused,
)
from registry.application.changes import Changes
from registry.application.lockout import LockedOutError
from registry.application.ports import Clock
from registry.domain.accounts import TOKEN_PREFIX, is_token_id
from registry.domain.errors import RegistryError, UnavailableError
from registry.domain.model import ACCESS_CONTEXT
from registry.domain.principals import ANONYMOUS, Principal
from registry.http import principals
from registry.http.asgi import App, Receive, Scope, Send
from registry.http.errors import RefusedError
from registry.http.peers import Peers, network_of
from registry.http.threads import Threads
from registry.http.transport import Transport

FRESH_MS: Final = 60_000
"""So long a decision is good without asking again."""

OUTAGE_MS: Final = 3_600_000
"""So long it is while nobody can be asked: answers from memory go on, then."""

_PUT_OFF_MS: Final = 5_000
"""How long not to ask again, when nobody could be asked."""

PASSWORD_THREADS: Final = 2
"""A hash of a password takes a core for its time, and memory."""

_OTHER_THREADS: Final = 4
_MOST_WAITING_PASSWORDS: Final = 64
_MOST_KNOWN: Final = 10_000
_LONGEST: Final = 16 * 1024
_PREFIX_BYTES: Final = 32
_LONGEST_NAME: Final = 256
"""More than any account's, or token's: what is remembered of failures is bounded."""

AUTHORIZATION: Final = b"authorization"
_CERTIFICATE: Final = b"certificate\x00"
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_PROBES: Final = frozenset({b"/health/live", b"/health/ready"})
CHALLENGE: Final[Mapping[str, str]] = {
    "www-authenticate": 'Bearer realm="wirepact",'
    ' Basic realm="wirepact", charset="UTF-8"'
}
NEEDED: Final = (
    "Say who you are: a token as Bearer, or a token's id and secret, or a name and"
    " password, as Basic."
)


logger = logging.getLogger(__name__)


class Asked(Protocol):
    """Finds out whom a credential stands for, and may take its time."""

    def __call__(
        self, credential: Credential, address: str, *, is_renewed: bool = False
    ) -> Shown: ...


@dataclass(frozen=True, slots=True)
class Gate:
    """What the server needs to ask clients who they are.

    Attributes:
        shown: Asked in a thread.
        peers: Who may hand on certificates, and the addresses of others.
        secret: Random bytes of this process alone, of 64 at most.
        is_anonymous_read: Whether who presents nothing may read.
        certificate_header: In lower case; None if no proxy looks at certificates.

    """

    shown: Asked
    clock: Clock
    peers: Peers
    secret: bytes
    is_anonymous_read: bool = False
    certificate_header: str | None = None


class _Work(Enum):
    """What it takes to find out about a credential."""

    HASHING = auto()
    ASKING_A_PROVIDER = auto()
    READING = auto()


class _Known:
    """A credential that was good, and for how long nobody need be asked again."""

    __slots__ = ("last_ms", "principal", "seen", "until_ms")

    def __init__(self, shown: Shown, seen: int, now_ms: int) -> None:
        ends_ms = shown.until_ms
        until_ms, last_ms = now_ms + FRESH_MS, now_ms + OUTAGE_MS
        self.principal = shown.principal
        self.seen = seen
        self.until_ms = until_ms if ends_ms is None else min(until_ms, ends_ms)
        self.last_ms = last_ms if ends_ms is None else min(last_ms, ends_ms)


class Authentication:
    """An ASGI application that lets those pass on who have shown who they are."""

    def __init__(
        self, app: App, transport: Transport, gate: Gate, changes: Changes
    ) -> None:
        """Stand in front of an application.

        Args:
            app: What authenticated requests are handed to.
            transport: Answers those that are refused, as it answers others.

        """
        self._app = app
        self._transport = transport
        self._gate = gate
        self._changes = changes
        # In front of what is presented, and short, so that a token is one block with
        # it: a key of its own would be hashed as another one, for half as much again.
        prefix = blake2b(gate.secret, digest_size=_PREFIX_BYTES).digest()
        self.digest = blake2b(prefix, digest_size=32)
        self._header = (gate.certificate_header or "").encode()
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._flights: dict[bytes, asyncio.Future[Principal]] = {}
        # Of their own each: neither hashes nor a slow provider hold up the others.
        self._threads: Mapping[_Work, Threads] = {
            _Work.HASHING: Threads(
                PASSWORD_THREADS, most_waiting=_MOST_WAITING_PASSWORDS
            ),
            _Work.ASKING_A_PROVIDER: Threads(_OTHER_THREADS),
            _Work.READING: Threads(_OTHER_THREADS),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            presented = self._presented(scope)
            if presented is None:
                principal = self._nobody(scope)
            else:
                key = self.key(presented)
                known = self._known.get(key)
                # Looked at right here: another call would cost as much again.
                if (
                    known is not None
                    and known.seen == self._changes.seen(ACCESS_CONTEXT)
                    and self._gate.clock() < known.until_ms
                ):
                    principal = known.principal
                else:
                    principal = await self._asked(key, presented, scope)
        except Exception as error:  # noqa: BLE001 - nothing in front answers for it
            await self._transport.refuse(scope, send, _refusal(error))
            return
        token = principals.CURRENT.set(principal)
        try:
            await self._app(scope, receive, send)
        finally:
            principals.CURRENT.reset(token)

    def remembered(self, authorization: bytes | None) -> tuple[Principal, int] | None:
        """Return whom a credential stands for, and how long nobody need be asked.

        None where that has to be found out, or depends on more than the field.

        Args:
            authorization: The only such field of a request; None for none.

        """
        if authorization is None:
            # A proxy may have seen a certificate.
            if self._header or not self._gate.is_anonymous_read:
                return None
            return ANONYMOUS, FRESH_MS
        known = self._known.get(self.key(authorization))
        if known is None or known.seen != self._changes.seen(ACCESS_CONTEXT):
            return None
        return known.principal, known.until_ms - self._gate.clock()

    def key(self, presented: bytes) -> bytes:
        """Return what is remembered in place of a credential."""
        digest = self.digest.copy()
        digest.update(presented)
        return digest.digest()

    def stop(self) -> None:
        """Let the threads end."""
        for each in self._threads.values():
            each.stop()

    async def _asked(self, key: bytes, presented: bytes, scope: Scope) -> Principal:
        flight = self._flights.get(key)
        if flight is None:
            address = self._gate.peers.address(scope)
            flight = asyncio.ensure_future(self._ask(key, presented, address))
            self._flights[key] = flight
            flight.add_done_callback(partial(self._landed, key))
        # Shielded: others may wait for it when this client has gone.
        return await asyncio.shield(flight)

    def _landed(self, key: bytes, flight: asyncio.Future[Principal]) -> None:
        del self._flights[key]
        if not flight.cancelled():
            # Looked at, should all have gone who waited: it is no fault of ours.
            flight.exception()

    def _presented(self, scope: Scope) -> bytes | None:
        found: bytes | None = None
        for name, value in scope["headers"]:
            if name == AUTHORIZATION:
                found = value if found is None else found + b", " + value
        if found is None:
            return self._certificate(scope) if self._header else None
        # Whatever hands on such a field: nobody words it like what a proxy has seen.
        if found.startswith(_CERTIFICATE):
            raise refused("malformed credential")
        return found

    def _certificate(self, scope: Scope) -> bytes | None:
        subjects = [value for name, value in scope["headers"] if name == self._header]
        # A proxy that has seen no certificate may send an empty field.
        if not any(subjects) or not self._gate.peers.is_proxy(scope):
            return None
        return _CERTIFICATE + b", ".join(subjects)

    def _nobody(self, scope: Scope) -> Principal:
        # As the request is routed: what is decoded may read like another path.
        raw_path = scope.get("raw_path") or str(scope["path"]).encode()
        is_read = self._gate.is_anonymous_read and scope["method"] in _READING
        # Whatever else is done to a probe, there is no such route.
        if is_read or raw_path in _PROBES:
            return ANONYMOUS
        raise UnauthenticatedError(NEEDED)

    async def _ask(self, key: bytes, presented: bytes, address: str) -> Principal:
        credential = _credential(presented)
        known = self._known.get(key)
        # Before the store is asked: what changes in between makes the answer stale.
        seen, now_ms = self._changes.seen(ACCESS_CONTEXT), self._gate.clock()
        client = network_of(address)
        act = partial(
            self._gate.shown, credential, client, is_renewed=known is not None
        )
        try:
            shown = await self._threads[_work(credential)].run(act)
        except (UnavailableError, RefusedError):
            if known is None or known.seen != seen or now_ms >= known.last_ms:
                raise
            known.until_ms = min(known.last_ms, now_ms + _PUT_OFF_MS)
            return known.principal
        except RegistryError as error:
            self._known.pop(key, None)
            logger.info("client refused", extra={"from": address, "code": error.code})
            raise
        if known is None and len(self._known) >= _MOST_KNOWN:
            self._known.popitem(last=False)
        self._known[key] = _Known(shown, seen, now_ms)
        return shown.principal


def _work(credential: Credential) -> _Work:
    match credential:
        case Basic(name) if not is_token_id(name):
            return _Work.HASHING
        case Bearer(text) if not text.startswith(TOKEN_PREFIX):
            return _Work.ASKING_A_PROVIDER
    return _Work.READING


def _credential(presented: bytes) -> Credential:
    """Read what was presented.

    Raises:
        UnauthenticatedError: It has no form that is known here.

    """
    if len(presented) > _LONGEST:
        raise refused("credential is too long")
    if presented.startswith(_CERTIFICATE):
        return Certificate(presented.removeprefix(_CERTIFICATE).decode("latin-1"))
    scheme, _, rest = presented.partition(b" ")
    read = _SCHEMES.get(scheme.lower())
    if read is None:
        raise refused("neither Basic nor Bearer")
    try:
        # As it is: what can be written in many ways is remembered as often.
        return read(rest)
    except ValueError:
        raise refused("malformed credential") from None


def _bearer(text: bytes) -> Credential:
    return Bearer(text.decode("ascii"))


def _basic(text: bytes) -> Credential:
    name, colon, password = b64decode(text, validate=True).decode().partition(":")
    # Nobody is called so, and not every database takes the question.
    if not colon or len(name) > _LONGEST_NAME or not name.isprintable():
        raise ValueError
    return Basic(name, password)


_SCHEMES: Final[Mapping[bytes, Callable[[bytes], Credential]]] = {
    b"basic": _basic,
    b"bearer": _bearer,
}


def _refusal(error: Exception) -> RefusedError:
    match error:
        case RefusedError():
            return error
        case UnauthenticatedError():
            return RefusedError(401, str(error), code=error.code, headers=CHALLENGE)
        case (
            LockedOutError(retry_after_s=wait_s)
            | UnavailableError(retry_after_s=wait_s)
        ):
            headers = {"retry-after": str(wait_s)}
            return RefusedError(error.code, str(error), headers=headers)
    logger.error("unexpected error", exc_info=error)
    return RefusedError(500, "Internal Server Error")

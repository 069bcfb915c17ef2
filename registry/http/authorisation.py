"""What every handler needs its caller to be allowed, and holding callers to it.

A handler declares it with `opt=needs(...)`; the server does not start while one has
not. Who lacks it is turned away before the body is parsed. That a subject may not be
read is no refusal but an answer: the ports of the caller do not show it. What only the
body names is held to by the handler, or the use case, that has read it.
"""

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.routes import HTTPRoute

from registry.application.authentication import UnauthenticatedError
from registry.application.changes import Changes
from registry.application.ports import Ports
from registry.domain.access import (
    Access,
    ForbiddenError,
    ForbiddenEverywhereError,
    Grant,
    Permission,
)
from registry.domain.errors import StoreUnavailableError
from registry.domain.model import ACCESS_CONTEXT, DEFAULT_CONTEXT, Subject
from registry.domain.principals import CredentialKind, Principal
from registry.http import asgi, contexts, parameters, principals
from registry.http.asgi import App, Receive, Scope, Send
from registry.http.authentication import CHALLENGE, NEEDED
from registry.http.errors import RefusedError
from registry.http.threads import Threads

Connection = ASGIConnection[Any, Any, Any, Any]
Place = Callable[[Connection], Subject | None]

NOBODY: Final = Access(frozenset())
"""Whoever nothing was granted to; also who acts where nobody has asked who it is."""

CURRENT: Final[ContextVar[Access]] = ContextVar("access", default=NOBODY)
"""What the caller of the present request may do; worker threads inherit it."""

_OPTION: Final = "needs"
_MOST_CALLERS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Needs:
    """What a handler needs its caller to be allowed.

    Attributes:
        permission: None for nothing: of anybody, if `is_public`, else of anybody who
            is known.
        place: Where, by the request's path and query; None where that is decided
            later: reads show what may be seen, and some writes name it in the body.
        of_context: What it needs instead where the place has no name.
        raised: What flags of the query need as well.
        is_trial: The name of the flag that makes it a trial, which needs only to read.
        at_least: What has to be allowed somewhere before a body is read, whatever it
            names; None for the permission itself.
        is_public: Whether it is for everybody.
        is_inside: Whether it is for nobody who has not said who they are, whatever was
            granted to all.

    """

    permission: Permission | None = None
    place: Place | None = None
    of_context: Permission | None = None
    raised: tuple[tuple[str, Permission], ...] = ()
    is_trial: str | None = None
    at_least: Permission | None = None
    is_public: bool = False
    is_inside: bool = False

    @property
    def shows(self) -> bool:
        """Whether it is a read, of which nobody is refused anything."""
        return self.permission is Permission.READ and self.place is None


def named_subject(connection: Connection) -> Subject:
    """Return the subject that the path names."""
    return Subject.parse(connection.path_params["subject"])


def named_scope(connection: Connection) -> Subject | None:
    """Return the subject or context that the path names.

    What the default context says is what the registry says.
    """
    named = named_subject(connection)
    return None if named == Subject("", DEFAULT_CONTEXT) else named


def named_context(connection: Connection) -> Subject:
    """Return the context that the path names."""
    return Subject("", contexts.named(connection.path_params["context"]))


def whole_registry(_connection: Connection) -> None:
    """Return the whole registry."""


def needs(
    permission: Permission,
    place: Place,
    *,
    of_context: Permission | None = None,
    is_trial: str | None = None,
    **raised: Permission,
) -> dict[str, Any]:
    """Declare a write: who lacks the permission is refused with 403."""
    found = Needs(permission, place, of_context, tuple(raised.items()), is_trial)
    return {_OPTION: found}


PUBLIC: Final[dict[str, Any]] = {_OPTION: Needs(is_public=True)}
"""For everybody, whatever is known of them."""

KNOWN: Final[dict[str, Any]] = {_OPTION: Needs()}
"""For everybody of whom is known who they are: it tells nothing of any subject."""

INSIDE: Final[dict[str, Any]] = {_OPTION: Needs(is_inside=True)}
"""Likewise, and not for those who read anonymously: it tells how the server is run."""

READS: Final[dict[str, Any]] = {_OPTION: Needs(Permission.READ)}
"""A read: what the caller may not read is not there."""


def held_later(
    permission: Permission,
    *,
    at_least: Permission | None = None,
    is_trial: str | None = None,
) -> dict[str, Any]:
    """Declare a write whose place the body names; the handler holds callers to it.

    Args:
        at_least: What any of its bodies needs, if some need less than the permission.

    """
    return {_OPTION: Needs(permission, at_least=at_least, is_trial=is_trial)}


def declared(handler: BaseRouteHandler) -> Needs | None:
    """Return what a handler has declared."""
    found: Needs | None = handler.opt.get(_OPTION)
    return found


async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
    """Turn away who lacks what a handler needs.

    Raises:
        RefusedError: 401: nobody has said who asks.
        ForbiddenError, ForbiddenEverywhereError: They are not allowed to.

    """
    wanted = declared(handler)
    if wanted is None:
        # The framework's own answer to OPTIONS, which tells only what routes there are.
        if getattr(handler, "http_methods", None) != {"OPTIONS"}:
            raise RefusedError(403)
        return
    if wanted.is_public:
        return
    access = CURRENT.get()
    principal = principals.CURRENT.get()
    is_anonymous = principal.kind is CredentialKind.NONE
    if is_anonymous and (wanted.is_inside or not access.grants):
        raise _unknown()
    try:
        for permission, place in _required(wanted, connection):
            access.hold(permission, place)
        if (least := _least(wanted, connection, handler)) is not None:
            access.hold_anywhere(least)
    except (ForbiddenError, ForbiddenEverywhereError):
        if is_anonymous:
            raise _unknown() from None
        raise


def undeclared(framework: Litestar) -> list[str]:
    """Return the routes that have not declared what they need."""
    return sorted(
        f"{method} {route.path}"
        for route in framework.routes
        for method, handler in _handlers(route)
        if declared(handler) is None
    )


class UndeclaredRouteError(Exception):
    """A handler has not declared what it needs its caller to be allowed."""

    def __init__(self, routes: list[str]) -> None:
        super().__init__(f"No permission is declared for: {', '.join(routes)}")


def hold_declared(framework: Litestar) -> None:
    """Refuse to serve routes that have declared nothing.

    Raises:
        UndeclaredRouteError: There are some.

    """
    if found := undeclared(framework):
        raise UndeclaredRouteError(found)


class Callers:
    """An ASGI application that finds out what a caller may do, and asks another one.

    Each process keeps all grants, which are few, and reads them again when accounts or
    grants have changed. While the database is away it goes by what it knew last.

    Args:
        changes: Tells when grants may have changed.
        threads: Where the grants are read.

    """

    def __init__(
        self, app: App, ports: Ports, changes: Changes, threads: Threads
    ) -> None:
        self._app = app
        self._ports = ports
        self._changes = changes
        self._threads = threads
        self._seen: int | None = None
        self._grants: tuple[Grant, ...] = ()
        self._known: dict[Principal, Access] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._seen != self._changes.seen(ACCESS_CONTEXT):
            await self._refresh()
        principal = principals.CURRENT.get()
        access = self._known.get(principal)
        if access is None:
            access = self._decided(principal)
        token = CURRENT.set(access)
        try:
            await self._app(scope, receive, send)
        finally:
            CURRENT.reset(token)

    def remembered(self, principal: Principal) -> Access | None:
        """Return what somebody may do; None where grants have to be read first."""
        if self._seen != self._changes.seen(ACCESS_CONTEXT):
            return None
        return self._known.get(principal)

    def _decided(self, principal: Principal) -> Access:
        if len(self._known) >= _MOST_CALLERS:
            self._known.clear()
        access = self._known[principal] = Access.of(principal, self._grants)
        return access

    async def _refresh(self) -> None:
        # Before the store is read: what changes meanwhile is then read once more.
        seen = self._changes.seen(ACCESS_CONTEXT)
        try:
            grants = await self._threads.run(partial(_grants, self._ports))
        except (StoreUnavailableError, RefusedError):
            # Probes are answered all the same; others find nothing granted, or what
            # was granted when the database was last seen.
            return
        self._seen, self._grants, self._known = seen, grants, {}


def _grants(ports: Ports) -> tuple[Grant, ...]:
    with ports.transactions.read() as store:
        return tuple(store.grants.all())


def _unknown() -> RefusedError:
    code = UnauthenticatedError.code
    return RefusedError(401, NEEDED, code=code, headers=CHALLENGE)


def _required(
    wanted: Needs, connection: Connection
) -> Iterator[tuple[Permission, Subject | None]]:
    if wanted.permission is None or wanted.place is None:
        return
    place = wanted.place(connection)
    if wanted.is_trial is not None and _is_trial(wanted.is_trial, connection):
        yield Permission.READ, place
        return
    is_context = place is None or not place.name
    permission = wanted.of_context if is_context else None
    yield permission or wanted.permission, place
    for name, more in wanted.raised:
        if any(map(parameters.flag, _values(name, connection))):
            yield more, place


def _least(
    wanted: Needs, connection: Connection, handler: BaseRouteHandler
) -> Permission | None:
    """Return what has to be allowed somewhere before a body is read."""
    methods: frozenset[str] = getattr(handler, "http_methods", frozenset())
    if wanted.place is not None or asgi.WITH_BODY.isdisjoint(methods):
        return None
    if wanted.is_trial is not None and _is_trial(wanted.is_trial, connection):
        return Permission.READ
    return wanted.at_least or wanted.permission


def _is_trial(name: str, connection: Connection) -> bool:
    # Of a flag that is repeated, nobody is to have to know which one counts.
    values = _values(name, connection)
    return bool(values) and all(map(parameters.flag, values))


def _values(name: str, connection: Connection) -> list[str]:
    # Read by the framework, as the handler's own are.
    return connection.query_params.getall(name, [])


def _handlers(route: Any) -> Iterator[tuple[str, BaseRouteHandler]]:
    if not isinstance(route, HTTPRoute):
        # None of ours is of another kind, and the guard would not be asked there.
        yield "any", route.route_handler
        return
    for method, (handler, _) in route.route_handler_map.items():
        if method != "OPTIONS":
            yield str(method), handler

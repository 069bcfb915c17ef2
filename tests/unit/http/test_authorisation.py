"""What routes declare, and what becomes of those that do not."""

import asyncio
from typing import Any

import pytest
from litestar import Litestar, asgi, get

from registry.domain.access import EVERYTHING, Access, ForbiddenError, Permission, Role
from registry.domain.principals import ANONYMOUS, CredentialKind, Principal
from registry.http import authorisation, principals
from registry.http.authorisation import (
    KNOWN,
    NOBODY,
    PUBLIC,
    READS,
    UndeclaredRouteError,
    hold_declared,
    needs,
    whole_registry,
)
from registry.http.errors import RefusedError

ADMINISTERS = needs(Permission.ADMINISTER, whole_registry)
ANN = Principal("ann", CredentialKind.TOKEN)
READER = Access(frozenset({(Role.READER, EVERYTHING)}))
ADMIN = Access(frozenset({(Role.ADMIN, EVERYTHING)}))


def handler(opt: dict[str, Any]) -> Any:
    @get("/", opt=opt, sync_to_thread=False)
    def act() -> None: ...

    return act


def framework(handlers: list[Any]) -> Litestar:
    # Its own way of logging would be that of all tests after these.
    return Litestar(handlers, openapi_config=None, logging_config=None)


def guarded(opt: dict[str, Any], principal: Principal, access: Access) -> None:
    """Ask the guard of a handler, as the framework does for a request."""
    app = framework([handler(opt)])
    route: Any = app.routes[0]
    connection: Any = None
    _, (found, _) = next(iter(route.route_handler_map.items()))
    before = principals.CURRENT.set(principal), authorisation.CURRENT.set(access)
    try:
        asyncio.run(authorisation.guard(connection, found))
    finally:
        principals.CURRENT.reset(before[0])
        authorisation.CURRENT.reset(before[1])


def test_given_a_route_without_a_declaration_when_held_then_it_is_named():
    app = framework([handler({})])

    with pytest.raises(UndeclaredRouteError, match="GET /"):
        hold_declared(app)


def test_given_a_route_past_the_framework_when_held_then_it_is_refused_as_well():
    @asgi("/raw", copy_scope=True)
    async def raw(scope: Any, receive: Any, send: Any) -> None: ...

    with pytest.raises(UndeclaredRouteError, match="any /raw"):
        hold_declared(framework([raw]))


@pytest.mark.parametrize("opt", [PUBLIC, KNOWN, READS, ADMINISTERS], ids=str)
def test_given_declarations_when_held_then_they_are_enough(opt):
    hold_declared(framework([handler(opt)]))


def test_given_a_route_that_slipped_through_when_asked_then_nobody_gets_in():
    with pytest.raises(RefusedError) as refusal:
        guarded({}, ANN, ADMIN)

    assert refusal.value.status == 403


@pytest.mark.parametrize("opt", [KNOWN, READS, ADMINISTERS], ids=str)
def test_given_nobody_when_asked_then_they_have_to_say_who_they_are(opt):
    with pytest.raises(RefusedError) as refusal:
        guarded(opt, ANONYMOUS, NOBODY)

    assert refusal.value.status == 401


def test_given_anonymous_reads_when_a_write_is_asked_for_then_it_takes_a_name():
    guarded(READS, ANONYMOUS, READER)

    with pytest.raises(RefusedError) as refusal:
        guarded(ADMINISTERS, ANONYMOUS, READER)

    assert refusal.value.status == 401


def test_given_a_caller_without_grants_when_a_read_is_asked_for_then_it_shows_nothing():
    guarded(READS, ANN, NOBODY)
    guarded(KNOWN, ANN, NOBODY)
    guarded(PUBLIC, ANONYMOUS, NOBODY)


def test_given_a_write_that_is_not_granted_when_asked_for_then_it_is_forbidden():
    guarded(ADMINISTERS, ANN, ADMIN)

    with pytest.raises(ForbiddenError):
        guarded(ADMINISTERS, ANN, READER)


def test_when_nothing_was_found_out_of_a_caller_then_they_are_nobody():
    assert authorisation.CURRENT.get() is NOBODY
    assert NOBODY.readable == ()

"""What is asked of a caller, by the path and query of a request, and who may do it."""

import asyncio
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import replace
from typing import Any

import pytest
from litestar import Litestar, get, post
from litestar.connection import ASGIConnection

from registry.application import access
from registry.application.changes import Changes
from registry.application.stored import Origin
from registry.domain.access import (
    EVERYTHING,
    Access,
    Area,
    ForbiddenError,
    ForbiddenEverywhereError,
    Grant,
    Grantee,
    GranteeKind,
    Pattern,
    Permission,
    Role,
)
from registry.domain.errors import StoreUnavailableError
from registry.domain.model import ACCESS_CONTEXT, Subject
from registry.domain.principals import ANONYMOUS, CredentialKind, Principal
from registry.http import authorisation, principals
from registry.http.authentication import CHALLENGE, NEEDED
from registry.http.authorisation import (
    INSIDE,
    KNOWN,
    NOBODY,
    PUBLIC,
    READS,
    Callers,
    Needs,
    UndeclaredRouteError,
    declared,
    held_later,
    hold_declared,
    named_context,
    named_scope,
    named_subject,
    needs,
    undeclared,
    whole_registry,
)
from registry.http.errors import BusyError, RefusedError
from registry.http.threads import Threads
from tests.doubles.access_store import AccessInMemory

ANN = Principal("ann", CredentialKind.TOKEN)
BOB = Principal("bob", CredentialKind.TOKEN)
ORDERS = Pattern.parse("orders")
BY_TEST = Origin("a test", "r-1")
ROLES = (Role.READER, Role.DEVELOPER, Role.OWNER, Role.ADMIN)


def registers():
    return needs(
        Permission.REGISTER,
        named_subject,
        is_trial="dryRun",
        force=Permission.OVERRIDE,
    )


def configures():
    return needs(Permission.CONFIGURE, named_scope, of_context=Permission.ADMINISTER)


def purges_later():
    return held_later(Permission.PURGE)


def connection(query="", **path):
    scope: Any = {"type": "http", "path_params": path, "query_string": query.encode()}
    return ASGIConnection(scope)


def handler(opt, method=post):
    @method("/", opt=opt, sync_to_thread=False)
    def act() -> None: ...

    return act


def framework(*handlers):
    # Its own way of logging would be that of all tests after these.
    return Litestar(handlers, openapi_config=None, logging_config=None)


def is_let_in(opt, grants, principal=ANN, query="", method=post, **path):
    """Ask the guard; False for what is forbidden."""

    def act():
        principals.CURRENT.set(principal)
        authorisation.CURRENT.set(Access(frozenset(grants)))
        asked = connection(query, **path)
        try:
            asyncio.run(authorisation.guard(asked, handler(opt, method)))
        except (ForbiddenError, ForbiddenEverywhereError):
            return False
        return True

    return copy_context().run(act)


def refusal(*arguments, **more):
    with pytest.raises(RefusedError) as caught:
        is_let_in(*arguments, **more)
    error = caught.value
    return error.status, error.code, error.message, error.headers


def roles_let_in(opt, area=EVERYTHING, query="", **path):
    return [
        role for role in ROLES if is_let_in(opt, [(role, area)], query=query, **path)
    ]


WHO = (401, 40101, NEEDED, CHALLENGE)


@pytest.mark.parametrize(
    ("query", "roles"),
    [
        ("", [Role.DEVELOPER, Role.OWNER, Role.ADMIN]),
        ("force=false", [Role.DEVELOPER, Role.OWNER, Role.ADMIN]),
        ("force=true", [Role.ADMIN]),
        ("force=false&force=TRUE", [Role.ADMIN]),
        ("dryRun=true", [*ROLES]),
        ("dryRun=true&dryRun=true&force=true", [*ROLES]),
        ("dryRun=true&dryRun=false", [Role.DEVELOPER, Role.OWNER, Role.ADMIN]),
        ("dryRun=", [Role.DEVELOPER, Role.OWNER, Role.ADMIN]),
        ("dryrun=true", [Role.DEVELOPER, Role.OWNER, Role.ADMIN]),
    ],
)
def test_given_flags_when_a_write_is_asked_for_then_they_say_what_it_takes(
    query, roles
):
    assert roles_let_in(registers(), query=query, subject="orders") == roles


@pytest.mark.parametrize(
    ("subject", "is_allowed"),
    [("orders", True), (":.:orders", True), ("orders2", False), (":.eu:orders", False)],
)
def test_given_a_grant_for_a_subject_when_another_is_asked_for_then_it_is_forbidden(
    subject, is_allowed
):
    grants = [(Role.DEVELOPER, Area(".", ORDERS))]

    assert is_let_in(registers(), grants, subject=subject) is is_allowed
    trial = is_let_in(registers(), grants, query="dryRun=true", subject=subject)
    assert trial is is_allowed


def test_given_a_flag_that_raises_when_asked_for_then_it_takes_the_write_as_well():
    here, elsewhere = Area(".", ORDERS), Area(".", Pattern.parse("else"))
    grants = [(Role.ADMIN, elsewhere), (Role.DEVELOPER, here)]

    assert is_let_in(registers(), grants, subject="orders")
    assert not is_let_in(registers(), grants, query="force=true", subject="orders")


@pytest.mark.parametrize(
    ("subject", "roles"),
    [
        ("orders", [Role.OWNER, Role.ADMIN]),
        (":.eu:orders", [Role.OWNER, Role.ADMIN]),
        (":.eu:", [Role.ADMIN]),
        (":.:", [Role.ADMIN]),
        (":.__GLOBAL:", [Role.ADMIN]),
    ],
)
def test_given_a_context_in_place_of_a_subject_when_configured_then_it_takes_more(
    subject, roles
):
    assert roles_let_in(configures(), subject=subject) == roles


def test_given_a_context_when_no_more_is_declared_for_it_then_the_same_is_needed():
    declared_alike = needs(Permission.CONFIGURE, named_scope)

    assert roles_let_in(declared_alike, subject=":.eu:") == [Role.OWNER, Role.ADMIN]


def test_given_the_default_context_when_configured_then_it_takes_the_whole_registry():
    of_default = [(Role.ADMIN, Area(".", Pattern.parse("*")))]

    assert not is_let_in(configures(), of_default, subject=":.:")
    assert is_let_in(configures(), of_default, subject="orders")


@pytest.mark.parametrize(
    ("place", "path", "found"),
    [
        (named_subject, {"subject": ":.eu:orders"}, Subject("orders", ".eu")),
        (named_subject, {"subject": ":.:"}, Subject("", ".")),
        (named_scope, {"subject": ":.eu:orders"}, Subject("orders", ".eu")),
        (named_scope, {"subject": ":.eu:"}, Subject("", ".eu")),
        (named_scope, {"subject": ":.:"}, None),
        (named_scope, {"subject": "orders"}, Subject("orders", ".")),
        (named_context, {"context": "eu"}, Subject("", ".eu")),
        (named_context, {"context": ":.eu:"}, Subject("", ".eu")),
        (whole_registry, {}, None),
    ],
)
def test_given_a_path_when_read_then_it_says_where(place, path, found):
    assert place(connection(**path)) == found


def test_given_a_read_when_asked_for_then_whoever_is_known_comes_through():
    for opt in (READS, KNOWN, INSIDE, purges_later()):
        assert is_let_in(opt, [], method=get)
    for opt in (KNOWN, INSIDE):
        assert is_let_in(opt, [])


SOMEWHERE = Area(".eu", Pattern.parse("orders"))


@pytest.mark.parametrize(
    ("more", "query", "roles"),
    [
        ({}, "", [Role.ADMIN]),
        ({"at_least": Permission.REGISTER}, "", [*ROLES[1:]]),
        ({"is_trial": "dryRun"}, "dryRun=false", [Role.ADMIN]),
        ({"is_trial": "dryRun"}, "dryRun=true", [*ROLES]),
        ({}, "dryRun=true", [Role.ADMIN]),
    ],
)
def test_given_a_write_that_its_body_places_when_asked_for_then_it_takes_some_place(
    more, query, roles
):
    opt = held_later(Permission.PURGE, **more)

    assert roles_let_in(opt, SOMEWHERE, query=query) == roles
    assert not is_let_in(opt, [], query=query)


def test_given_a_read_with_a_body_when_asked_for_then_it_takes_reading_somewhere():
    assert is_let_in(READS, [(Role.READER, SOMEWHERE)])
    assert not is_let_in(READS, [])


def test_given_reads_for_all_when_nobody_writes_anything_then_they_are_to_say_who():
    reads = [(Role.READER, EVERYTHING)]

    assert refusal(purges_later(), reads, ANONYMOUS) == WHO


def test_given_a_declaration_when_read_then_it_is_what_was_declared():
    raised = (("force", Permission.OVERRIDE),)
    register, configure = Permission.REGISTER, Permission.CONFIGURE

    assert [
        declared(handler(opt)) for opt in (PUBLIC, KNOWN, INSIDE, READS, purges_later())
    ] == [
        Needs(None, is_public=True),
        Needs(None),
        Needs(None, is_inside=True),
        Needs(Permission.READ),
        Needs(Permission.PURGE),
    ]
    assert declared(handler(registers())) == Needs(
        register, named_subject, None, raised, "dryRun"
    )
    assert declared(handler(configures())) == Needs(
        configure, named_scope, Permission.ADMINISTER
    )


def test_given_declarations_when_asked_then_only_reads_show_instead_of_refusing():
    shown = [
        declared(handler(opt)).shows
        for opt in (READS, KNOWN, registers(), held_later(Permission.READ))
    ]
    reads_there = needs(Permission.READ, named_subject)

    assert shown == [True, False, False, True]
    assert not declared(handler(reads_there)).shows


def test_given_nothing_for_all_when_nobody_asks_then_it_is_said_what_is_needed():
    for opt in (READS, KNOWN, INSIDE, registers()):
        assert refusal(opt, [], ANONYMOUS, subject="orders") == WHO


def test_given_reads_for_all_when_nobody_asks_then_they_see_no_more_than_that():
    reads = [(Role.READER, EVERYTHING)]

    assert is_let_in(READS, reads, ANONYMOUS)
    assert is_let_in(KNOWN, reads, ANONYMOUS)
    assert refusal(INSIDE, reads, ANONYMOUS) == WHO
    assert refusal(registers(), reads, ANONYMOUS, subject="orders") == WHO


def test_given_no_declaration_when_asked_then_it_is_refused_even_to_an_admin():
    status, code, *_ = refusal({}, [(Role.ADMIN, EVERYTHING)])

    assert (status, code) == (403, 403)


def test_given_the_frameworks_own_options_when_asked_then_everybody_learns_the_routes():
    route = framework(handler(registers())).routes[0]
    options, _ = route.route_handler_map["OPTIONS"]

    asyncio.run(authorisation.guard(connection(), options))


def test_given_routes_without_declarations_when_held_then_all_are_named_in_order():
    @get("/b", sync_to_thread=False)
    def read() -> None: ...

    @post("/a", sync_to_thread=False)
    def write() -> None: ...

    app = framework(read, write, handler(READS))

    assert undeclared(app) == ["GET /b", "POST /a"]
    with pytest.raises(UndeclaredRouteError) as caught:
        hold_declared(app)
    assert str(caught.value) == "No permission is declared for: GET /b, POST /a"


class Asking:
    """Callers in front of an application that says what they may do."""

    def __init__(self):
        self.store = AccessInMemory()
        self.reads = 0
        self.error = None
        self.during = lambda: None
        self.changes = Changes()
        self.runner = asyncio.Runner()
        self.threads = Threads(1)
        self.reached = []
        transactions: Any = self
        ports = replace(self.store.ports, transactions=transactions)
        self.callers: Any = Callers(self._app, ports, self.changes, self.threads)

    @contextmanager
    def read(self):
        self.reads += 1
        if self.error is not None:
            raise self.error
        with self.store.read() as store:
            self.during()
            yield store

    async def _app(self, scope, receive, send):
        self.reached.append((scope, receive, send))
        self.access = authorisation.CURRENT.get()

    def of(self, principal):
        """Return what somebody may do, by a request of theirs."""

        async def run():
            principals.CURRENT.set(principal)
            await self.callers({"type": "http"}, "receive", "send")
            return authorisation.CURRENT.get()

        assert self.runner.run(run()) is NOBODY
        return self.access

    def grant(self, name="ann", role=Role.READER):
        given = Grant(Grantee(GranteeKind.USER, name), role, EVERYTHING)
        access.grant(self.store.ports, [given], BY_TEST)

    def change(self, number):
        self.changes.advance(ACCESS_CONTEXT, number)


@pytest.fixture
def asking():
    found = Asking()
    with found.runner:
        yield found
        found.threads.stop()


READER = Access(frozenset({(Role.READER, EVERYTHING)}))


def test_given_grants_when_asked_then_each_caller_has_their_own(asking):
    asking.grant()

    assert (asking.of(ANN), asking.of(BOB)) == (READER, NOBODY)
    assert asking.reached[0] == ({"type": "http"}, "receive", "send")
    assert asking.reads == 1


def test_given_a_caller_when_they_ask_again_then_what_they_may_is_remembered(asking):
    assert asking.callers.remembered(ANN) is None
    found = asking.of(ANN)

    assert asking.of(ANN) is found
    assert asking.callers.remembered(ANN) is found
    assert asking.callers.remembered(BOB) is None


def test_given_a_grant_when_it_is_learnt_of_then_it_holds(asking):
    assert asking.of(ANN) == NOBODY
    asking.grant()
    assert asking.of(ANN) == NOBODY
    asking.change(1)
    assert asking.callers.remembered(ANN) is None

    assert asking.of(ANN) == READER

    assert asking.reads == 2


def test_given_a_change_while_grants_are_read_when_asked_then_they_are_read_again(
    asking,
):
    asking.during = lambda: asking.change(1)
    asking.of(ANN)
    asking.during = lambda: None

    asking.of(ANN)
    asking.of(ANN)

    assert asking.reads == 2


@pytest.mark.parametrize("error", [StoreUnavailableError(), BusyError()])
def test_given_an_outage_when_asked_then_what_was_known_holds(asking, error):
    asking.grant()
    asking.of(ANN)
    asking.change(1)
    asking.error = error

    assert (asking.of(ANN), asking.of(BOB)) == (READER, NOBODY)

    asking.error = None
    asking.grant("bob")
    assert asking.of(BOB) == READER


def test_given_an_outage_when_nothing_was_known_then_nothing_is_granted(asking):
    asking.grant()
    asking.error = StoreUnavailableError()

    assert asking.of(ANN) == NOBODY


def test_given_what_is_no_request_when_it_comes_then_it_is_handed_on(asking):
    asking.runner.run(asking.callers({"type": "lifespan"}, "receive", "send"))

    assert asking.reached == [({"type": "lifespan"}, "receive", "send")]
    assert asking.reads == 0


def test_given_room_for_two_callers_when_a_third_asks_then_it_begins_anew(
    asking, monkeypatch
):
    monkeypatch.setattr(authorisation, "_MOST_CALLERS", 2)
    for each in (ANN, BOB):
        asking.of(each)
    assert asking.callers.remembered(ANN) is not None

    asking.of(ANONYMOUS)

    assert asking.callers.remembered(ANN) is None
    assert asking.callers.remembered(ANONYMOUS) is not None

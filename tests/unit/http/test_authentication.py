"""What is remembered of a credential, for how long, and who waits for whom."""

import asyncio
import threading
from base64 import b64encode

import pytest

from registry.application.authentication import Basic, Shown, UnauthenticatedError
from registry.application.changes import Changes
from registry.application.lockout import LockedOutError
from registry.domain.accounts import is_token_id
from registry.domain.errors import StoreUnavailableError
from registry.domain.model import ACCESS_CONTEXT
from registry.domain.principals import CredentialKind, Principal
from registry.http import authentication, principals
from registry.http.authentication import (
    FRESH_MS,
    OUTAGE_MS,
    Authentication,
    Gate,
)
from registry.http.metrics import Counters, Layout
from registry.http.peers import Peers
from registry.http.transport import DEFAULT_BODY_LIMITS, Transport

ANN = Principal("ann", CredentialKind.PASSWORD)


class Guard:
    """Authentication in front of an application that says who has come through."""

    def __init__(self):
        self.now_ms = 1_000_000
        self.asked = []
        self.answer = lambda: Shown(ANN)
        self.let_go = threading.Event()
        self.let_go.set()
        self.is_asked = threading.Event()
        self.is_held = lambda _credential: True
        # Threads serve the loop that they were first asked on.
        self.runner = asyncio.Runner()
        self.changes = Changes()
        gate = Gate(self._shown, lambda: self.now_ms, Peers(), b"k")
        counters = Counters.private(Layout.of([("GET", "/")]))
        transport = Transport(self._app, counters, DEFAULT_BODY_LIMITS, {})
        self.app = Authentication(self._app, transport, gate, self.changes)

    def _shown(self, credential, address, *, is_renewed=False):
        self.asked.append((credential, address, is_renewed))
        self.is_asked.set()
        if self.is_held(credential):
            self.let_go.wait(30)
        return self.answer()

    async def _app(self, scope, receive, send):
        name = principals.CURRENT.get().name.encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": name})

    async def get(self, authorization=b"Basic YW5uOng="):
        messages = []

        async def send(message):
            messages.append(message)

        scope = {
            "type": "http",
            "method": "GET",
            "path": "/",
            "raw_path": b"/",
            "client": ("10.0.0.9", 1),
            "headers": [(b"authorization", authorization)],
        }
        await self.app(scope, None, send)
        return messages[0]["status"], messages[1]["body"]

    def statuses(self, *act):
        """Make one request after another, and do in between what is said."""

        async def run():
            found = []
            for each in act:
                if callable(each):
                    each()
                else:
                    found.append((await self.get(each))[0])
            return found

        return self.runner.run(run())

    def passes(self, milliseconds):
        def act():
            self.now_ms += milliseconds

        return act

    def says(self, error):
        def answer():
            raise error

        return lambda: setattr(self, "answer", answer)

    def changed(self, number=1, context=ACCESS_CONTEXT):
        return lambda: self.changes.advance(context, number)


GOOD = b"Basic YW5uOng="
LOST = StoreUnavailableError()
BAD = UnauthenticatedError("no")


@pytest.fixture
def guard():
    found = Guard()
    with found.runner:
        yield found
        found.app.stop()


def test_given_a_good_credential_when_asked_again_then_nobody_is_asked(guard):
    assert guard.statuses(GOOD, GOOD, GOOD) == [200, 200, 200]

    assert guard.asked == [(Basic("ann", "x"), "address 10.0.0.9", False)]


def test_given_a_good_credential_when_a_minute_is_over_then_it_is_asked_for_anew(guard):
    guard.statuses(GOOD, guard.passes(FRESH_MS - 1), GOOD)
    assert len(guard.asked) == 1

    guard.statuses(guard.passes(1), GOOD)

    assert [is_renewed for *_, is_renewed in guard.asked] == [False, True]


def test_given_a_change_of_accounts_when_learnt_then_all_are_asked_for_anew(guard):
    guard.statuses(GOOD, guard.changed(), guard.says(BAD))

    assert guard.statuses(GOOD) == [401]


def test_given_a_change_elsewhere_when_learnt_then_what_is_known_stays(guard):
    guard.statuses(GOOD, guard.changed(context="."), GOOD)

    assert len(guard.asked) == 1


def test_given_a_change_while_asking_when_answered_then_it_is_not_remembered(guard):
    guard.answer = lambda: guard.changed()() or Shown(ANN)

    guard.statuses(GOOD, GOOD)

    assert len(guard.asked) == 2


def test_given_what_ends_soon_when_it_has_ended_then_it_is_not_remembered(guard):
    guard.answer = lambda: Shown(ANN, until_ms=guard.now_ms + 10)

    found = guard.statuses(GOOD, guard.says(BAD), guard.passes(9), GOOD)
    assert found == [200, 200]

    assert guard.statuses(guard.passes(1), GOOD) == [401]


def test_given_a_refusal_when_asked_again_then_it_is_asked_for_anew(guard):
    guard.says(BAD)()

    assert guard.statuses(GOOD, GOOD) == [401, 401]
    assert len(guard.asked) == 2


def test_given_a_lost_database_when_a_known_one_asks_then_it_goes_on_for_an_hour(guard):
    lost = [guard.passes(FRESH_MS), guard.says(LOST)]

    assert guard.statuses(GOOD, *lost, GOOD, GOOD) == [200, 200, 200]
    assert len(guard.asked) == 2
    assert guard.statuses(guard.passes(OUTAGE_MS), GOOD) == [503]


def test_given_a_lost_database_when_a_credential_has_ended_then_it_is_over(guard):
    guard.answer = lambda: Shown(ANN, until_ms=guard.now_ms + FRESH_MS + 10)
    lost = [guard.passes(FRESH_MS + 5), guard.says(LOST)]

    assert guard.statuses(GOOD, *lost, GOOD) == [200, 200]
    assert guard.statuses(guard.passes(5), GOOD) == [503]


def test_given_a_lost_database_when_a_stranger_asks_then_it_is_unavailable(guard):
    guard.says(LOST)()

    assert guard.statuses(GOOD) == [503]


def test_given_a_lost_database_when_accounts_had_changed_then_nobody_goes_on(guard):
    assert guard.statuses(GOOD, guard.changed(), guard.says(LOST), GOOD) == [200, 503]


def test_given_a_lock_when_answered_then_it_says_when_to_try_again(guard):
    guard.says(LockedOutError(42))()
    messages = []

    async def run():
        async def send(message):
            messages.append(message)

        headers = [(b"authorization", GOOD)]
        scope = {"type": "http", "method": "GET", "path": "/", "headers": headers}
        await guard.app(scope, None, send)

    guard.runner.run(run())

    assert messages[0]["status"] == 429
    assert (b"retry-after", b"42") in messages[0]["headers"]
    assert b'"error_code":429' in messages[1]["body"]


def test_given_a_fault_of_ours_when_asking_then_nobody_comes_through(guard, caplog):
    guard.says(ZeroDivisionError("what it was"))()

    async def run():
        return await guard.get()

    status, body = guard.runner.run(run())

    assert status == 500
    assert b"what it was" not in body
    assert "unexpected error" in caplog.text


def test_given_many_at_once_when_they_present_the_same_then_one_asks(guard):
    guard.let_go.clear()

    async def run():
        waiting = [asyncio.ensure_future(guard.get()) for _ in range(50)]
        await asyncio.to_thread(guard.is_asked.wait, 30)
        guard.let_go.set()
        return await asyncio.gather(*waiting)

    assert guard.runner.run(run()) == [(200, b"ann")] * 50
    assert len(guard.asked) == 1


def test_given_the_first_has_gone_when_others_wait_then_they_are_answered(guard):
    guard.let_go.clear()

    async def run():
        first, second = (asyncio.ensure_future(guard.get()) for _ in range(2))
        await asyncio.to_thread(guard.is_asked.wait, 30)
        first.cancel()
        guard.let_go.set()
        return await second

    assert guard.runner.run(run()) == (200, b"ann")


def test_given_endless_credentials_when_remembered_then_it_is_bounded(
    guard, monkeypatch
):
    monkeypatch.setattr(authentication, "_MOST_KNOWN", 3)

    guard.statuses(*(b"Bearer %d" % number for number in range(20)))

    assert len(guard.app._known) == 3


def test_given_a_credential_when_remembered_then_it_is_nowhere_as_it_came(guard):
    guard.statuses(GOOD)

    assert b"YW5uOng" not in b"".join(guard.app._known)


def test_given_a_request_when_it_is_over_then_the_next_is_anonymous_again(guard):
    async def run():
        await guard.get()
        return principals.CURRENT.get()

    assert guard.runner.run(run()).name == "anonymous"


def test_given_passwords_that_are_looked_at_when_a_token_comes_then_it_does_not_wait(
    guard,
):
    token = b"Basic " + b64encode(b"wpt_0123456789abcdef:secret")

    async def run():
        guard.let_go.clear()
        passwords = [
            asyncio.ensure_future(guard.get(b"Basic " + b64encode(b"a:%d" % each)))
            for each in range(authentication.PASSWORD_THREADS + 1)
        ]
        await asyncio.to_thread(guard.is_asked.wait, 30)
        guard.is_held = lambda credential: not is_token_id(credential.name)
        found = await guard.get(token)
        guard.let_go.set()
        await asyncio.gather(*passwords)
        return found

    assert guard.runner.run(run()) == (200, b"ann")


def test_given_a_field_worded_like_a_certificate_when_read_then_it_is_none(guard):
    assert guard.statuses(b"certificate\x00CN=orders,O=Example") == [401]
    assert guard.asked == []

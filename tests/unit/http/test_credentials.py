"""What a request presents, how it is read, and what is said where it is not good."""

import asyncio
import json
import threading
from base64 import b64encode
from contextlib import contextmanager
from ipaddress import ip_network

import pytest

from registry.application.authentication import (
    Basic,
    Bearer,
    Certificate,
    Shown,
    UnauthenticatedError,
)
from registry.application.changes import Changes
from registry.application.lockout import LockedOutError
from registry.domain.errors import StoreUnavailableError
from registry.domain.model import ACCESS_CONTEXT
from registry.domain.principals import ANONYMOUS, CredentialKind, Principal
from registry.http import authentication, principals
from registry.http.authentication import (
    CHALLENGE,
    FRESH_MS,
    NEEDED,
    OUTAGE_MS,
    PASSWORD_THREADS,
    Authentication,
    Gate,
)
from registry.http.errors import BusyError
from registry.http.metrics import Counters, Layout
from registry.http.peers import Peers
from registry.http.transport import DEFAULT_BODY_LIMITS, Transport

ANN = Principal("ann", CredentialKind.PASSWORD)
NOT_VALID = "The credentials are not valid."
HEADER = "x-client-subject"
PROXIES = Peers((ip_network("10.0.0.9/32"),))
LOST = StoreUnavailableError()


class Answer:
    """What was sent: a status, header fields, and a body."""

    def __init__(self, messages):
        self.status = messages[0]["status"]
        self.headers = dict(messages[0]["headers"])
        self.body = b"".join(each.get("body", b"") for each in messages[1:])

    @property
    def told(self):
        found = json.loads(self.body)
        return self.status, found["error_code"], found["message"]


class Door:
    """Authentication with a gate of any kind; says who came through, and asks whom."""

    def __init__(self, **gate):
        self.now_ms = 1_000_000
        self.asked = []
        self.answer = lambda: Shown(ANN)
        self.reached = []
        self.runner = asyncio.Runner()
        self.changes = Changes()
        known = {"peers": Peers(), "secret": b"k", **gate}
        self.gate = Gate(self._shown, lambda: self.now_ms, **known)
        counters = Counters.private(Layout.of([("GET", "/")]))
        transport = Transport(self._app, counters, DEFAULT_BODY_LIMITS, {})
        self.app = Authentication(self._app, transport, self.gate, self.changes)

    def _shown(self, credential, address, *, is_renewed=False):
        self.asked.append(credential)
        self.address = address
        return self.answer()

    async def _app(self, scope, receive, send):
        self.reached.append((scope["type"], receive, send))
        self.principal = principals.CURRENT.get()
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"through"})

    async def ask(self, *headers, method="GET", path="/", **more):
        messages = []

        async def send(message):
            messages.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "client": ("10.0.0.9", 1),
            "headers": list(headers),
            **more,
        }
        await self.app(scope, None, send)
        return Answer(messages)

    def get(self, *headers, **more):
        return self.runner.run(self.ask(*headers, **more))

    def present(self, authorization=b"Bearer ey.j.w"):
        return self.get((b"authorization", authorization))

    def fails(self, error):
        def answer():
            raise error

        self.answer = answer


@pytest.fixture
def door():
    with opened() as found:
        yield found


@pytest.fixture
def behind_proxy():
    with opened(peers=PROXIES, certificate_header=HEADER) as found:
        yield found


@pytest.fixture
def open_to_read():
    with opened(is_anonymous_read=True) as found:
        yield found


@contextmanager
def opened(**gate):
    found = Door(**gate)
    with found.runner:
        yield found
        found.app.stop()


def basic(text):
    return b"Basic " + b64encode(text.encode())


def certificate(subject):
    return HEADER.encode(), subject


@pytest.fixture
def reasons(caplog):
    """What the log says of each credential that was not even asked about."""
    caplog.set_level("INFO", "registry.application.authentication")
    return lambda: [each.reason for each in caplog.records]


@pytest.mark.parametrize(
    ("presented", "credential"),
    [
        (basic("ann:x"), Basic("ann", "x")),
        (basic("ann:"), Basic("ann", "")),
        (basic("ann:x:y"), Basic("ann", "x:y")),
        (basic("ärger:ö"), Basic("ärger", "ö")),
        (basic("a" * 256 + ":x"), Basic("a" * 256, "x")),
        (basic("ann:x").replace(b"Basic", b"bAsIC"), Basic("ann", "x")),
        (b"Bearer ey.j.w", Bearer("ey.j.w")),
        (b"BEARER ey.j.w", Bearer("ey.j.w")),
        (b"Bearer  two", Bearer(" two")),
        (b"Bearer " + b"A" * (16 * 1024 - 7), Bearer("A" * (16 * 1024 - 7))),
    ],
)
def test_given_a_field_when_it_has_a_known_form_then_it_is_read(
    door, presented, credential
):
    assert door.present(presented).status == 200

    assert door.asked == [credential]
    assert door.principal is ANN
    assert door.address == "address 10.0.0.9"


@pytest.mark.parametrize(
    ("presented", "reason"),
    [
        (b"", "neither Basic nor Bearer"),
        (b"Digest ey.j.w", "neither Basic nor Bearer"),
        (b"ey.j.w", "neither Basic nor Bearer"),
        (b"Bearer\tey.j.w", "neither Basic nor Bearer"),
        (b"Bearer " + b"A" * (16 * 1024 - 6), "credential is too long"),
        (b"Bearer \xff", "malformed credential"),
        (b"Basic !!!!", "malformed credential"),
        (b"Basic YW5u\nOng=", "malformed credential"),
        (basic("no colon"), "malformed credential"),
        (basic("a" * 257 + ":x"), "malformed credential"),
        (basic("a\0b:x"), "malformed credential"),
        (b"certificate\x00CN=ann", "malformed credential"),
    ],
)
def test_given_a_field_of_another_form_when_read_then_nobody_is_asked_about_it(
    door, reasons, presented, reason
):
    assert door.present(presented).told == (401, 40101, NOT_VALID)

    assert reasons() == [reason]
    assert door.asked == []
    assert door.reached == []


def test_given_two_fields_when_read_then_they_are_one_credential_that_is_not_good(door):
    fields = [(b"authorization", b"Bearer a"), (b"authorization", b"Bearer b")]

    door.get((b"accept", b"*/*"), *fields)

    assert door.asked == [Bearer("a, Bearer b")]


def test_given_no_field_when_asked_then_it_is_said_what_is_needed(door):
    answer = door.get((b"accept", b"*/*"))

    assert answer.told == (401, 40101, NEEDED)
    assert answer.headers[b"www-authenticate"] == (
        b'Bearer realm="wirepact", Basic realm="wirepact", charset="UTF-8"'
    )
    assert [*CHALLENGE] == ["www-authenticate"]


def test_given_no_field_when_head_is_refused_then_there_is_no_body(door):
    answer = door.get(method="HEAD")

    assert (answer.status, answer.body) == (401, b"")


def test_given_what_is_no_request_when_it_comes_then_it_is_handed_on(door):
    async def run():
        await door.app({"type": "lifespan"}, "receive", "send")

    door.runner.run(run())

    assert door.reached == [("lifespan", "receive", "send")]
    assert door.principal is ANONYMOUS


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_given_no_field_when_a_probe_asks_then_it_comes_through(door, path):
    assert door.get(path=path).status == 200
    assert door.get(path=path, raw_path=None).status == 200
    assert door.principal is ANONYMOUS


@pytest.mark.parametrize(
    ("path", "raw_path"),
    [
        ("/health/live", b"/health%2Flive"),
        ("/health/live/", b"/health/live/"),
        ("/metrics", b"/metrics"),
    ],
)
def test_given_no_field_when_a_path_is_nearly_a_probes_then_it_is_refused(
    door, path, raw_path
):
    assert door.get(path=path, raw_path=raw_path).status == 401


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_given_anonymous_reads_when_nobody_reads_then_they_come_through(
    open_to_read, method
):
    assert open_to_read.get(method=method).status == 200
    assert open_to_read.principal is ANONYMOUS


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "get"])
def test_given_anonymous_reads_when_nobody_writes_then_they_are_refused(
    open_to_read, method
):
    assert open_to_read.get(method=method).status == 401


def test_given_anonymous_reads_when_a_bad_field_comes_then_it_is_refused(open_to_read):
    assert open_to_read.present(b"Digest x").status == 401


@pytest.mark.parametrize(
    ("fields", "subject"),
    [
        ([b"CN=ann"], "CN=ann"),
        ([b"CN=a", b"CN=b"], "CN=a, CN=b"),
        ([b"", b"CN=ann"], ", CN=ann"),
        ([b"CN=\xe4"], "CN=ä"),
    ],
)
def test_given_a_certificate_when_a_proxy_has_seen_it_then_its_subject_is_asked_for(
    behind_proxy, fields, subject
):
    behind_proxy.get((b"accept", b"*/*"), *map(certificate, fields))

    assert behind_proxy.asked == [Certificate(subject)]


def test_given_a_certificate_when_there_is_an_authorization_then_that_decides(
    behind_proxy,
):
    behind_proxy.get(certificate(b"CN=ann"), (b"authorization", b"Bearer x"))

    assert behind_proxy.asked == [Bearer("x")]


@pytest.mark.parametrize("fields", [[], [b""], [b"", b""]])
def test_given_a_proxy_when_it_has_seen_no_certificate_then_there_is_nobody(
    behind_proxy, fields
):
    assert behind_proxy.get(*map(certificate, fields)).told == (401, 40101, NEEDED)


def test_given_a_certificate_when_somebody_else_sends_it_then_it_is_not_looked_at(
    behind_proxy,
):
    answer = behind_proxy.get(certificate(b"CN=ann"), client=("10.0.0.8", 1))

    assert answer.told == (401, 40101, NEEDED)
    assert behind_proxy.asked == []


def test_given_a_certificate_when_no_header_is_set_then_it_is_not_looked_at():
    with opened(peers=PROXIES) as door:
        assert door.get(certificate(b"CN=ann")).status == 401


@pytest.mark.parametrize(
    ("error", "told", "header"),
    [
        (UnauthenticatedError("no"), (401, 40101, "no"), None),
        (BusyError(), (503, 503, str(BusyError())), b"1"),
        (LOST, (503, 503, str(LOST)), str(LOST.retry_after_s).encode()),
        (LockedOutError(42), (429, 429, str(LockedOutError(42))), b"42"),
        (ZeroDivisionError("of ours"), (500, 500, "Internal Server Error"), None),
    ],
    ids=lambda each: type(each).__name__,
)
def test_given_an_error_when_asked_then_it_is_told_in_its_own_way(
    door, error, told, header
):
    door.fails(error)

    answer = door.present()

    assert answer.told == told
    assert answer.headers.get(b"retry-after") == header
    assert (b"www-authenticate" in answer.headers) is (told[0] == 401)


def test_given_a_fault_of_ours_when_asked_then_the_log_has_all_of_it(door, caplog):
    error = ZeroDivisionError("of ours")
    door.fails(error)

    door.present()

    (record,) = caplog.records
    assert record.getMessage() == "unexpected error"
    assert record.exc_info[1] is error


def test_given_a_refusal_when_logged_then_it_says_from_where_and_what(door, caplog):
    caplog.set_level("INFO", "registry.http.authentication")
    door.fails(LockedOutError(42))

    door.present()

    (record,) = caplog.records
    assert record.getMessage() == "client refused"
    assert getattr(record, "from") == "10.0.0.9"
    assert record.code == 429


def test_given_a_known_one_when_refused_then_an_outage_does_not_let_them_in(door):
    assert door.present().status == 200
    door.now_ms += FRESH_MS
    door.fails(UnauthenticatedError("no"))
    assert door.present().status == 401
    door.fails(LOST)

    assert door.present().status == 503


@pytest.mark.parametrize("error", [LOST, BusyError()])
def test_given_an_outage_when_a_known_one_asks_then_it_is_put_off_for_five_seconds(
    door, error
):
    door.present()
    door.now_ms += FRESH_MS
    door.fails(error)
    door.present()
    door.now_ms += 4_999
    assert door.present().status == 200
    assert len(door.asked) == 2
    door.now_ms += 1

    assert door.present().status == 200

    assert len(door.asked) == 3


def test_given_an_outage_when_the_hour_ends_then_it_is_not_put_off_beyond(door):
    door.present()
    door.fails(LOST)
    door.now_ms += OUTAGE_MS - 1
    assert door.present().status == 200
    door.now_ms += 1

    assert door.present().status == 503


def test_given_a_change_during_an_outage_when_put_off_then_it_is_asked_for_still(door):
    door.present()
    door.changes.advance(ACCESS_CONTEXT, 1)
    door.fails(LOST)

    assert door.present().status == 503


def test_given_room_for_two_when_a_third_comes_then_the_oldest_is_forgotten(
    door, monkeypatch
):
    monkeypatch.setattr(authentication, "_MOST_KNOWN", 2)
    for each in (b"Bearer 1", b"Bearer 2", b"Bearer 3"):
        door.present(each)
    door.asked.clear()

    for each in (b"Bearer 3", b"Bearer 2", b"Bearer 1"):
        door.present(each)

    assert door.asked == [Bearer("1")]


def test_given_room_for_two_when_one_is_asked_for_anew_then_both_stay(
    door, monkeypatch
):
    monkeypatch.setattr(authentication, "_MOST_KNOWN", 2)
    door.present(b"Bearer 1")
    door.now_ms += 1
    door.present(b"Bearer 2")
    door.now_ms += FRESH_MS - 1
    door.present(b"Bearer 1")
    door.asked.clear()

    door.present(b"Bearer 2")

    assert door.asked == []


def test_given_secrets_when_credentials_are_remembered_then_each_has_its_own_keys():
    first, second = Door(secret=b"a"), Door(secret=b"b")
    longest = Door(secret=b"k" * 64)

    keys = {each.app.key(b"Bearer x") for each in (first, second, longest)}

    assert {len(each) for each in keys} == {32}
    assert len(keys) == 3
    assert first.app.key(b"Bearer x") == first.app.key(b"Bearer x")
    assert first.app.key(b"Bearer x") != first.app.key(b"Bearer y")


def test_given_a_known_credential_when_remembered_then_it_is_for_a_minute(door):
    assert door.app.remembered(b"Bearer ey.j.w") is None
    door.present()

    assert door.app.remembered(b"Bearer ey.j.w") == (ANN, FRESH_MS)

    door.changes.advance(ACCESS_CONTEXT, 1)
    assert door.app.remembered(b"Bearer ey.j.w") is None


def test_given_no_credential_when_remembered_then_only_of_open_reads_without_proxies(
    door, behind_proxy, open_to_read
):
    assert door.app.remembered(None) is None
    assert behind_proxy.app.remembered(None) is None
    assert open_to_read.app.remembered(None) == (ANONYMOUS, FRESH_MS)
    with opened(is_anonymous_read=True, certificate_header=HEADER) as both:
        assert both.app.remembered(None) is None


@pytest.mark.parametrize(
    ("credential", "work"),
    [
        (Basic("ann", "x"), "HASHING"),
        (Basic("wpt_" + "0" * 16, "x"), "READING"),
        (Bearer("wpt_x"), "READING"),
        (Bearer("ey.j.w"), "ASKING_A_PROVIDER"),
        (Certificate("CN=ann"), "READING"),
    ],
    ids=repr,
)
def test_given_a_credential_when_asked_about_then_no_other_kind_waits_for_it(
    credential, work
):
    assert authentication._work(credential).name == work


def test_given_passwords_that_wait_when_they_are_too_many_then_the_next_is_sent_away(
    monkeypatch,
):
    monkeypatch.setattr(authentication, "_MOST_WAITING_PASSWORDS", 1)
    begun, let_go = threading.Semaphore(0), threading.Event()

    def answer():
        begun.release()
        let_go.wait(20)
        return Shown(ANN)

    async def run(door):
        def ask(number):
            field = (b"authorization", basic(f"ann:{number}"))
            return asyncio.ensure_future(door.ask(field))

        looked_at = []
        for number in range(PASSWORD_THREADS):
            looked_at.append(ask(number))
            await asyncio.to_thread(begun.acquire, timeout=20)
        waits, refused = ask("waits"), ask("refused")
        found = await refused
        let_go.set()
        return found, await asyncio.gather(*looked_at, waits)

    with opened() as door:
        door.answer = answer
        refused, others = door.runner.run(run(door))

    assert refused.told == (503, 503, str(BusyError()))
    assert [each.status for each in others] == [200] * (PASSWORD_THREADS + 1)


def test_given_all_who_waited_have_gone_when_it_fails_then_it_is_no_fault_of_ours(door):
    faults = []
    begun, let_go = threading.Event(), threading.Event()

    def answer():
        begun.set()
        assert let_go.wait(20)
        raise LOST

    door.answer = answer

    async def run():
        asyncio.get_running_loop().set_exception_handler(
            lambda _loop, context: faults.append(context)
        )
        asking = asyncio.ensure_future(door.ask((b"authorization", b"Bearer x")))
        await asyncio.to_thread(begun.wait, 20)
        (flight,) = door.app._flights.values()
        asking.cancel()
        let_go.set()
        await asyncio.wait([flight, asking])

    door.runner.run(run())

    assert faults == []
    assert door.app._flights == {}

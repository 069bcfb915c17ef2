"""Who is answered without the ordinary way, and what sends them back to it."""

import asyncio
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from registry.application.authentication import Shown, UnauthenticatedError
from registry.application.changes import Changes
from registry.domain.access import EVERYTHING, Grant, Grantee, GranteeKind, Role
from registry.domain.model import ACCESS_CONTEXT
from registry.domain.principals import CredentialKind, Principal
from registry.http import by_id as by_id_module
from registry.http import front as front_module
from registry.http import principals
from registry.http.asgi import App
from registry.http.authentication import FRESH_MS, Authentication, Gate
from registry.http.authorisation import CURRENT, Callers
from registry.http.by_id import ID, ById
from registry.http.front import Credentials, Front, NoGuards
from registry.http.hosts import LocalHosts, LocalNames
from registry.http.metrics import Counters, Layout, Scrape
from registry.http.peers import Peers
from registry.http.rates import Rates
from registry.http.threads import Threads
from registry.http.transport import DEFAULT_BODY_LIMITS, Transport
from registry.http.windows import admission

ANN, BOB, EVE = b"Bearer ann", b"Bearer bob", b"Bearer eve"


def granted(name, role=Role.READER):
    return Grant(Grantee(GranteeKind.USER, name), role, EVERYTHING)


class Server:
    """A registry of one schema, whose answer says what its reader was granted."""

    def __init__(
        self,
        *,
        is_guarded=True,
        is_for_this_machine=False,
        rates=None,
        cache_bytes=100_000,
        **gate,
    ):
        self.now_ms = 1_000_000
        self.until_ms = None
        self.bad = {EVE}
        self.grants = [granted("ann"), granted("bob")]
        self.ordinary = 0
        self.changes = Changes()
        self.runner = asyncio.Runner()
        self.counters = Counters.private(Layout.of([("GET", ID)]))
        held = None if rates is None else admission(rates, 1, Peers())
        transport = Transport(
            self._schema, self.counters, DEFAULT_BODY_LIMITS, {}, [], held
        )
        self.by_id = ById(transport, self.changes, self.counters, cache_bytes, [], held)
        self.threads = Threads()
        ports: Any = SimpleNamespace(transactions=self)
        callers = Callers(self.by_id, ports, self.changes, self.threads)
        asking = Gate(self._shown, lambda: self.now_ms, Peers(), b"k", **gate)
        self.authentication = Authentication(callers, transport, asking, self.changes)
        self._inner: App = self.authentication if is_guarded else self.by_id
        guards: Any
        guards = Credentials(self.authentication, callers) if is_guarded else NoGuards()
        if is_for_this_machine:
            self._inner = LocalHosts(self.by_id, transport)
            guards = LocalNames()
        self.front = Front(
            self._ordinarily,
            self.by_id,
            self.changes,
            self.counters,
            guards,
            held,
            lambda: int(self.now_ms * 1_000_000),
        )

    @contextmanager
    def read(self):
        yield SimpleNamespace(grants=SimpleNamespace(all=lambda: self.grants))

    def stop(self):
        self.authentication.stop()
        self.threads.stop()
        self.runner.close()

    def _shown(self, credential, _address, *, is_renewed=False):
        if b"Bearer " + credential.text.encode() in self.bad:
            raise UnauthenticatedError("no")
        # Two credentials of one account differ in what comes after the point.
        name = credential.text.partition(".")[0]
        return Shown(Principal(name, CredentialKind.TOKEN), self.until_ms)

    async def _ordinarily(self, scope, receive, send):
        self.ordinary += 1
        await self._inner(scope, receive, send)

    async def _schema(self, scope, _receive, send):
        scope["path_template"] = ID
        roles = ", ".join(sorted(role for role, _ in CURRENT.get().grants))
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        body = f"{principals.CURRENT.get().name}: {roles}".encode()
        await send({"type": "http.response.body", "body": body})

    async def _told(self, authorizations, path, headers, takes_ms):
        messages = []

        async def send(message):
            self.now_ms += takes_ms
            messages.append(message)

        scope = {
            "type": "http",
            "method": "GET",
            "path": path.decode(),
            "raw_path": path,
            "query_string": b"",
            "client": ("10.0.0.9", 1),
            "headers": [
                *((b"authorization", each) for each in authorizations),
                *headers,
            ],
        }
        await self.front.answer(scope, None, send)
        return messages

    def told(self, *authorizations, path=b"/schemas/ids/1", headers=(), takes_ms=0):
        """Return what is sent about a read, fields by name; ids of requests apart.

        Args:
            takes_ms: How long the client takes to take each message.

        """
        asked = self._told(authorizations, path, headers, takes_ms)
        start, content = self.runner.run(asked)
        assert len(start["headers"]) == len(dict(start["headers"]))
        fields = dict(start["headers"])
        request_id = fields.pop(b"x-request-id")
        return {**start, "headers": fields}, content, request_id

    def get(self, *authorizations, **more):
        """Return status and body of a read."""
        start, content, _ = self.told(*authorizations, **more)
        return start["status"], content["body"]

    def measured(self):
        """Return the lines about requests that a scrape would get."""
        return Scrape(self.counters, None, lambda: True).text().decode()

    def ways(self, *authorizations, **more):
        """Return the status of a read, and how often the ordinary way was gone."""
        before = self.ordinary
        status, _ = self.get(*authorizations, **more)
        return status, self.ordinary - before

    def warm(self, *authorizations, **more):
        for _ in range(3):
            self.get(*authorizations, **more)
        assert self.ways(*authorizations, **more)[1] == 0

    def change_access(self):
        self.changes.advance(ACCESS_CONTEXT, self.changes.seen(ACCESS_CONTEXT) + 1)


@pytest.fixture
def serving():
    servers = []

    def start(**more):
        servers.append(Server(**more))
        return servers[-1]

    yield start
    for each in servers:
        each.stop()


@pytest.fixture
def server(serving):
    return serving()


def test_given_a_known_caller_when_a_known_answer_is_asked_for_then_it_is_short(server):
    server.warm(ANN)

    assert server.ways(ANN) == (200, 0)


def test_given_a_short_answer_when_compared_then_it_is_that_of_the_ordinary_way(server):
    server.get(ANN)
    # What is kept, sent by the ordinary way: nothing is known of this caller yet.
    ordinary = server.told(BOB)
    server.warm(BOB)

    start, content, _ = server.told(BOB)

    assert (start, content) == ordinary[:2]
    assert start["type"] == "http.response.start"
    assert start["headers"][b"content-type"] == b"application/json"


@pytest.mark.parametrize(
    ("given", "expected"),
    [(b"r-1", b"r-1"), (b"of\nsomebody", None), (b"one,two", None)],
)
def test_given_a_request_id_when_the_way_is_short_then_a_good_one_is_echoed(
    server, given, expected
):
    server.warm(ANN)

    told = server.told(ANN, headers=[(b"x-request-id", given)])[2]

    assert told == given if expected else told != given
    assert len(told) == (len(given) if expected else 36)


def test_given_no_request_id_when_the_way_is_short_then_each_has_one_of_its_own(server):
    server.warm(ANN)

    found = {server.told(ANN)[2] for _ in range(600)}

    assert {len(each) for each in found} == {36}
    assert len(found) == 600


def test_given_a_known_tag_when_the_way_is_short_then_nothing_is_sent_again(server):
    server.warm(ANN)
    tag = server.told(ANN)[0]["headers"][b"etag"]

    start, content, _ = server.told(ANN, headers=[(b"if-none-match", tag)])
    other = server.told(ANN, headers=[(b"if-none-match", b'"other"')])

    assert (start["status"], content["body"]) == (304, b"")
    assert (other[0]["status"], other[1]["body"]) == (200, b"ann: reader")
    assert server.ways(ANN, headers=[(b"if-none-match", tag)]) == (304, 0)


def test_given_a_form_that_is_not_spoken_when_asked_for_then_never_the_known_one(
    server,
):
    server.warm(ANN)

    found = [server.ways(ANN, headers=[(b"accept", b"text/html")]) for _ in range(3)]

    assert found == [(406, 1)] * 3


@pytest.mark.parametrize(
    "scope",
    [
        {"type": "lifespan"},
        {"type": "http", "method": "POST", "headers": []},
        {"type": "http", "method": "GET", "headers": [], "query_string": b""},
    ],
)
def test_given_what_is_not_known_when_asked_then_it_is_handed_on_as_it_came(
    server, scope
):
    server.warm(ANN)
    handed_on: list[Any] = []

    async def keeping(*given: Any) -> None:
        handed_on.extend(given)

    front = Front(keeping, server.by_id, server.changes, server.counters, NoGuards())
    given: list[Any] = [scope, "receive", "send"]
    for _ in range(2):
        server.runner.run(front.answer(*given))

    assert handed_on == given * 2


def test_given_no_more_room_when_one_is_remembered_anew_then_the_others_stay(
    server, monkeypatch
):
    monkeypatch.setattr(front_module, "MOST_PASSES", 2)
    server.warm(ANN)
    server.warm(BOB)

    server.get(BOB, path=b"/schemas/ids/2")

    assert server.ways(ANN) == (200, 0)


@pytest.mark.parametrize("takes_ms", [1_000, 0.0625])
def test_given_a_client_that_takes_its_time_when_the_way_is_short_then_it_is_counted(
    server, takes_ms
):
    server.warm(ANN)
    before = _seconds(server.measured())

    for _ in range(4):
        server.told(ANN, takes_ms=takes_ms)

    # Two messages each.
    assert _seconds(server.measured()) - before == pytest.approx(8 * takes_ms / 1_000)


def _seconds(measured):
    name = "wirepact_http_request_duration_seconds_sum"
    (found,) = (line for line in measured.splitlines() if line.startswith(name))
    return float(found.rpartition(" ")[2])


def test_given_a_known_caller_when_revoked_then_the_next_request_is_refused(server):
    server.warm(ANN)
    server.bad.add(ANN)
    assert server.ways(ANN) == (200, 0)

    server.change_access()

    assert server.ways(ANN) == (401, 1)
    assert server.ways(ANN) == (401, 1)


def test_given_a_known_caller_when_a_minute_is_over_then_it_is_asked_for_anew(server):
    server.warm(ANN)
    server.bad.add(ANN)
    server.now_ms += FRESH_MS - 1
    assert server.ways(ANN) == (200, 0)

    server.now_ms += 1

    assert server.ways(ANN) == (401, 1)
    assert server.ways(ANN) == (401, 1)


def test_given_a_caller_who_stays_good_when_the_minute_is_over_then_it_is_short_again(
    server,
):
    server.warm(ANN)
    server.now_ms += FRESH_MS

    assert [server.ways(ANN) for _ in range(2)] == [(200, 1), (200, 0)]


def test_given_a_token_that_ends_when_it_has_ended_then_it_is_not_good(server):
    server.until_ms = server.now_ms + 10
    server.warm(ANN)
    server.bad.add(ANN)
    server.now_ms += 9
    assert server.ways(ANN) == (200, 0)

    server.now_ms += 1

    assert server.ways(ANN) == (401, 1)


def test_given_other_grants_when_learnt_then_other_answers_are_shown(server):
    server.warm(ANN)

    server.grants = [granted("ann", Role.OWNER)]
    server.change_access()

    for _ in range(3):
        assert server.get(ANN) == (200, b"ann: owner")


def test_given_callers_of_other_grants_when_asked_then_each_has_its_own_answers(server):
    server.grants = [granted("ann", Role.OWNER), granted("bob")]
    server.warm(ANN)
    server.warm(BOB)

    assert server.get(ANN) == (200, b"ann: owner")
    assert server.get(BOB) == (200, b"bob: reader")
    assert server.ways(ANN) == server.ways(BOB) == (200, 0)


def test_given_callers_of_equal_grants_when_asked_then_they_share_answers(server):
    server.warm(ANN)

    server.get(BOB)

    assert server.ways(BOB) == (200, 0)


def test_given_a_bad_credential_when_repeated_then_it_is_never_taken_for_good(server):
    server.warm(ANN)

    for _ in range(5):
        assert server.ways(EVE) == (401, 1)
        assert server.ways() == (401, 1)
    assert server.ways(ANN) == (200, 0)


@pytest.mark.parametrize("given", [(ANN, EVE), (EVE, ANN), (ANN, ANN)])
def test_given_two_credentials_when_one_is_known_then_the_ordinary_way_decides(
    server, given
):
    server.warm(ANN)
    server.bad.add(b", ".join(given))

    assert server.ways(*given) == (401, 1)


def test_given_a_change_elsewhere_when_learnt_then_the_way_stays_short(server):
    server.warm(ANN)

    server.changes.advance(".elsewhere", 1)

    assert server.ways(ANN) == (200, 0)


def test_given_a_change_of_its_context_when_learnt_then_the_answer_is_made_anew(server):
    server.warm(ANN)

    server.changes.advance(".", 1)

    assert server.ways(ANN) == (200, 1)


def test_given_another_context_in_the_path_when_asked_then_answers_are_not_mixed(
    server,
):
    server.warm(ANN)
    server.warm(ANN, path=b"/contexts/.a/schemas/ids/1")

    server.changes.advance(".a", 1)

    assert server.ways(ANN, path=b"/contexts/.a/schemas/ids/1") == (200, 1)
    assert server.ways(ANN) == (200, 0)


def test_given_credentials_of_one_account_when_counted_then_they_are_one_client(
    serving,
):
    # Twice of the rate at once; leases are of one.
    server = serving(rates=Rates(reads_per_s=10))

    found = [
        server.get(each)[0]
        for _ in range(15)
        for each in (b"Bearer a.1", b"Bearer a.2")
    ]

    assert found == [200] * 20 + [429] * 10
    assert server.get(BOB)[0] == 200


def test_given_leases_of_many_when_counted_then_no_more_than_the_rate_come_through(
    serving,
):
    server = serving(rates=Rates(reads_per_s=100))

    found = [server.get(ANN)[0] for _ in range(300)]

    assert found.count(200) == 200
    assert set(found[200:]) == {429}


def test_given_a_known_caller_when_answered_then_it_is_counted_once(server):
    for _ in range(10):
        server.get(ANN)

    told = server.measured()
    assert f'wirepact_http_requests_total{{method="GET",route="{ID}"' in told
    assert 'status="2xx"} 10.0' in told
    assert 'wirepact_cache_lookups_total{result="hit"} 9.0' in told


def test_given_no_guards_when_a_credential_is_sent_then_it_makes_no_difference(serving):
    server = serving(is_guarded=False)
    server.warm()

    assert server.ways(EVE) == (200, 0)


def test_given_a_local_name_when_known_then_the_next_answer_is_short(serving):
    server = serving(is_for_this_machine=True)
    local = [(b"host", b"localhost:8081")]
    server.warm(headers=local)

    assert server.ways(headers=local) == (200, 0)


@pytest.mark.parametrize(
    "names",
    [
        (b"evil.example",),
        (b"localhost", b"evil.example"),
        (b"evil.example", b"localhost"),
    ],
)
def test_given_a_known_answer_when_a_sites_name_is_used_then_it_is_never_short(
    serving, names
):
    server = serving(is_for_this_machine=True)
    server.warm()
    server.warm(headers=[(b"host", b"localhost")])

    foreign = [(b"host", name) for name in names]

    assert [server.ways(headers=foreign) for _ in range(3)] == [(421, 1)] * 3


@pytest.mark.parametrize(("length", "ways"), [(255, 0), (256, 1)])
def test_given_a_long_local_name_when_asked_then_it_is_not_remembered(
    serving, length, ways
):
    server = serving(is_for_this_machine=True)
    name = [(b"host", b".localhost".rjust(length, b"a"))]
    for _ in range(3):
        server.get(headers=name)

    assert server.ways(headers=name) == (200, ways)


def test_given_no_guards_but_rates_when_asked_then_addresses_are_held_to_them(serving):
    server = serving(is_guarded=False, rates=Rates(reads_per_s=10))

    found = [server.get()[0] for _ in range(25)]

    assert found == [200] * 20 + [429] * 5


def test_given_anonymous_reads_when_nobody_says_who_asks_then_it_is_short(serving):
    server = serving(is_anonymous_read=True)
    server.grants = [granted("anonymous")]

    server.warm()

    assert server.ways(EVE) == (401, 1)


def test_given_certificates_when_no_field_is_sent_then_the_ordinary_way_looks(serving):
    server = serving(is_anonymous_read=True, certificate_header="x-subject")

    assert [server.ways() for _ in range(4)] == [(200, 1)] * 4


def test_given_endless_callers_when_remembered_then_they_are_bounded(
    server, monkeypatch
):
    monkeypatch.setattr(front_module, "MOST_PASSES", 3)

    for number in range(20):
        server.get(b"Bearer a.%d" % number)

    assert len(server.front._passes) == 3


def test_given_endless_lines_when_remembered_then_they_are_bounded(server, monkeypatch):
    monkeypatch.setattr(by_id_module, "_MOST_TARGETS", 3)

    for number in range(10):
        server.warm(ANN, path=b"/schemas/ids/%d" % number)

    assert len(server.by_id.lines.answers) == 3


def test_given_a_caller_when_remembered_then_its_credential_is_nowhere_as_it_came(
    server,
):
    server.warm(ANN)

    assert not any(b"ann" in key for key in server.front._passes)


def test_given_no_room_for_an_answer_when_asked_again_then_it_is_not_kept_for_its_line(
    serving,
):
    server = serving(cache_bytes=2_500)
    server.warm(ANN, path=b"/schemas/ids/1")

    server.get(ANN, path=b"/schemas/ids/2")
    server.get(ANN, path=b"/schemas/ids/3")

    assert server.ways(ANN, path=b"/schemas/ids/1") == (200, 1)


def test_given_an_answer_in_use_when_room_is_needed_then_an_unused_one_goes(serving):
    server = serving(cache_bytes=5_500)
    server.warm(ANN, path=b"/schemas/ids/1")
    server.get(ANN, path=b"/schemas/ids/2")
    server.get(ANN, path=b"/schemas/ids/3")
    assert server.ways(ANN, path=b"/schemas/ids/1") == (200, 0)

    server.get(ANN, path=b"/schemas/ids/4")

    assert server.ways(ANN, path=b"/schemas/ids/1") == (200, 0)

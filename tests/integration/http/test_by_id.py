"""The hot path: what it keeps, for how long, and for whom."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from registry import bootstrap
from registry.application.changes import Changes
from registry.domain.errors import StoreUnavailableError
from registry.http.app import Surroundings, create_app
from registry.http.health import Health
from registry.storage.engine import SqlTransactions, connect
from tests.services.in_process import InProcess, in_process, started

IMMUTABLE = "public, max-age=31536000, immutable"


class WatchedTransactions:
    """The real ones, with the reads counted; they can be lost and held up."""

    def __init__(self, inner: SqlTransactions) -> None:
        self.inner = inner
        self.reads = 0
        self.is_lost = False
        self.gate = threading.Event()
        self.gate.set()

    @contextmanager
    def read(self):
        self.reads += 1
        self.gate.wait(30)
        if self.is_lost:
            raise StoreUnavailableError
        with self.inner.read() as store:
            yield store

    def write(self, act):
        if self.is_lost:
            raise StoreUnavailableError
        return self.inner.write(act)


class Watched:
    def __init__(self, client, transactions, changes):
        self.client, self.transactions, self.changes = client, transactions, changes

    def reads(self, act):
        before = self.transactions.reads
        act()
        return self.transactions.reads - before


def registered(client: InProcess, subject: str, schema="string") -> int:
    answer = client.post(
        f"/subjects/{subject}/versions", json={"schema": json.dumps(schema)}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


@pytest.fixture
def watched(settings) -> Iterator[Watched]:
    changes = Changes()
    inner = SqlTransactions(connect(settings.database_url.reveal()), changes)
    transactions = WatchedTransactions(inner)
    with bootstrap.opened(settings) as ports:
        health = Health(lambda: True, lambda: None)
        around = Surroundings(health, cache_bytes=10_000, on_shutdown=(inner.close,))
        app = create_app(replace(ports, transactions=transactions), changes, around)
        with started(app) as client:
            yield Watched(client, transactions, changes)


@pytest.mark.parametrize(
    ("path", "cache_control"),
    [
        ("/schemas/ids/1", "no-cache"),
        ("/schemas/ids/1?subject=s", "no-cache"),
        ("/schemas/ids/1/schema", IMMUTABLE),
        ("/schemas/guids/095d71cf-1255-6b9d-5e33-0ad575b3df5d", "no-cache"),
    ],
)
def test_given_a_known_answer_when_asked_again_then_the_store_is_not(
    watched: Watched, path: str, cache_control: str
):
    registered(watched.client, "s")
    first = watched.client.get(path)

    reads = watched.reads(lambda: watched.client.get(path))

    again = watched.client.get(path)
    assert (first.status_code, reads) == (200, 0)
    assert again.content == first.content
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["cache-control"] == cache_control


def test_given_an_unknown_id_when_asked_again_then_the_store_is_asked_again(
    watched: Watched,
):
    watched.client.get("/schemas/ids/1")

    assert watched.reads(lambda: watched.client.get("/schemas/ids/1")) == 1


def test_given_a_missing_id_when_it_is_registered_then_it_is_found_at_once(
    watched: Watched,
):
    missing = watched.client.get("/schemas/ids/1")
    registered(watched.client, "s")

    found = watched.client.get("/schemas/ids/1")

    assert (missing.status_code, found.status_code) == (404, 200)


def test_given_a_known_answer_when_its_version_is_deleted_then_it_says_so(
    watched: Watched,
):
    registered(watched.client, "s")
    before = watched.client.get("/schemas/ids/1")
    watched.client.delete("/subjects/s")

    after = watched.client.get("/schemas/ids/1")

    assert (before.json()["deleted"], after.json()["deleted"]) == (False, True)
    assert after.headers["etag"] != before.headers["etag"]


def test_given_a_known_id_when_it_is_deleted_for_good_then_it_is_gone(
    watched: Watched,
):
    registered(watched.client, "s")
    for path in ("/schemas/ids/1", "/schemas/ids/1/schema"):
        watched.client.get(path)
    watched.client.delete("/subjects/s")
    watched.client.delete("/subjects/s?permanent=true")

    gone = [
        watched.client.get(path).status_code
        for path in ("/schemas/ids/1", "/schemas/ids/1/schema")
    ]

    assert gone == [404, 404]


def test_given_a_change_in_another_context_when_asked_then_the_answer_is_kept(
    watched: Watched,
):
    registered(watched.client, "s")
    watched.client.get("/schemas/ids/1")
    registered(watched.client, ":.other:s", "int")

    assert watched.reads(lambda: watched.client.get("/schemas/ids/1")) == 0


def test_given_a_change_anywhere_when_asked_by_guid_then_the_store_is_asked(
    watched: Watched,
):
    registered(watched.client, "s")
    path = "/schemas/guids/095d71cf-1255-6b9d-5e33-0ad575b3df5d"
    watched.client.get(path)
    registered(watched.client, ":.other:s", "int")

    assert watched.reads(lambda: watched.client.get(path)) == 1


def test_given_news_from_another_process_when_asked_then_the_store_is_asked(
    watched: Watched,
):
    registered(watched.client, "s")
    watched.client.get("/schemas/ids/1")
    watched.changes.advance(".", 1_000)

    assert watched.reads(lambda: watched.client.get("/schemas/ids/1")) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/schemas/ids/1?subject=t",
        "/schemas/ids/1?fetchMaxId=true",
        "/schemas/ids/1?format=resolved",
        "/schemas/ids/1?subject=:.other:",
        "/schemas/ids/1?subject=s&subject=t",
    ],
)
def test_given_another_question_when_asked_then_it_is_not_mixed_up(
    watched: Watched, path: str
):
    registered(watched.client, "s")
    registered(watched.client, "t")
    registered(watched.client, ":.other:s", "int")
    cold = watched.client.get(path)
    watched.changes.advance(".", 1_000)
    watched.changes.advance(".other", 1_000)
    watched.client.get("/schemas/ids/1")
    watched.client.get("/schemas/ids/1?subject=t&subject=s")

    warm = [watched.client.get(path) for _ in range(2)]

    assert [each.json() for each in warm] == [cold.json()] * 2


def test_given_noise_in_the_query_when_asked_then_it_is_the_same_question(
    watched: Watched,
):
    registered(watched.client, "s")
    watched.client.get("/schemas/ids/1?subject=s")

    def ask():
        watched.client.get("/schemas/ids/1?noise=1&subject=s&deleted=false")

    assert watched.reads(ask) == 0


def test_given_different_media_types_when_asked_then_each_gets_its_own(
    watched: Watched,
):
    registered(watched.client, "s")

    answers = [
        watched.client.get("/schemas/ids/1", headers={"accept": accept})
        for accept in ("*/*", "application/json", "*/*", "application/json")
    ]

    types = [answer.headers["content-type"] for answer in answers]
    assert types == ["application/vnd.schemaregistry.v1+json", "application/json"] * 2
    assert answers[0].headers["etag"] != answers[1].headers["etag"]


def test_given_a_text_to_be_kept_for_ever_when_asked_then_caches_tell_types_apart(
    watched: Watched,
):
    registered(watched.client, "s")

    answer = watched.client.get("/schemas/ids/1/schema")

    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["vary"] == "accept"


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_given_the_etag_when_asked_then_nothing_is_sent_again(watched: Watched, form):
    registered(watched.client, "s")
    etag = watched.client.get("/schemas/ids/1").headers["etag"]

    answer = watched.client.get(
        "/schemas/ids/1", headers={"if-none-match": form.format(etag)}
    )

    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == etag
    assert "content-length" not in answer.headers


def test_given_another_etag_when_asked_then_the_whole_answer_is_sent(watched: Watched):
    registered(watched.client, "s")

    answer = watched.client.get("/schemas/ids/1", headers={"if-none-match": '"x"'})

    assert answer.status_code == 200


def test_given_many_at_once_when_asked_then_the_store_is_asked_once(watched: Watched):
    registered(watched.client, "s")
    watched.transactions.gate.clear()
    threading.Timer(0.2, watched.transactions.gate.set).start()

    def ask():
        answers = watched.client.together(*[("GET", "/schemas/ids/1")] * 20)
        assert {answer.status_code for answer in answers} == {200}

    assert watched.reads(ask) == 1


def test_given_many_at_once_for_a_missing_id_when_asked_then_none_is_told_old_news(
    watched: Watched,
):
    def ask():
        answers = watched.client.together(*[("GET", "/schemas/ids/7")] * 5)
        assert {answer.status_code for answer in answers} == {404}

    # Each asks for itself: what the first one saw may be overtaken already.
    assert watched.reads(ask) == 5


def test_given_a_lost_database_when_asked_then_what_is_known_is_answered(
    watched: Watched,
):
    registered(watched.client, "s")
    registered(watched.client, "t", "int")
    watched.client.get("/schemas/ids/1")
    watched.transactions.is_lost = True

    known = watched.client.get("/schemas/ids/1")
    unknown = watched.client.get("/schemas/ids/2")
    written = watched.client.post("/subjects/s/versions", json={"schema": '"long"'})

    assert known.status_code == 200
    for refused in (unknown, written):
        assert (refused.status_code, refused.json()["error_code"]) == (503, 503)
        assert int(refused.headers["retry-after"]) >= 1


def test_given_more_than_fits_when_asked_then_the_memory_stays_bounded(
    watched: Watched,
):
    for number in range(20):
        fields = [{"name": f"f{number}", "type": "string", "default": "x" * 200}]
        record = {"type": "record", "name": "R", "fields": fields}
        schema_id = registered(watched.client, f"s{number}", record)
        watched.client.get(f"/schemas/ids/{schema_id}")

    (line,) = [
        line
        for line in watched.client.get("/metrics").text.splitlines()
        if line.startswith("wirepact_cache_bytes ")
    ]
    assert 0 < float(line.split()[1]) <= 10_000


def test_given_answers_from_the_cache_when_scraped_then_they_are_counted(
    watched: Watched,
):
    registered(watched.client, "s")
    for _ in range(3):
        watched.client.get("/schemas/ids/1")

    text = watched.client.get("/metrics").text

    assert 'wirepact_cache_lookups_total{result="hit"} 2.0' in text
    assert 'wirepact_cache_lookups_total{result="miss"} 1.0' in text
    assert 'route="/schemas/ids/{schema_id}",status="2xx"} 3.0' in text


def test_given_unacceptable_when_asked_by_id_then_it_is_406(registry: InProcess):
    registered(registry, "s")
    registry.get("/schemas/ids/1")

    answer = registry.get("/schemas/ids/1", headers={"accept": "text/html"})

    assert answer.status_code == 406


def test_given_another_registry_over_the_database_when_it_writes_then_it_is_seen(
    settings,
):
    with in_process(settings) as one, in_process(settings) as other:
        registered(one, "s")
        one.get("/schemas/ids/1")
        other.delete("/subjects/s")

        deadline = threading.Event()
        for _ in range(100):
            if one.get("/schemas/ids/1").json()["deleted"]:
                break
            deadline.wait(0.05)

        assert one.get("/schemas/ids/1").json()["deleted"] is True

"""Policies over HTTP, with a language that offers some."""

import json
from collections.abc import Iterator

import pytest

from registry.application.changes import Changes
from registry.application.parsing import Parsing
from registry.application.ports import Ports
from registry.domain.limits import Limits
from registry.domain.model import SchemaType
from registry.http.app import Surroundings, create_app
from registry.http.health import Health
from registry.settings import Settings
from registry.storage.engine import SqlTransactions, connect
from tests.doubles.word_lists import WordListFormat
from tests.services.in_process import InProcess, started

PATH = "/governance/v1/subjects/words/policies"


@pytest.fixture
def words(settings: Settings) -> Iterator[InProcess]:
    """A registry that speaks word lists."""
    transactions = SqlTransactions(connect(settings.database_url.reveal()), Changes())
    formats = {SchemaType.JSON: WordListFormat()}
    ports = Ports(transactions, Parsing(formats, Limits(), 1_000_000), lambda: 0)
    health = Health(lambda: True, lambda: None)
    with started(create_app(ports, Changes(), Surroundings(health, 0))) as client:
        yield client
    transactions.close()


def register(words: InProcess, text: str):
    body = {"schema": text, "schemaType": "JSON"}
    return words.post("/subjects/words/versions", json=body)


def test_given_policies_when_put_got_and_deleted_then_each_answers_them(words):
    assert words.get(PATH).json() == {"policies": []}
    put = words.put(PATH, json={"policies": ["order", "KEEP"]})

    assert put.json() == {"policies": ["KEEP", "ORDER"]}
    assert words.get(PATH).json() == put.json()
    assert words.delete(PATH).json() == put.json()
    assert words.get(PATH).json() == words.delete(PATH).json() == {"policies": []}


def test_given_a_policy_when_broken_then_409_with_findings_and_no_trace_in_the_config(
    words,
):
    words.put("/config/words", json={"compatibility": "NONE"})
    assert register(words, "a").status_code == 200
    words.put(PATH, json={"policies": ["KEEP"]})

    refused = register(words, "b")

    assert (refused.status_code, refused.json()["error_code"]) == (409, 40901)
    assert (
        "WORD_DROPPED 'list.a' new old, {oldSchemaVersion: 1}"
        in (refused.json()["message"])
    )
    (finding,) = refused.json()["findings"]
    assert finding["category"] == "policy"
    assert finding["checked"] == {
        "level": "NONE",
        "direction": "BACKWARD",
        "against": [1],
        "policy": "KEEP",
    }
    assert words.get("/config/words").json() == {"compatibilityLevel": "NONE"}


def test_given_policies_of_items_when_checked_then_each_report_says_which_held(words):
    words.put("/config/words", json={"compatibility": "NONE"})
    register(words, "a")
    words.put(PATH, json={"policies": ["KEEP"]})
    item = {"subject": "words", "schema": "b", "schemaType": "JSON"}
    items = [item, {**item, "policies": []}, {**item, "policies": ["WIRE"]}]
    lines = "\n".join(map(json.dumps, items))

    answer = words.post(
        "/governance/v1/check",
        content=lines,
        headers={"Content-Type": "application/x-ndjson"},
    )

    own, none, unknown = answer.json()
    assert (own["verdict"], own["policies"]) == ("incompatible", ["KEEP"])
    assert none["verdict"] == "compatible"
    assert "policies" not in none
    assert unknown["error"] == {
        "error_code": 42250,
        "message": "There is no policy 'WIRE' for JSON; known are: KEEP, ORDER",
        "location": None,
    }


def test_given_a_slash_and_a_context_in_a_subject_when_put_then_it_is_that_subjects(
    words,
):
    path = "/governance/v1/subjects/:.ctx:a%2Fb/policies"

    assert words.put(path, json={"policies": ["KEEP"]}).status_code == 200

    assert words.get(path).json() == {"policies": ["KEEP"]}
    for other in ("a%2Fb", ":.ctx:a"):
        found = words.get(f"/governance/v1/subjects/{other}/policies")
        assert found.json() == {"policies": []}

"""The hot path and contexts: what an answer depends on, and for how long it is kept."""

import json

import pytest

from tests.integration.http.test_by_id import IMMUTABLE, Watched, registered, watched

__all__ = ["watched"]


def subject_of(watched: Watched, path: str) -> str:
    answer = watched.client.get(path)
    assert answer.status_code == 200, answer.text
    found: str = answer.json()["subject"]
    return found


@pytest.mark.parametrize(
    "path",
    [
        "/contexts/.c/schemas/ids/1",
        "/apis/ccompat/v7/contexts/.c/schemas/ids/1",
        "/apis/ccompat/v8/schemas/ids/1?subject=:.c:",
        "/contexts/c/schemas/ids/1?subject=s",
        "/contexts/:.c:/schemas/ids/1/schema",
        "/schemas/ids/1?subject=:.c:",
        "/contexts/.c/schemas/guids/ef524ea1-b91e-7317-3d93-8ade36c1db32",
    ],
)
def test_given_a_known_answer_of_a_context_when_asked_again_then_the_store_is_not(
    watched: Watched, path: str
):
    registered(watched.client, "s")
    registered(watched.client, ":.c:s", "int")
    first = watched.client.get(path)

    reads = watched.reads(lambda: watched.client.get(path))

    assert (first.status_code, reads) == (200, 0)
    assert '"int"' in first.text.replace("\\", "")


@pytest.mark.parametrize(
    ("path", "reads"),
    [
        ("/schemas/ids/1", 0),
        ("/schemas/ids/1?subject=s", 0),
        ("/schemas/ids/1/schema", 0),
        ("/schemas/ids/1?subject=unknown", 1),
        ("/schemas/ids/1/schema?subject=s", 1),
    ],
)
def test_given_a_known_answer_when_another_context_changes_then_it_is_kept_if_it_can_be(
    watched: Watched, path: str, reads: int
):
    registered(watched.client, "s")
    watched.client.get(path)
    registered(watched.client, ":.c:t")

    assert watched.reads(lambda: watched.client.get(path)) == reads


def test_given_a_text_naming_a_subject_when_another_context_changes_then_it_is_stale(
    watched: Watched,
):
    schema = json.dumps({"type": "string", "subject": "s"})
    watched.client.post("/subjects/s/versions", json={"schema": schema})
    path = "/schemas/ids/1/schema?subject=s"
    assert watched.client.get(path).json()["subject"] == "s"
    registered(watched.client, ":.c:t")

    assert watched.reads(lambda: watched.client.get(path)) == 1


def test_given_an_answer_from_elsewhere_when_a_nearer_one_comes_then_that(
    watched: Watched,
):
    asked = "/schemas/ids/1?subject=s"
    seen = []

    for subject in (":.d:s", ":.c:s", "t", "s"):
        registered(watched.client, subject)
        seen += [subject_of(watched, asked), subject_of(watched, asked)]

    assert seen == [":.d:s", ":.d:s", *[":.c:s"] * 4, "s", "s"]


def test_given_a_text_by_a_subjects_name_when_answered_then_caches_ask_again(
    watched: Watched,
):
    registered(watched.client, ":.c:s", "int")
    asked = "/schemas/ids/1/schema?subject=s"
    before = watched.client.get(asked)

    registered(watched.client, "s", "long")

    assert before.headers["cache-control"] == "no-cache"
    assert (before.text, watched.client.get(asked).text) == ('"int"', '"long"')
    plain = watched.client.get("/contexts/.c/schemas/ids/1/schema")
    assert plain.headers["cache-control"] == IMMUTABLE


def test_given_several_tags_when_asked_for_then_each_set_has_its_own_answer(
    watched: Watched,
):
    field = {"name": "f", "type": "string", "confluent:tags": ["A"]}
    schema = {"type": "record", "name": "R", "fields": [field], "confluent:tags": ["B"]}
    registered(watched.client, "s", schema)

    found = [
        watched.client.get(f"/schemas/ids/1?{query}").json().get("schemaTags", [])
        for query in ("findTags=A&findTags=x", "findTags=B&findTags=x", "findTags=x")
    ]

    paths = [[each["schemaEntity"]["entityPath"] for each in tags] for tags in found]
    assert paths == [["R.f"], ["R"], []]
    assert json.loads(watched.client.get("/schemas/ids/1/schema").text) == schema

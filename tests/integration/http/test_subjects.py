"""Lists under `/subjects`."""

import json

import pytest

from registry.application import lookup
from tests.services.in_process import InProcess


@pytest.fixture
def registered(registry: InProcess) -> InProcess:
    for schema in ("string", "int", "long"):
        body = {"schema": f'"{schema}"'}
        registry.put("/config", json={"compatibility": "NONE"})
        registry.post("/subjects/s/versions", json=body)
    registry.delete("/subjects/s/versions/1")
    return registry


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ("subjectPrefix=a&subject=b", ["apples"]),
        ("subject=b&subjectPrefix=a", ["apples"]),
        ("subjectPrefix=:*:&subject=b", ["apples", "bananas"]),
        ("subject=b", ["bananas"]),
        ("", ["apples", "bananas"]),
    ],
)
def test_given_both_names_of_the_prefix_when_listed_then_the_documented_one_wins(
    registry: InProcess, query: str, subjects: list[str]
):
    for subject in ("apples", "bananas"):
        registry.post(f"/subjects/{subject}/versions", json={"schema": '"int"'})

    assert registry.get(f"/subjects?{query}").json() == subjects


@pytest.mark.parametrize(
    ("page", "versions"),
    [("", [-1, 2, 3]), ("&offset=1&limit=1", [2]), ("&limit=1", [-1])],
)
def test_given_a_deleted_version_when_listed_as_negative_then_the_store_is_read_once(
    registered: InProcess, monkeypatch: pytest.MonkeyPatch, page, versions
):
    calls = []

    def counted(*given):
        calls.append(given)
        return original(*given)

    original = lookup.list_versions
    monkeypatch.setattr(lookup, "list_versions", counted)

    found = registered.get(f"/subjects/s/versions?deletedAsNegative=true{page}")

    assert found.json() == versions
    assert len(calls) == 1


def test_given_only_deleted_versions_when_listed_as_negative_then_they_are_hidden(
    registered: InProcess,
):
    registered.delete("/subjects/s")
    path = "/subjects/s/versions?deletedAsNegative=true"

    hidden, shown = registered.get(path), registered.get(f"{path}&deleted=true")

    assert hidden.json()["error_code"] == 40401
    assert shown.json() == [-1, -2, -3]


def test_given_a_name_that_turns_text_about_when_refused_then_it_is_written_out(
    registry: InProcess,
):
    told = registry.get("/subjects/a%E2%80%AEb%C2%85/versions").json()["message"]

    assert told == "Subject 'a\\u202eb\\x85' not found."


def test_given_names_that_turn_text_about_when_explained_then_they_are_written_out(
    registry: InProcess,
):
    def schema(name: str, kind: str) -> dict[str, str]:
        text = {"type": "object", "properties": {name: {"type": kind}}}
        return {"schemaType": "JSON", "schema": json.dumps(text)}

    registry.post("/subjects/s/versions", json=schema("a\u202eb", "string"))
    breaking = schema("a\u202eb", "integer")

    refused = registry.post("/subjects/s/versions", json=breaking).json()
    compared = registry.post(
        "/compatibility/subjects/s/versions/latest?verbose=true", json=breaking
    ).json()
    (item,) = registry.post(
        "/governance/v1/check", json=[{"subject": "s", **breaking}]
    ).json()

    quoted = "{oldSchema: "
    for told in (
        refused["message"].partition(quoted)[0],
        refused["findings"][0]["message"],
        *(each for each in compared["messages"] if not each.startswith(quoted)),
        *(each for each in item["messages"] if not each.startswith(quoted)),
        item["findings"][0]["message"],
    ):
        assert "\u202e" not in told
    assert "a\\u202eb" in refused["findings"][0]["message"]
    assert any("a\\u202eb" in each for each in compared["messages"])


def test_given_an_earlier_schema_when_it_is_quoted_then_it_is_as_it_is_stored(
    registry: InProcess,
):
    def schema(kind: str) -> dict[str, str]:
        text = {"title": "a\u200eb", "type": kind}
        return {"schemaType": "JSON", "schema": json.dumps(text, ensure_ascii=False)}

    registry.post("/subjects/s/versions", json=schema("string"))
    stored = registry.get("/subjects/s/versions/1").json()["schema"]

    compared = registry.post(
        "/compatibility/subjects/s/versions/1?verbose=true", json=schema("integer")
    ).json()
    refused = registry.post("/subjects/s/versions", json=schema("integer")).json()

    assert f"{{oldSchema: '{stored}'}}" in compared["messages"]
    assert f"{{oldSchema: '{stored}'}}" in refused["message"]

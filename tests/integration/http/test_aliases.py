"""A subject that stands for another one, in every path that names it."""

import httpx
import pytest

from registry.settings import Settings
from tests.e2e.polling import until
from tests.services.in_process import InProcess, in_process

STRING, INT = '"string"', '"int"'


def register(registry: InProcess, subject: str, schema: str = STRING) -> int:
    answer = registry.post(f"/subjects/{subject}/versions", json={"schema": schema})
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


def let(registry: InProcess, subject: str, alias: str | None, **more: str) -> None:
    body = {"alias": alias, **more}
    assert registry.put(f"/config/{subject}", json=body).status_code == 200


def test_given_an_alias_when_registering_then_its_target_is_written(
    registry_on_either: InProcess,
):
    let(registry_on_either, "short", "common%2Fmoney.proto")
    let(registry_on_either, "slash", "common/money.proto")

    for each in ("short", "slash"):
        register(registry_on_either, each)

    assert registry_on_either.get("/subjects").json() == [
        "common%2Fmoney.proto",
        "common/money.proto",
    ]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/subjects/{}/versions", None),
        ("GET", "/subjects/{}/versions/latest", None),
        ("GET", "/subjects/{}/versions/1/schema", None),
        ("GET", "/subjects/{}/versions/1/referencedby", None),
        ("POST", "/subjects/{}", {"schema": STRING}),
        ("POST", "/compatibility/subjects/{}/versions", {"schema": INT}),
        ("GET", "/schemas/ids/1?subject={}", None),
        ("GET", "/schemas/ids/1/schema?format=x&subject={}", None),
        ("GET", "/schemas/ids/1/versions?subject={}", None),
        ("DELETE", "/subjects/{}/versions/1", None),
    ],
)
def test_given_an_alias_when_it_is_named_then_the_answer_is_that_of_its_target(
    registry: InProcess, method: str, path: str, body: dict[str, str] | None
):
    for subject in ("a", "target"):
        register(registry, subject)
    let(registry, "alias", "target")

    by_alias = registry.request(method, path.format("alias"), json=body)

    if method == "DELETE":
        assert registry.get("/subjects").json() == ["a"]
    else:
        by_name = registry.request(method, path.format("target"), json=body)
        assert by_alias.content == by_name.content
    assert by_alias.status_code == 200


def test_given_an_alias_of_an_alias_when_named_then_one_step_is_made(
    registry: InProcess,
):
    register(registry, "target")
    let(registry, "first", "second")
    let(registry, "second", "target")

    answer = registry.get("/subjects/first/versions")

    assert answer.json() == {
        "error_code": 40401,
        "message": "Subject 'second' not found.",
    }


@pytest.mark.parametrize(
    ("alias", "expected"),
    [("target", ":.c:target"), (":.d:target", ":.d:target"), (":.:target", "target")],
)
def test_given_an_alias_within_a_context_when_named_then_its_target_is_there_too(
    registry: InProcess, alias: str, expected: str
):
    let(registry, ":.c:alias", alias)

    register(registry, ":.c:alias")

    assert registry.get("/subjects").json() == [expected]
    assert registry.get("/contexts/.c/subjects/alias/versions").json() == [1]


def test_given_an_alias_when_its_settings_are_asked_for_then_they_are_its_own(
    registry: InProcess,
):
    register(registry, "target")
    let(registry, "target", None, compatibility="FULL")
    let(registry, "alias", "target", compatibility="NONE")

    assert registry.get("/config/alias").json() == {
        "alias": "target",
        "compatibilityLevel": "NONE",
    }


def test_given_an_alias_for_the_whole_registry_when_a_subject_is_named_then_none_counts(
    registry: InProcess,
):
    registry.put("/config", json={"alias": "target"})
    registry.put("/config/:.c:", json={"alias": "target"})

    for subject in ("a", ":.c:a"):
        register(registry, subject)

    assert registry.get("/subjects").json() == ["a", ":.c:a"]


def test_given_a_cached_answer_when_aliases_change_then_the_next_one_follows(
    registry: InProcess,
):
    register(registry, "target")
    register(registry, ":.c:other", INT)
    asked = "/schemas/ids/1?subject=alias"
    subjects = []

    for alias in ("target", ":.c:other", "target"):
        let(registry, "alias", alias)
        subjects += [registry.get(asked).json()["subject"] for _ in range(2)]
    registry.delete("/config/alias")
    register(registry, ":.d:alias", INT)

    assert subjects == [*["target"] * 2, *[":.c:other"] * 2, *["target"] * 2]
    assert registry.get(asked).json()["subject"] == ":.d:alias"


def test_given_a_cached_answer_when_the_other_context_changes_then_it_is_made_anew(
    registry: InProcess,
):
    register(registry, ":.c:other")
    let(registry, "alias", ":.c:other")
    asked = "/schemas/ids/1?subject=alias"
    assert registry.get(asked).json()["deleted"] is False

    registry.delete("/subjects/:.c:other")

    assert registry.get(asked).json()["deleted"] is True
    registry.delete("/subjects/:.c:other?permanent=true")
    assert registry.get(asked).status_code == 404


def test_given_another_process_when_it_sets_an_alias_then_this_one_follows(
    settings: Settings, registry: InProcess
):
    register(registry, "target")
    assert registry.get("/subjects/alias/versions").status_code == 404
    with in_process(settings) as other:
        let(other, "alias", "target")

        # The poller's thread tells of it.
        answer = until(lambda: _found(registry, "/subjects/alias/versions"))

    assert answer.json() == [1]


def _found(registry: InProcess, path: str) -> httpx.Response | None:
    answer = registry.get(path)
    return answer if answer.status_code == 200 else None

"""What is refused to browsers and to clients that ask too often."""

from dataclasses import replace
from pathlib import Path

import pytest

from registry.settings import Settings
from tests.services.in_process import InProcess, in_process

TOLD = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
}
PATHS = ["/", "/nowhere", "/subjects", "/schemas/ids/1", "/metrics", "/health/live"]


def register(registry: InProcess, **headers: str) -> int:
    body = {"schema": '"string"'}
    path = "/subjects/s/versions"
    return registry.post(path, json=body, headers=headers).status_code


@pytest.mark.parametrize("path", [*PATHS, "/openapi.json", "/subjects/a%00"])
def test_whatever_is_asked_then_browsers_are_told_to_keep_it_apart(
    registry: InProcess, path: str
):
    answer = registry.get(path)

    assert TOLD.items() <= dict(answer.headers).items()
    assert "strict-transport-security" not in answer.headers
    assert not any(each.startswith("access-control-") for each in answer.headers)


@pytest.mark.parametrize("path", [*PATHS, "/openapi.json", "/subjects/a%00"])
def test_given_a_browser_that_asks_for_a_page_when_answered_then_with_none(
    registry: InProcess, path: str
):
    # A page needs more than these fields: a referrer policy and an opener policy.
    answer = registry.get(path, headers={"accept": "text/html,*/*;q=0.8"})

    media_type = answer.headers["content-type"].partition(";")[0]
    assert media_type == "text/plain" or media_type.endswith("json")


def test_given_a_cached_answer_when_repeated_then_it_tells_browsers_the_same(
    registry: InProcess,
):
    register(registry)
    first = registry.get("/schemas/ids/1")
    again = registry.get("/schemas/ids/1")
    tag = {"if-none-match": again.headers["etag"]}

    for each in (first, again, registry.get("/schemas/ids/1", headers=tag)):
        assert TOLD.items() <= dict(each.headers).items()


def test_given_https_when_answered_then_browsers_are_told_to_stay_with_it(
    settings: Settings,
):
    # What the server serves with is looked through elsewhere, before it serves.
    with in_process(replace(settings, tls_certificate=Path("unused"))) as registry:
        register(registry)
        for path in (*PATHS, *PATHS):
            answer = registry.get(path)

            assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_given_a_page_of_another_site_when_it_asks_whether_it_may_then_not(
    registry: InProcess,
):
    headers = {
        "origin": "https://elsewhere.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }

    answer = registry.request("OPTIONS", "/subjects/s/versions", headers=headers)

    assert not any(each.startswith("access-control-") for each in answer.headers)


def test_given_a_page_of_another_site_when_it_registers_then_nothing_happens(
    registry: InProcess,
):
    assert register(registry, origin="https://elsewhere.example") == 403
    assert register(registry, **{"sec-fetch-site": "cross-site"}) == 403
    assert registry.get("/subjects").json() == []
    assert register(registry, origin="http://localhost") == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "text/plain; charset=utf-8",
        "text/html",
        "application/xml",
        "application/json, text/plain",
        "application/jsonp",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/subjects/s/versions", "/governance/v1/check"])
def test_given_a_type_that_forms_can_send_when_sent_then_it_is_415(
    registry: InProcess, path: str, content_type: str
):
    answer = registry.post(
        path, content=b'{"schema": "x"}', headers={"content-type": content_type}
    )

    assert (answer.status_code, answer.json()["error_code"]) == (415, 415)


def test_given_rates_when_asked_too_often_then_429_until_there_is_room(
    settings: Settings,
):
    limited = replace(settings, reads_per_second=2, writes_per_second=1)
    with in_process(limited) as registry:
        assert [register(registry) for _ in range(3)] == [200, 200, 429]
        # Cached after the first: counted like the others.
        statuses = [registry.get("/schemas/ids/1").status_code for _ in range(5)]
        assert statuses == [200, 200, 200, 200, 429]

        answer = registry.get("/schemas/ids/1")

        assert answer.json()["error_code"] == 429
        assert answer.headers["retry-after"] in {"1", "2"}
        assert TOLD.items() <= dict(answer.headers).items()
        assert registry.get("/health/ready").status_code == 200


def test_given_no_authentication_and_no_rate_when_asked_then_as_often_as_one_likes(
    registry: InProcess,
):
    statuses = {registry.get("/subjects").status_code for _ in range(1_200)}

    assert statuses == {200}

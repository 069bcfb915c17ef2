"""What somebody may say of a subject of theirs that is about something of others."""

from collections.abc import Iterator
from typing import Any

import pytest

from registry.settings import Settings
from tests.integration.http.access.callers import NAMESPACE, Callers, guarded

STRING = {"schema": '"string"'}


@pytest.fixture
def callers(settings: Settings) -> Iterator[Callers]:
    with guarded(settings) as started:
        for name in ("own-1", "secret"):
            path = f"/subjects/{name}/versions"
            assert started.ask("admin", "POST", path, json=STRING).is_success
        yield started


def configured(callers: Callers, **said: str) -> tuple[int, str]:
    answer = callers.ask("owner", "PUT", "/config/own-1", json=said)
    return answer.status_code, answer.text


@pytest.mark.parametrize("member", ["alias", "aliasForDeks"])
@pytest.mark.parametrize("target", ["secret", "missing", ":.other:own-2"])
def test_given_a_target_of_others_when_an_alias_is_to_lead_there_then_it_is_refused(
    callers: Callers, member: str, target: str
):
    status, text = configured(callers, **{member: target})

    assert (status, "40301" in text) == (403, True)
    assert f"The permission 'configure' on subject '{target}' is needed" in text
    assert callers.ask("owner", "GET", "/subjects/own-1/versions").json() == [1]


def test_given_an_own_target_when_an_alias_is_to_lead_there_then_it_does(
    callers: Callers,
):
    assert configured(callers, alias="own-2", aliasForDeks="own-3")[0] == 200
    assert configured(callers, alias="", aliasForDeks="")[0] == 200


def test_given_an_alias_of_an_admins_when_something_else_is_set_then_it_stays(
    callers: Callers,
):
    body = {"alias": "secret"}
    assert callers.ask("admin", "PUT", "/config/own-1", json=body).is_success

    assert configured(callers, compatibility="FULL")[0] == 200
    assert configured(callers, alias="secret")[0] == 403


def claimed(callers: Callers, caller: str, name: str, path: str = "") -> Any:
    body = {
        "resourceName": name,
        "resourceNamespace": NAMESPACE,
        "resourceId": f"id of {name}",
        "associations": [
            {"subject": "own-1", "associationType": kind} for kind in ("key", "value")
        ],
    }
    return callers.ask(caller, "POST", path or "/associations", json=body)


def test_given_a_topic_that_nobody_has_when_it_is_claimed_then_it_takes_a_say_there(
    callers: Callers,
):
    foreign = claimed(callers, "owner", "payments")
    own = claimed(callers, "owner", "own-topic")

    assert (foreign.status_code, foreign.json()) == (
        403,
        {
            "error_code": 40301,
            "message": "The permission 'configure' on subject"
            f" ':.{NAMESPACE}:payments-key' is needed",
        },
    )
    assert own.status_code == 200


def test_given_a_topic_of_others_when_a_claim_is_tried_then_it_is_refused_as_well(
    callers: Callers,
):
    path = "/associations?dryRun=true"

    assert claimed(callers, "reader", "payments", path).status_code == 403
    assert claimed(callers, "reader", "own-topic", path).status_code == 200


def test_given_a_claim_that_was_made_when_it_is_made_again_then_it_is_as_it_was(
    callers: Callers,
):
    assert claimed(callers, "admin", "payments").is_success

    assert claimed(callers, "owner", "payments").status_code == 200

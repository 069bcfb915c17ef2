"""What many subjects at once tell callers of those that they may not read."""

from collections.abc import Iterator
from typing import Any

import pytest

from registry.settings import Settings
from tests.integration.http.access.callers import Callers, guarded
from tests.integration.http.access.test_seen import field, record, refer, register

PATH = "/governance/v1/subjects:batchGet"


@pytest.fixture
def callers(settings: Settings) -> Iterator[Callers]:
    with guarded(settings) as started:
        yield started


def gathered(callers: Callers, caller: str, *subjects: str) -> Any:
    body = {"subjects": [*subjects], "history": True, "references": True}
    answer = callers.ask(caller, "POST", PATH, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_given_a_hidden_subject_when_gathered_then_it_is_as_if_nobody_had_registered_it(
    callers,
):
    before = gathered(callers, "reader", "secret", "own-1")
    register(callers, "secret", record("Secret", field("password")))
    managed = {"contracts": [{"subject": "secret", "level": "FULL"}], "owner": "bank"}
    applied = callers.ask("admin", "POST", "/governance/v1/apply", json=managed)
    assert applied.is_success

    assert gathered(callers, "reader", "secret", "own-1") == before
    (seen,) = gathered(callers, "admin", "secret")["subjects"]
    assert (seen["owner"], seen["level"]) == ("bank", "FULL")


def test_given_a_reference_to_what_is_hidden_when_gathered_then_its_text_is_left_out(
    callers,
):
    register(callers, "secret", record("Secret", field("password")))
    own = record("Own", field("it", "Secret"))
    register(callers, "own-1", own, references=[refer("Secret", "secret")])

    seen = gathered(callers, "reader", "own-1")

    assert seen["subjects"][0]["versions"][0]["references"]
    assert seen["references"] == []
    assert "password" not in str(seen)
    (found,) = gathered(callers, "admin", "own-1")["references"]
    assert found["subject"] == "secret"


def test_given_more_subjects_than_one_may_ask_for_then_it_is_refused(callers):
    answer = callers.ask("reader", "POST", PATH, json={"subjects": ["a"] * 5_001})

    assert answer.status_code == 413
    assert "5000" in answer.json()["message"]

"""Large bodies and long checks: what they leave to all others."""

import json
import threading

import pytest

from registry.http import app, handling
from registry.http.handling import MOST_ITEMS
from registry.http.threads import CHECKING_THREADS, Threads
from tests.services.in_process import InProcess, in_process

LARGE = 300 * 1024
ITEM = {"subject": "s", "schema": '"string"'}


@pytest.mark.parametrize(("size", "is_elsewhere"), [(100, False), (LARGE, True)])
def test_given_a_body_when_decoded_then_a_large_one_does_not_hold_up_the_event_loop(
    registry: InProcess, monkeypatch: pytest.MonkeyPatch, size, *, is_elsewhere
):
    seen = []

    def watched(body, expected):
        seen.append(threading.current_thread() is not threading.main_thread())
        return original(body, expected)

    original = handling.decoded
    monkeypatch.setattr(handling, "decoded", watched)

    answer = registry.put("/config", content=b" " * size + b'{"compatibility":"FULL"}')

    assert answer.status_code == 200
    assert seen == [is_elsewhere]


@pytest.mark.parametrize("is_lines", [True, False])
def test_given_more_items_than_may_be_when_checked_then_the_batch_is_413(
    registry: InProcess, *, is_lines: bool
):
    items = [ITEM] * (MOST_ITEMS + 1)
    body = "\n".join(map(json.dumps, items)) if is_lines else json.dumps(items)
    kind = "application/x-ndjson" if is_lines else "application/json"

    answer = registry.post(
        "/governance/v1/check", content=body, headers={"content-type": kind}
    )

    assert (answer.status_code, answer.json()["error_code"]) == (413, 413)
    assert str(MOST_ITEMS) in answer.json()["message"]


class NoThreads(Threads):
    """All are taken, and as many wait as may."""

    def __init__(self, *_: object, **__: object) -> None:
        super().__init__(most_waiting=0)


def test_given_too_many_waiting_when_asked_then_it_is_503_and_when_to_try_again(
    settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(app, "Threads", NoThreads)

    with in_process(settings) as registry:
        answer = registry.get("/subjects")

    assert (answer.status_code, answer.json()["error_code"]) == (503, 503)
    assert int(answer.headers["retry-after"]) >= 1


def test_given_long_checks_when_all_their_threads_are_taken_then_reads_are_answered(
    settings, monkeypatch: pytest.MonkeyPatch
):
    def only_for_others(number=16, **more):
        return NoThreads() if number == CHECKING_THREADS else Threads(number, **more)

    monkeypatch.setattr(app, "Threads", only_for_others)

    with in_process(settings) as registry:
        read = registry.get("/subjects")
        checks = [
            registry.post("/governance/v1/check", json=ITEM),
            registry.post("/compatibility/subjects/s/versions", json=ITEM),
        ]

    assert read.status_code == 200
    assert [each.status_code for each in checks] == [503, 503]

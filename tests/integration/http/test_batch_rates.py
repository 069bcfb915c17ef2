"""Batches cost what their items cost."""

from dataclasses import replace

import pytest

from registry.settings import Settings
from tests.services.in_process import InProcess, in_process

ITEM = {"subject": "s", "schema": '"string"'}
TOPIC = {"resourceName": "t", "resourceNamespace": "n", "resourceId": "t"}
CHECK = "/governance/v1/check"


@pytest.fixture
def registry(settings: Settings):
    limited = replace(
        settings, checks_per_second=10, writes_per_second=10, reads_per_second=10
    )
    with in_process(limited) as started:
        yield started


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param(CHECK, [ITEM] * 1_000, id="checks"),
        pytest.param("/associations:batchGet", {"requests": [TOPIC] * 490}, id="reads"),
        pytest.param(
            "/governance/v1/subjects:batchGet", {"subjects": ["s"] * 1_000}, id="gets"
        ),
        pytest.param(
            "/associations:batchMutate", {"requests": [TOPIC] * 490}, id="writes"
        ),
    ],
)
def test_given_a_large_batch_when_done_then_the_client_has_to_wait(
    registry: InProcess, path: str, body: object
):
    assert registry.post(path, json=body).is_success

    answer = registry.post(path, json=body)

    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 40


def test_given_lines_when_checked_then_each_costs_as_an_item(registry: InProcess):
    line = b'{"subject": "s", "schema": "\\"string\\""}\n'
    lines = {"content-type": "application/x-ndjson"}
    assert registry.post(CHECK, content=line * 100, headers=lines).is_success

    assert registry.post(CHECK, json=ITEM).status_code == 429


def test_given_small_batches_when_done_then_they_cost_as_many_requests(
    registry: InProcess,
):
    found = [registry.post(CHECK, json=[ITEM] * 5).status_code for _ in range(5)]

    assert found == [200, 200, 200, 200, 429]

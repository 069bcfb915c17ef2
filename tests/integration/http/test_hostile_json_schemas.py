"""JSON Schemas made to hurt, sent to a registry: it answers soon, and goes on."""

import json
import resource
import socket
import time

import pytest

from tests.hostile.json_schemas import HOSTILE, OUTSIDE, as_text
from tests.services.in_process import InProcess

ALLOWED_S = 5 * 0.25
ALLOWED_KIB = 64 * 1024


def sent(registry: InProcess, path: str, text: str):
    body = {"schema": text, "schemaType": "JSON"}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()

    answer = registry.post(path, json=body)

    assert time.process_time() - start < ALLOWED_S
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < ALLOWED_KIB
    return answer


def is_alive(registry: InProcess) -> bool:
    return registry.get("/schemas/types").status_code == 200


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_given_a_hostile_text_when_registered_then_it_is_answered_soon(
    registry: InProcess, value
):
    text = as_text(value)

    answers = [
        sent(registry, path, text)
        for path in (
            "/subjects/hostile/versions?normalize=true",
            "/subjects/hostile",
            "/compatibility/subjects/hostile/versions?verbose=true",
        )
    ]

    assert {answer.status_code for answer in answers} <= {200, 404, 409, 422}
    assert is_alive(registry)


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_given_a_stored_hostile_text_when_compared_then_it_is_answered_soon(
    registry: InProcess, value
):
    text = as_text(value)
    # Import takes what an older registry has let in.
    registry.put("/mode", json={"mode": "IMPORT"})
    body = {"schema": text, "schemaType": "JSON", "id": 1, "version": 1}
    registry.post("/subjects/hostile/versions", json=body)
    registry.put("/mode?force=true", json={"mode": "READWRITE"})

    for other in ('{"type": "object"}', f"\n{text}"):
        for path in (
            "/compatibility/subjects/hostile/versions?verbose=true",
            "/subjects/hostile/versions",
        ):
            answer = sent(registry, path, other)
            assert answer.status_code in (200, 409, 422)
    assert is_alive(registry)


@pytest.mark.parametrize("address", OUTSIDE.values(), ids=OUTSIDE.keys())
def test_given_an_address_outside_when_registered_then_it_says_what_to_do(
    registry: InProcess, address
):
    answer = sent(registry, "/subjects/x/versions", json.dumps({"$ref": address}))

    assert answer.status_code == 422
    assert "give a reference of this name" in answer.json()["message"]


def test_given_a_server_that_would_answer_when_registered_then_it_is_not_asked(
    registry: InProcess,
):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/schema.json"

        for value in ({"$ref": address}, {"$schema": address}, {"$id": address}):
            sent(registry, "/subjects/x/versions", json.dumps(value))

        with pytest.raises(BlockingIOError):
            server.accept()

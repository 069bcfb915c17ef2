"""What holds for every request, whatever it asks for."""

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest

from registry.http.logs import ACCESS, BatchHandler, JsonFormatter
from registry.settings import Settings
from tests.services.in_process import InProcess, in_process

MIB = 1024 * 1024
AVRO = json.dumps({"schema": '"string"'}).encode()


def test_given_a_request_id_when_answered_then_it_is_echoed(registry: InProcess):
    answer = registry.get("/subjects", headers={"x-request-id": "abc-1"})

    assert answer.headers["x-request-id"] == "abc-1"


@pytest.mark.parametrize("path", ["/", "/nowhere", "/schemas/ids/1", "/metrics"])
def test_whatever_is_asked_then_the_answer_has_an_id_and_is_not_sniffed(
    registry: InProcess, path: str
):
    answer = registry.get(path)

    assert len(answer.headers["x-request-id"]) == 36
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "cache-control" in answer.headers


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Return what a server writes to its log; requests are in it."""
    handler, logger = BatchHandler(), logging.getLogger(ACCESS)
    handler.stream = io.StringIO()
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler.stream
    logger.setLevel(logging.NOTSET)
    logging.getLogger().removeHandler(handler)
    handler.close()


def test_given_a_write_when_it_is_audited_then_the_request_id_is_in_the_log(
    written: io.StringIO, settings: Settings
):
    with in_process(settings) as registry:
        answer = registry.post("/subjects/s/versions", content=AVRO)

    told = json.loads(written.getvalue())
    assert told["event"] == "request"
    assert told["route"] == "/subjects/{subject}/versions"
    assert told["status"] == 200
    assert told["request_id"] == answer.headers["x-request-id"]
    assert "string" not in str(told)


@pytest.mark.parametrize(
    ("request_of", "status", "route"),
    [
        pytest.param(
            ("POST", "/subjects/s/versions", {"content": AVRO}),
            401,
            "/subjects/{subject}/versions",
            id="nobody knows who asks",
        ),
        pytest.param(
            ("GET", "/contexts/.c/subjects/a%2Fb/versions/1", {}),
            401,
            "/subjects/{subject}/versions/{version}",
            id="nobody knows who asks in a context",
        ),
        pytest.param(
            ("PUT", "/config", {"headers": {"sec-fetch-site": "cross-site"}}),
            401,
            "/config",
            id="asked from another site",
        ),
        pytest.param(("GET", "/nowhere", {}), 401, "unmatched", id="of no route"),
    ],
)
def test_given_a_request_that_is_refused_early_when_logged_then_its_route_is_told(
    written: io.StringIO, settings: Settings, request_of, status, route
):
    method, path, more = request_of
    with in_process(replace(settings, authentication=True)) as registry:
        answer = registry.request(method, path, **more)

    told = json.loads(written.getvalue())
    assert answer.status_code == told["status"] == status
    assert told["route"] == route


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        pytest.param({}, bytes(5 * MIB), 413, id="too large"),
        pytest.param({"sec-fetch-site": "cross-site"}, AVRO, 403, id="another site"),
        pytest.param({"content-type": "text/plain"}, AVRO, 415, id="no JSON"),
    ],
)
def test_given_a_body_that_nobody_reads_when_logged_then_its_route_is_told(
    written: io.StringIO, settings: Settings, headers, content, status
):
    with in_process(settings) as registry:
        answer = registry.post("/subjects/s/versions", headers=headers, content=content)

    told = json.loads(written.getvalue())
    assert answer.status_code == told["status"] == status
    assert told["route"] == "/subjects/{subject}/versions"


def test_given_requests_that_are_not_logged_when_asked_then_nothing_is_written(
    written: io.StringIO, settings: Settings
):
    logging.getLogger(ACCESS).setLevel(logging.WARNING)
    with in_process(settings) as registry:
        registry.post("/subjects/s/versions", content=AVRO)

    assert written.getvalue() == ""


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "application/json",
        "application/json; charset=utf-8",
        "Application/Vnd.SchemaRegistry.V1+JSON",
        "application/vnd.schemaregistry+json",
        "application/octet-stream",
    ],
)
def test_given_a_json_type_when_a_body_is_sent_then_it_is_understood(
    registry: InProcess, content_type: str | None
):
    headers = {} if content_type is None else {"content-type": content_type}

    answer = registry.post("/subjects/s/versions", content=AVRO, headers=headers)

    assert answer.status_code == 200


def test_given_lines_when_sent_to_the_compatible_api_then_they_are_refused(
    registry: InProcess,
):
    headers = {"content-type": "application/x-ndjson"}

    answer = registry.post("/subjects/s/versions", content=AVRO, headers=headers)

    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        pytest.param("/subjects/s/versions", 4 * MIB, 400, id="at the limit"),
        pytest.param("/subjects/s/versions", 4 * MIB + 1, 413, id="one over"),
        pytest.param("/config", 5 * MIB, 413, id="put"),
        pytest.param("/governance/v1/check", 5 * MIB, 400, id="a batch may be more"),
    ],
)
@pytest.mark.parametrize("is_announced", [True, False])
def test_given_a_large_body_when_sent_then_the_limit_holds_announced_or_not(
    registry: InProcess, path: str, size: int, status: int, *, is_announced: bool
):
    async def chunks():
        for _ in range(0, size, MIB):
            yield b"x" * min(MIB, size)
        yield b"x" * (size % MIB)

    body = b"x" * size if is_announced else chunks()
    method = "PUT" if path == "/config" else "POST"

    answer = registry.request(method, path, content=body)

    assert answer.status_code == status
    assert answer.json()["error_code"] == status


def test_given_a_schema_over_its_own_limit_when_registered_then_it_is_42209(
    registry: InProcess,
):
    schema = json.dumps({"type": "string", "doc": "x" * MIB})

    answer = registry.post("/subjects/s/versions", json={"schema": schema})

    assert (answer.status_code, answer.json()["error_code"]) == (422, 42209)


def test_given_head_when_answered_then_the_fields_of_get_and_no_body(
    registry: InProcess,
):
    registry.post("/subjects/s/versions", content=AVRO)

    for path in ("/subjects", "/schemas/ids/1", "/schemas/ids/2"):
        head, get = registry.request("HEAD", path), registry.get(path)

        assert head.status_code == get.status_code
        assert head.headers["content-length"] == str(len(get.content))
        assert head.content == b""

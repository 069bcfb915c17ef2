"""What is wrong is refused clearly, and leaves nothing behind."""

from collections.abc import Iterator

import pytest

from tests.e2e import bad_requests
from tests.e2e.bad_requests import Bad
from tests.e2e.databases import row_counts
from tests.e2e.wire import Answer, ask
from tests.services.server import Server

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module", autouse=True)
def _nothing_is_left_behind(registry: Server) -> Iterator[None]:
    before = row_counts(registry.database_url)
    yield
    assert row_counts(registry.database_url) == before
    assert ask(registry.url, "/health/ready").status == 200


def sent(registry: Server, bad: Bad) -> Answer:
    return ask(
        registry.url,
        bad.target,
        bad.method,
        body=bad.body,
        headers=bad.headers,
        chunked=bad.chunked,
    )


@pytest.mark.parametrize("bad", bad_requests.ALL, ids=str)
def test_given_a_bad_request_when_sent_then_it_is_refused_clearly(
    registry: Server, bad: Bad
):
    answer = sent(registry, bad)

    if bad.code:
        assert answer.error_code == bad.code, answer.body[:300]
        assert answer.status == int(str(bad.code)[:3])
        assert "json" in answer.headers["content-type"]
    else:
        assert 400 <= answer.status < 500


def test_every_kind_of_bad_request_has_a_name_of_its_own():
    names = [bad.why for bad in bad_requests.ALL]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_given_a_method_without_a_body_when_asked_then_it_is_no_server_error(
    registry: Server, method: str
):
    answer = ask(registry.url, "/subjects", method, headers=())

    assert answer.status < 500
    assert method != "HEAD" or not answer.body

"""A role that is no longer allowed what serving takes."""

import logging
from collections.abc import Iterator

import pytest

from registry.domain.secrets import Secret
from registry.settings import Settings
from registry.storage import migrations
from registry.storage.privileges import grants
from tests.services.in_process import InProcess, in_process
from tests.services.postgres import Postgres
from tests.services.serving_role import acting_as, run

pytestmark = pytest.mark.postgres

AVRO = {"schema": '"string"'}


@pytest.fixture
def owned(postgres: Postgres) -> str:
    url = postgres.create_database()
    migrations.upgrade(url)
    return url


@pytest.fixture
def role(postgres: Postgres) -> str:
    return postgres.create_role()


@pytest.fixture
def registry(owned: str, role: str) -> Iterator[InProcess]:
    run(owned, grants(role))
    with in_process(Settings(database_url=Secret(acting_as(role, owned)))) as started:
        yield started


def test_given_a_privilege_that_is_lost_when_needed_then_it_is_503_and_the_log_names_it(
    registry: InProcess, owned: str, role: str, caplog: pytest.LogCaptureFixture
):
    assert registry.post("/subjects/s/versions", json=AVRO).status_code == 200
    run(owned, f"REVOKE INSERT ON version FROM {role}")

    with caplog.at_level(logging.ERROR):
        answer = registry.post("/subjects/t/versions", json=AVRO)

    assert (answer.status_code, answer.json()["error_code"]) == (503, 503)
    assert "refuses the registry" in answer.json()["message"]
    assert int(answer.headers["retry-after"]) >= 1
    (said,) = [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert "permission denied for table version" in said.getMessage()
    assert "wirepact db grants" in said.getMessage()
    assert said.exc_info is None


def test_given_a_privilege_that_is_lost_when_granted_again_then_nothing_else_is_needed(
    registry: InProcess, owned: str, role: str
):
    run(owned, f"REVOKE ALL ON content FROM {role}")
    assert registry.get("/schemas/ids/1").status_code == 503

    run(owned, grants(role))

    assert registry.get("/schemas/ids/1").status_code == 404

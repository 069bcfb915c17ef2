from contextlib import closing
from pathlib import Path

import pytest
import redis as client

from tests.services import redis as service
from tests.services.redis import Redis

pytestmark = pytest.mark.redis

WORD = "s3cret"


@pytest.fixture
def own_server(redis: Redis):
    """A server that a test may kill; the session's one belongs to all.

    It asks for that one all the same: there it is decided what a missing server means.
    """
    with service.redis() as server:
        yield server


def connect(url: str) -> closing[client.Redis]:
    return closing(client.Redis.from_url(url))


def test_when_databases_are_created_then_each_is_new_and_empty(redis: Redis):
    first, second = redis.create_database(), redis.create_database()

    with connect(first) as one, connect(second) as other:
        one.set("here", "1")

        assert other.dbsize() == 0


def test_given_answered_writes_when_killed_and_started_then_they_are_there(
    own_server: Redis,
):
    url = own_server.create_database()
    with connect(url) as before:
        before.set("kept", "1")

    own_server.kill()
    own_server.start()

    with connect(url) as after:
        assert after.get("kept") == b"1"


def test_given_a_setting_when_started_then_the_server_has_it(redis: Redis):
    with (
        service.redis(maxmemory_policy="noeviction", requirepass=WORD) as server,
        closing(client.Redis(port=server.port, password=WORD)) as asking,
    ):
        found = asking.config_get("maxmemory-policy")

    assert found == {"maxmemory-policy": "noeviction"}


def test_when_the_context_ends_then_process_and_folder_are_gone(redis: Redis):
    with service.redis() as server:
        pid, folder = server.pid, server.folder

    assert not folder.exists()
    assert not Path(f"/proc/{pid}").exists()
    with pytest.raises(RuntimeError, match="not running"):
        _ = server.pid


def test_given_a_setting_that_is_none_when_started_then_its_log_is_told(redis: Redis):
    with (
        pytest.raises(service.RedisFailedError, match="no-such-setting"),
        service.redis(no_such_setting="1"),
    ):
        pass

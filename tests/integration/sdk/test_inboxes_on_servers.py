"""Inboxes over servers that the tests start themselves."""

from datetime import timedelta

import pytest

from tests.services.postgres import Postgres
from tests.services.redis import Redis
from tests.suites.inbox import InboxSuite
from tests.suites.sql_inbox import SqlInboxSuite
from wirepact.inbox.redis import RedisInbox


@pytest.mark.postgres
class TestPostgresql(SqlInboxSuite):
    @pytest.fixture
    def url(self, postgres: Postgres):
        url = postgres.create_database()
        yield url
        postgres.drop_database(url)


@pytest.mark.postgres
class TestPostgresqlInThreads(TestPostgresql):
    is_sync = True


@pytest.mark.redis
class TestRedis(InboxSuite):
    waits = False

    @pytest.fixture
    def url(self, redis: Redis):
        return redis.create_database()

    @pytest.fixture
    def connect(self, url):
        return lambda: RedisInbox(url)

    async def forget_all(self, stage) -> None:
        # It forgets by itself; here the time that it keeps is cut short.
        assert await stage.inbox.forget(timedelta(0)) == 0
        await stage.inbox._redis.flushdb()

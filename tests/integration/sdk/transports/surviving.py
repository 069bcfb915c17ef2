"""What a transport over a real server has to survive; a suite beside the first one."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.sdk.transports.crashing import (
    member_process,
    send_through_a_crash,
    take_through_a_crash,
)
from tests.suites.transport import PATIENCE_S, Connect, come, numbers, played, values
from wirepact import BrokerUnavailableError
from wirepact.auth import BasicAuth, Tls
from wirepact.transports.port import Record, Transport

RECORDS = 400
PASSWORD = "pass word:/@%"  # noqa: S105 - it protects nothing


class SurvivingSuite:
    """Subclasses bring `connect`; their module has `server` and `url`, which is its.

    Attributes:
        kind: The transport's class.
        options: What a member in another process is made with, as code.
        longer_than_a_lease_s: After which a member that gives no sign counts as dead.

    """

    kind: type
    options = ""
    longer_than_a_lease_s = 2.5

    @pytest.fixture
    def connect(self) -> Connect:
        raise NotImplementedError

    @played
    async def test_given_a_server_killed_midway_then_nothing_is_lost(
        self, connect, topic, server
    ):
        producer, consumer = connect(), connect()
        await producer.open()
        member = await consumer.subscribe([topic], "g")

        taking = asyncio.create_task(take_through_a_crash(member, RECORDS))
        await send_through_a_crash(producer, topic, RECORDS, server)
        seen = await taking

        assert seen == set(numbers(RECORDS))
        await consumer.close()
        await producer.close()

    @played
    async def test_given_a_member_killed_then_what_it_had_goes_to_another(
        self, connect, topic, url
    ):
        broker = connect()
        await (await broker.subscribe([topic], "g")).close()
        await broker.send([Record(topic, value, value) for value in numbers(20)])
        with member_process(self.kind, url, topic, "g", 10, self.options) as process:
            process.kill()
            process.wait()

        member = await broker.subscribe([topic], "g")
        got = await come(member, 20)

        assert sorted(values(got)) == sorted(numbers(20))
        assert max(each.attempt for each in got) > 1
        await broker.close()

    @played
    async def test_given_a_member_that_takes_its_time_then_nobody_else_has_its_records(
        self, connect, topic
    ):
        broker, other = connect(), connect()
        slow = await broker.subscribe([topic], "g")
        await broker.send([Record(topic, b"v", b"k")])
        got = await come(slow, 1)

        quick = await other.subscribe([topic], "g")
        stolen = await come(quick, 1, self.longer_than_a_lease_s)
        await slow.ack(got)

        assert stolen == []
        await broker.close()
        assert await come(quick, 1, self.longer_than_a_lease_s) == []
        await other.close()

    @played
    async def test_given_a_member_gone_when_a_delay_ends_then_another_gets_it(
        self, connect, topic
    ):
        broker, other = connect(), connect()
        member = await broker.subscribe([topic], "g")
        await broker.send([Record(topic, b"v", b"k")])
        await member.nack(await come(member, 1), delay_s=1.5)
        await broker.close()
        second = await other.subscribe([topic], "g")
        assert await come(second, 1, 0.4) == []

        (got,) = await come(second, 1)

        assert (got.value, got.attempt) == (b"v", 2)
        await other.close()


class SecuredSuite:
    """A server that asks for a name and a password, over TLS."""

    @pytest.fixture
    def secured(self) -> Callable[[BasicAuth | None, Tls | None], Transport]:
        """Return what makes a transport to it."""
        raise NotImplementedError

    @played
    async def test_given_the_right_password_and_authority_then_records_come(
        self, secured, tls, topic
    ):
        broker = secured(BasicAuth("shop", PASSWORD), tls)
        await broker.open()
        await broker.send([Record(topic, b"v", b"k")])

        got = await come(await broker.subscribe([topic], "g"), 1)

        assert values(got) == [b"v"]
        await broker.close()
        await _links_end()

    @played
    async def test_given_a_wrong_password_then_it_is_an_outage_that_does_not_show_it(
        self, secured, tls
    ):
        broker = secured(BasicAuth("shop", f"not {PASSWORD}"), tls)

        with pytest.raises(BrokerUnavailableError) as caught:
            await broker.open()

        await broker.close()
        await _links_end()
        shown = f"{caught.value!s} {caught.value!r} {broker!r} {caught.value.__cause__}"
        assert PASSWORD not in shown
        assert PASSWORD not in f"{vars(broker)}"

    @played
    async def test_given_an_unknown_authority_then_nothing_is_sent(self, secured):
        broker = secured(BasicAuth("shop", PASSWORD), Tls())

        with pytest.raises(BrokerUnavailableError) as caught:
            await asyncio.wait_for(broker.open(), PATIENCE_S)

        await broker.close()
        await _links_end()
        assert "certificate" in str(caught.value).lower()
        assert not isinstance(caught.value, ssl.SSLError)


async def _links_end() -> None:
    """Return when no socket is open: that of TLS ends only by the other side's word.

    A library need not wait for that, and a loop that ends before it would warn.
    """
    loop: Any = asyncio.get_running_loop()
    while len(loop._selector.get_map()) > 1:  # noqa: ASYNC110 - nothing tells it
        await asyncio.sleep(0.01)

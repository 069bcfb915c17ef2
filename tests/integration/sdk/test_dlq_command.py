"""`wirepact dlq`: what it shows, what it changes, and how it ends."""

import asyncio
import json
import os
import pty
import re
import stat
import subprocess
import sys
from base64 import b64decode
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.doubles.bus import REGISTERING, OrderCreated
from tests.services.ports import free_port
from tests.suites.redriving import letter_of
from wirepact import AsyncRegistry
from wirepact.cli.brokers import connect
from wirepact.cli.dlq import dlq
from wirepact.cli.dlq_options import Exit
from wirepact.transports.memory import Memory, MemoryBroker
from wirepact.transports.port import Record
from wirepact.transports.redis import Redis

DEAD = "orders.billing.dlq"
PLACE = ("orders", "--group", "billing", "--broker", "redis://nowhere")


class Desk:
    """A broker in memory, and the command on it."""

    def __init__(self):
        self.broker = MemoryBroker(partitions=1)

    def send(self, *records):
        asyncio.run(Memory(self.broker).send(records))

    def bury(self, *numbers, **facts):
        memory = Memory(self.broker)
        self.send(*(letter_of("orders", each, memory, **facts) for each in numbers))

    def __call__(self, command, *options, place=PLACE):
        return CliRunner().invoke(
            dlq, [command, *place, *options], obj=Memory(self.broker)
        )

    def values(self, topic):
        return [each.value for each in self.broker.records(topic)]


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def readable(desk, wirepact_registry):
    """Bury a message whose schema the registry knows."""

    async def made():
        async with AsyncRegistry(
            wirepact_registry.url, source="/shop", options=REGISTERING
        ) as registry:
            return await registry.encode(OrderCreated("o-1", 7), "orders", id="m-1")

    message = asyncio.run(made())
    told = (("dlq-original-topic", b"orders"), ("dlq-reason", b"handler"))
    headers = (*message.headers, ("authorization", b"Bearer of-a-secret"), *told)
    desk.send(Record(DEAD, message.value, message.key, headers))
    return message


def test_a_list_says_why_each_is_dead_and_how_many_there_are(desk):
    desk.bury(1, 2)

    done = desk("list")

    assert done.exit_code == Exit.DONE
    first, second = done.stdout.splitlines()
    assert "handler  ValueError  billing.bill  key=k  id=m-1" in first
    assert "id=m-2" in second
    assert done.stderr == f"{DEAD}: 2 of 2 dead letters that were seen\n"


def test_a_list_as_json_is_a_document_in_each_line(desk):
    desk.bury(1, key=b"\xff")

    (told,) = map(json.loads, desk("list", "--json").stdout.splitlines())

    assert told["id"] == "m-1"
    assert told["key"] == "0xff"
    assert told["reason"] == "handler"
    assert told["originalTopic"] == "orders"
    assert told["exceptionMessage"] == "no such sku"
    assert told["publishedAt"] == "2026-01-02T03:04:05+00:00"


def test_given_no_group_then_the_topic_is_that_of_dead_letters(desk):
    desk.bury(1)

    done = desk("list", place=(DEAD, "--broker", "redis://nowhere"))

    assert "id=m-1" in done.stdout


def test_given_none_then_it_is_said(desk):
    done = desk("list")

    assert (done.exit_code, done.stdout) == (Exit.DONE, "")
    assert done.stderr == f"{DEAD}: no dead letters\n"


def test_given_a_limit_then_it_is_said_that_there_may_be_more(desk):
    desk.bury(*range(5))

    done = desk("list", "--limit", "2")

    assert len(done.stdout.splitlines()) == 2
    assert "the limit was reached" in done.stderr


def test_given_a_registry_then_show_decodes_and_hides_credentials(
    desk, readable, wirepact_registry
):
    done = desk("show", "--url", wirepact_registry.url)

    assert done.exit_code == Exit.DONE
    assert '"orderId": "o-1"' in done.stdout
    assert "ce_type: bus.OrderCreated" in done.stdout
    assert "authorization: (hidden, 18 bytes)" in done.stdout
    for output in (done.output, desk("show", "--json").output):
        assert "of-a-secret" not in output


def test_given_show_as_json_then_the_event_is_there_or_why_not(
    desk, readable, wirepact_registry
):
    decoded = json.loads(desk("show", "--json", "--url", wirepact_registry.url).stdout)
    bare = json.loads(desk("show", "--json").stdout)

    assert decoded["event"] == {"orderId": "o-1", "total": 7}
    assert b64decode(bare["value"]) == readable.value
    assert "--url" in bare["fault"]


@pytest.mark.parametrize("has_registry", [True, False])
def test_given_what_cannot_be_decoded_then_show_dumps_its_bytes(
    desk, wirepact_registry, has_registry
):
    desk.bury(1)
    options = ("--url", wirepact_registry.url) if has_registry else ()

    done = desk("show", *options)

    assert done.exit_code == Exit.DONE
    assert "not decoded: " in done.stdout
    assert "00000000  76 2d 31" in done.stdout
    assert "|v-1|" in done.stdout


def test_given_hostile_bytes_then_nothing_of_them_moves_the_terminal(desk):
    wild = b"\x1b[2J\x07\xc2\x9b"
    headers = (("wild", wild), ("dlq-reason", wild), ("dlq-handler", wild))
    desk.send(Record(DEAD, wild * 1000, wild, headers))

    for command in ("list", "show"):
        output = desk(command).output
        assert not {"\x1b", "\x07", "\x9b"} & set(output)
    assert "and 2904 bytes more" in output


def test_what_would_decode_is_redriven_and_the_rest_kept(
    desk, readable, wirepact_registry
):
    desk.bury(2)

    done = desk("redrive", "--url", wirepact_registry.url)

    assert done.exit_code == Exit.REFUSED
    redriven, kept = sorted(done.stdout.splitlines(), reverse=True)
    assert redriven.startswith("redriven to orders: ")
    assert kept.startswith("kept: it would not decode: ")
    assert "FramingError" in kept
    assert "1 redriven" in done.stderr
    assert desk.values("orders") == [readable.value]
    assert "id=m-2" in desk("list").stdout
    assert "id=m-1" not in desk("list").stdout


def test_given_all_decode_then_a_redrive_ends_well_and_warns_of_old_ones(
    desk, readable, wirepact_registry
):
    url = ("--url", wirepact_registry.url)

    recent = desk("redrive", "--dry-run", *url)
    done = desk("redrive", "--retention", "0s", *url)

    assert recent.exit_code == done.exit_code == Exit.DONE
    assert "inboxes" not in recent.stderr
    assert "longer ago than inboxes remember (0ms)" in done.stderr


def test_given_force_then_no_registry_is_needed(desk):
    desk.bury(1)

    done = desk("redrive", "--force", "--json")

    assert done.exit_code == Exit.DONE
    told = json.loads(done.stdout)
    assert (told["verdict"], told["to"], told["why"]) == ("redriven", "orders", None)
    assert told["olderThanInbox"]
    assert desk.values("orders") == [b"v-1"]


def test_given_neither_registry_nor_force_then_it_is_said_what_is_missing(desk):
    done = desk("redrive")

    assert done.exit_code == Exit.USAGE
    assert "--url" in done.stderr
    assert "--force" in done.stderr


def test_given_a_dry_run_then_nothing_moves(desk):
    desk.bury(1)

    done = desk("redrive", "--force", "--dry-run")

    assert done.stdout.startswith("would be redriven to orders: ")
    assert desk.values("orders") == []


def test_given_a_registry_that_is_out_then_nothing_moves_and_it_is_said(desk, readable):
    done = desk("redrive", "--url", f"http://127.0.0.1:{free_port()}")

    assert done.exit_code == Exit.UNAVAILABLE
    assert "still there" in done.stderr
    assert desk.values("orders") == []
    assert "id=m-1" in desk("list").stdout


def test_given_a_broker_that_is_out_then_it_is_said_without_its_password():
    url = f"redis://shop:of-a-secret@127.0.0.1:{free_port()}"

    done = CliRunner().invoke(dlq, ["list", DEAD, "--broker", url])

    assert done.exit_code == Exit.UNAVAILABLE
    assert "redis://127.0.0.1" in done.stderr
    assert "of-a-secret" not in done.output


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("--older-than", "soon"), id="age"),
        pytest.param(("--key", "0xzz"), id="key"),
        pytest.param(("--reason", "whim"), id="reason"),
        pytest.param(("--limit", "0"), id="limit"),
    ],
)
def test_given_a_filter_that_is_none_then_it_is_refused(desk, options):
    assert desk("list", *options).exit_code == Exit.USAGE


def test_given_no_terminal_then_discarding_wants_to_be_told(desk):
    desk.bury(1)

    done = desk("discard")

    assert done.exit_code == Exit.USAGE
    assert "--yes" in done.stderr
    assert desk.values(DEAD)


def test_what_is_discarded_is_saved_whole_for_its_owner_alone(desk, tmp_path):
    file = tmp_path / "dropped.jsonl"
    desk.bury(1, key=b"\xff")
    desk.bury(2, handler="billing.ship")

    done = desk("discard", "--yes", "--handler", "bill", "--save", str(file))

    assert done.exit_code == Exit.DONE
    assert f"1 discarded, saved in {file}" in done.stderr
    (saved,) = map(json.loads, file.read_text().splitlines())
    assert b64decode(saved["key"]) == b"\xff"
    assert b64decode(saved["value"]) == b"v-1"
    assert ["shop", "bm9ydGg="] in saved["headers"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "id=m-2" in desk("list").stdout
    assert "id=m-1" not in desk("list").stdout


def test_given_a_file_that_cannot_be_written_then_nothing_is_discarded(desk, tmp_path):
    desk.bury(1)

    done = desk("discard", "--yes", "--save", str(tmp_path / "none" / "file"))

    assert done.exit_code == Exit.REFUSED
    assert "id=m-1" in desk("list").stdout


def _until(terminal, wanted):
    """Return what a terminal shows until something is there, or until it ends."""
    shown = b""
    while wanted is None or wanted not in shown:
        try:
            more = os.read(terminal, 1024)
        except OSError:  # the command has ended, and its side of the terminal with it
            more = b""
        if not more:
            break
        shown += more
    return shown


@pytest.mark.redis
@pytest.mark.parametrize(("answer", "left"), [("y", 0), ("n", 2)])
def test_given_a_terminal_then_it_asks_before_it_discards(redis, answer, left):
    url = redis.create_database()

    async def bury():
        broker = Redis(url)
        await broker.send([letter_of("orders", each, broker) for each in range(2)])
        await broker.close()

    asyncio.run(bury())
    ours, theirs = pty.openpty()
    command = [str(Path(sys.executable).with_name("wirepact")), "dlq", "discard", DEAD]
    asked = subprocess.Popen(
        [*command, "--broker", url], stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown = _until(ours, b"[y/N]")
    os.write(ours, f"{answer}\n".encode())
    _until(ours, None)
    asked.wait(60)
    os.close(ours)

    assert b"Discard 2 dead letters" in shown
    listed = CliRunner().invoke(dlq, ["list", DEAD, "--broker", url])
    assert len(listed.stdout.splitlines()) == left


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        pytest.param("kafka://a:1,b:2", "Kafka('a:1,b:2')", id="kafka"),
        pytest.param("kafka://u:p%40@a:1", "Kafka('a:1')", id="kafka-login"),
        pytest.param("kafkas://a:1", "Kafka('a:1')", id="kafka-tls"),
        pytest.param("amqp://u:pw@a/v", "RabbitMq('amqp://a:5672/v')", id="rabbitmq"),
        pytest.param("nats://u:pw@a,b:3", "Nats('nats://a:4222", id="nats"),
        pytest.param("rediss://a/1", "Redis('rediss://a:6379/1')", id="redis"),
    ],
)
def test_brokers_are_known_by_their_urls(url, shown):
    assert repr(connect(url)).startswith(shown)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a:9092",
        "http://u:of-a-secret@a",
        "kafka://",
        "kafka://u:of-a-secret@",
        "kafka://a?x=of-a-secret",
        "amqp://u:of-a-secret@a?x=1",
        "redis://u:of-a-secret@a/db",
    ],
)
def test_given_a_url_that_is_none_then_it_is_refused_without_being_shown(url):
    done = CliRunner().invoke(dlq, ["list", DEAD, "--broker", url])

    assert done.exit_code == Exit.USAGE
    assert not re.search("of-a-secret|Traceback", done.output)


def test_given_authorities_for_clear_text_then_it_is_refused(tmp_path):
    file = tmp_path / "ca.pem"
    file.touch()

    done = CliRunner().invoke(
        dlq, ["list", DEAD, "--broker", "redis://a", "--broker-ca", str(file)]
    )

    assert done.exit_code == Exit.USAGE
    assert "clear text" in done.stderr

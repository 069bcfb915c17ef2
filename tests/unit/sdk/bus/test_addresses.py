"""Where a broker is: read from a URL, shown without what is secret."""

import pytest

from wirepact.auth import BasicAuth, Tls
from wirepact.transports._address import Address, Scheme
from wirepact.transports._rabbitmq_link import queue_arguments, queue_name
from wirepact.transports.nats import Nats
from wirepact.transports.rabbitmq import RabbitMq
from wirepact.transports.redis import Redis

SCHEMES = {"a": Scheme(1, is_encrypted=False), "as": Scheme(2, is_encrypted=True)}
SECRET = "s3cr%40t"  # noqa: S105 - it protects nothing


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        pytest.param("a://host", "host", 1, "", id="short"),
        pytest.param("as://host:77/a%2Fb", "host", 77, "a/b", id="long"),
        pytest.param("a://[::1]:7", "::1", 7, "", id="ipv6"),
    ],
)
def test_a_url_is_read(url, host, port, path):
    address = Address.of(url, SCHEMES)

    assert (address.host, address.port, address.path) == (host, port, path)


def test_credentials_are_taken_from_the_url_unless_they_are_given():
    url = f"a://shop:{SECRET}@host"

    assert Address.of(url, SCHEMES).auth == BasicAuth("shop", "s3cr@t")
    assert Address.of(url, SCHEMES, BasicAuth("b", "c")).auth == BasicAuth("b", "c")
    assert Address.of("a://host", SCHEMES).auth is None


@pytest.mark.parametrize(
    "url",
    [
        f"b://x:{SECRET}@host",
        f"a://x:{SECRET}@",
        f"a://x:{SECRET}@host:port",
        f"a://x:{SECRET}@host:99999",
        f"a://x:{SECRET}@host?a=b",
        f"a://x:{SECRET}@host#a",
    ],
)
def test_what_is_no_url_is_refused_and_not_shown(url):
    with pytest.raises(ValueError, match="the broker's URL") as caught:
        Address.of(url, SCHEMES)

    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_given_tls_for_a_link_in_clear_text_then_it_is_refused():
    with pytest.raises(ValueError, match="clear text"):
        Address.of("a://host", SCHEMES, tls=Tls())


@pytest.mark.parametrize(
    "broker",
    [
        RabbitMq(f"amqp://shop:{SECRET}@host/v"),
        Nats(f"nats://shop:{SECRET}@host"),
        Redis(f"redis://shop:{SECRET}@host/1"),
    ],
    ids=lambda broker: broker.system,
)
def test_a_transport_is_shown_without_its_password(broker):
    shown = f"{broker!r} {broker} {vars(broker)}"

    assert "host" in shown
    assert SECRET not in shown
    assert "s3cr@t" not in shown


def test_queues_are_never_shared_by_two_groups():
    names = {
        queue_name(topic, group)
        for topic, group in [
            ("a", "b.c"),
            ("a.b", "c"),
            ("a", "b#2ec"),
            ("a", "ü"),
            ("a", "#held"),
            ("a", "b"),
        ]
    }

    assert len(names) == 6
    assert "a.#held" not in names


@pytest.mark.parametrize("group", ["", "g" * 250])
def test_groups_that_no_queue_can_be_named_by_are_refused(group):
    with pytest.raises(ValueError, match="no queue can be named"):
        queue_name("topic", group)


@pytest.mark.parametrize(
    ("version", "limit"),
    [("3.10.8", None), ("3.13.7", None), ("4.1.0", -1), ("", None)],
)
def test_from_version_4_on_queues_say_that_nothing_is_thrown_away(version, limit):
    arguments = queue_arguments(version, is_single=False)

    assert arguments.get("x-delivery-limit") == limit
    assert arguments["x-queue-type"] == "quorum"

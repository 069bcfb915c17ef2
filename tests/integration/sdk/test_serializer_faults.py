"""Events while the registry is killed, hangs, flaps, or is something else."""

import threading
from contextlib import contextmanager
from uuid import UUID

import httpx
import pytest

from tests.services.ports import free_port
from tests.services.stub import Said, stub
from tests.suites.registry_facade import (
    ORDER,
    OrderCreated,
    blocking,
    both,
    declared,
)
from wirepact import (
    AsyncRegistry,
    CachePolicy,
    CodecOptions,
    ForeignRegistryError,
    Framing,
    Registration,
    Registry,
    RegistryUnavailableError,
    RetryPolicy,
    SchemaNotFoundError,
    SubjectStrategy,
)
from wirepact.bundle import bundle_of
from wirepact.retry import Surroundings
from wirepact.testing import FakeRegistry

QUICK = RetryPolicy(first_pause_s=0.001, longest_pause_s=0.001)
ONCE = RetryPolicy(attempts=1, read_timeout_s=0.2, total_timeout_s=5.0)
NOBODY = f"http://127.0.0.1:{free_port()}"
PAGE = Said(body=b"<html>", headers={"Content-Type": "text/html"})
UNKNOWN = b"\x00\x00\x00\x03\xe7payload"


class Made:
    """Makes clients of an address, with options."""

    def __init__(self, url, **options):
        self._url = url
        self._options = {"retries": QUICK, **options}

    def client(self):
        return Registry(self._url, **self._options).client

    def async_client(self):
        return AsyncRegistry(self._url, **self._options).client


@contextmanager
def opened(colour, url, options=None, **more):
    """Open a registry that sends orders; close the client that was made for it."""
    made = Made(url, **more)
    given = {"events": [OrderCreated], "source": "urn:shop"}
    with colour(made, options=options or CodecOptions(), **given) as registry:
        yield registry
        close(colour, registry)


def close(colour, registry):
    if colour is blocking:
        registry.client.close()
    else:
        registry.run(registry.client.close)


def served(fake):
    """Answer as the registry in memory would."""

    def answer(asked):
        url = f"http://registry{asked.path}"
        request = httpx.Request(asked.method, url, content=asked.body)
        response = fake.answer(request)
        return Said(response.status_code, response.content)

    return answer


@pytest.fixture
def fake():
    registry = FakeRegistry()
    with registry.client() as client:
        client.register("orders-value", declared(OrderCreated).schema)
    return registry


def bundle(fake):
    with fake.client() as client:
        return bundle_of([client.get_latest("orders-value")], {})


@both
@pytest.mark.parametrize("framing", Framing)
@pytest.mark.parametrize("registration", Registration)
def test_given_known_schemas_when_the_registry_is_killed_then_events_go_on(
    colour, fake, framing, registration
):
    options = CodecOptions(
        framing=framing, registration=registration, pinned={"orders-value": 1}
    )
    with stub(served(fake)) as server, opened(colour, server.url, options) as registry:
        registry.decode(*registry.encode(ORDER, "orders"))
        asked = len(server.asked)

        server.kill()

        for _ in range(3):
            assert registry.decode(*registry.encode(ORDER, "orders")).event == ORDER
        assert len(server.asked) == asked
        with pytest.raises(RegistryUnavailableError):
            registry.decode("orders", None, UNKNOWN)


@both
def test_given_a_checked_registry_when_it_is_killed_then_the_first_event_goes_out(
    colour, fake
):
    with stub(served(fake)) as server, opened(colour, server.url) as registry:
        registry.check(topics=["orders"]).raise_if_failed()

        server.kill()

        assert registry.decode(*registry.encode(ORDER, "orders")).event == ORDER


@both
def test_given_an_association_when_the_registry_is_killed_then_it_still_holds(
    colour, fake
):
    options = CodecOptions(strategy=SubjectStrategy.ASSOCIATED)
    with stub(served(fake)) as server, opened(colour, server.url, options) as registry:
        message = registry.encode(ORDER, "orders")

        server.kill()

        assert registry.encode(ORDER, "orders").value == message.value


@both
def test_given_no_registry_at_all_when_started_with_a_bundle_then_events_go_out(
    colour, fake
):
    with opened(colour, NOBODY, bundle=bundle(fake)) as registry:
        report = registry.check(topics=["orders"])
        message = registry.encode(ORDER, "orders")

        assert registry.decode(*message).event == ORDER
        assert report.is_offline
        assert not report.has_failed


@both
def test_given_no_registry_at_all_when_started_with_a_warm_folder_then_events_go_out(
    colour, fake, tmp_path
):
    cache = CachePolicy(folder=tmp_path)
    with stub(served(fake)) as server:
        url = server.url
        with opened(colour, url, cache=cache) as registry:
            message = registry.encode(ORDER, "orders")
            registry.decode(*message)

    with opened(colour, url, cache=cache) as registry:
        assert registry.decode(*registry.encode(ORDER, "orders")).event == ORDER


@both
def test_given_no_registry_and_nothing_kept_when_started_then_it_is_said_by_topic(
    colour,
):
    with opened(colour, NOBODY) as registry:
        with pytest.raises(RegistryUnavailableError) as written:
            registry.encode(ORDER, "orders")
        with pytest.raises(RegistryUnavailableError) as read:
            registry.decode("orders", None, UNKNOWN)

    assert "topic orders" in "".join(written.value.__notes__)
    assert "topic orders" in "".join(read.value.__notes__)


@both
@pytest.mark.parametrize(
    "said",
    [
        PAGE,
        Said(is_cut=True),
        Said(body=b'{"schema": "', length=500),
        Said(status=503, headers={"Retry-After": "0"}),
        Said(body=[]),
        Said(body={"schema": 7, "subject": "orders-value", "version": 1, "id": 1}),
    ],
    ids=["page", "cut", "truncated", "busy", "list", "number"],
)
def test_given_useless_answers_when_events_are_sent_then_it_is_an_outage_and_it_ends(
    colour, fake, said
):
    now = [0.0]
    more = {"surroundings": Surroundings(clock=lambda: now[0])}
    with (
        stub(lambda _asked: said) as server,
        opened(colour, server.url, **more) as registry,
    ):
        with pytest.raises(RegistryUnavailableError):
            registry.encode(ORDER, "orders")
        with pytest.raises(RegistryUnavailableError):
            registry.decode("orders", None, UNKNOWN)

        server.answer = served(fake)
        # A server that keeps failing is left alone for half a minute at most.
        now[0] = 60.0
        message = registry.encode(ORDER, "orders")
        assert registry.decode(*message).event == ORDER


@both
def test_given_a_registry_that_hangs_when_an_event_is_sent_then_it_gives_up(
    colour, fake
):
    let_go = threading.Event()

    def hanging(_asked):
        let_go.wait(30)
        return PAGE

    with (
        stub(hanging) as server,
        opened(colour, server.url, retries=ONCE) as registry,
    ):
        with pytest.raises(RegistryUnavailableError, match="Timeout"):
            registry.encode(ORDER, "orders")
        let_go.set()


@both
def test_given_a_registry_that_flaps_when_events_are_sent_then_all_arrive(colour, fake):
    good = served(fake)
    topics = [f"orders-{number}" for number in range(6)]
    with fake.client() as client:
        for topic in topics:
            client.register(f"{topic}-value", declared(OrderCreated).schema)

    def flapping(asked):
        return Said(is_cut=True) if len(server.asked) % 2 else good(asked)

    with stub(flapping) as server, opened(colour, server.url) as registry:
        for topic in topics:
            assert registry.decode(*registry.encode(ORDER, topic)).event == ORDER


@both
def test_given_another_registry_behind_the_address_then_its_schemas_are_refused(
    colour, fake
):
    other = {"schema": '"string"', "subject": "other-value", "version": 1, "id": 1}

    with stub(served(fake)) as server, opened(colour, server.url) as registry:
        message = registry.encode(ORDER, "orders")
        server.answer = lambda _asked: Said(body=other)

        with pytest.raises(ForeignRegistryError, match="schema id 1"):
            registry.encode(ORDER, "other")
        assert registry.decode(*message).event == ORDER


@both
def test_given_an_id_that_nobody_knows_when_it_appears_then_its_messages_are_read(
    colour, fake
):
    schema = declared(OrderCreated).schema
    empty = FakeRegistry()

    with (
        stub(served(empty)) as server,
        opened(colour, server.url, cache=CachePolicy(missing_ttl_s=0.0)) as registry,
    ):
        message = b"\x00\x00\x00\x00\x01\x06o-1\x00"
        with pytest.raises(SchemaNotFoundError):
            registry.decode("orders", None, message)

        with empty.client() as client:
            client.register("orders-value", schema)
        assert registry.decode("orders", None, message).event == OrderCreated("o-1")


@both
def test_given_the_guid_of_another_registry_then_it_is_not_found_and_not_guessed(
    colour, fake
):
    message = b"\x01" + UUID(int=7).bytes + b"payload"

    with (
        stub(served(fake)) as server,
        opened(colour, server.url) as registry,
        pytest.raises(SchemaNotFoundError),
    ):
        registry.decode("orders", None, message)


def test_given_a_herd_of_threads_when_the_first_events_are_sent_then_one_asks(fake):
    from concurrent.futures import ThreadPoolExecutor

    ready = threading.Barrier(16)

    def sending(registry):
        ready.wait(30)
        return registry.encode(ORDER, "orders").value

    with (
        stub(served(fake)) as server,
        Registry(server.url, source="urn:shop") as registry,
        ThreadPoolExecutor(16) as pool,
    ):
        values = {*pool.map(sending, [registry] * 16)}
        asked = [each.method for each in server.asked]

    assert len(values) == 1
    assert asked == ["POST"]

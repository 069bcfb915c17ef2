"""What would fail at the first message is told at the start, all of it at once."""

import copy
import json
import pickle
from dataclasses import dataclass

import httpx
import pytest

from tests.suites.registry_facade import (
    OrderConfirmed,
    OrderCreated,
    both,
    declared,
)
from wirepact import (
    CachePolicy,
    CodecOptions,
    ContractCheckError,
    Framing,
    ProblemKind,
    Reference,
    Registration,
    Schema,
    SubjectStrategy,
    event,
)
from wirepact.bundle import bundle_of
from wirepact.schemas import RegisteredSchema
from wirepact.testing import FakeRegistry

CREATED = declared(OrderCreated).schema
BOTH_EVENTS = [OrderCreated, OrderConfirmed]


def record(*fields, name="OrderCreated"):
    content = {"type": "record", "name": name, "namespace": "desk"}
    return Schema(json.dumps({**content, "fields": [*fields]}))


OLDER = record({"name": "orderId", "type": "string"})
NUMBERED = record({"name": "orderId", "type": "long"})


def fake_with(*schemas, subject="orders-value", level="NONE"):
    fake = FakeRegistry()
    with fake.client() as client:
        client.set_config(compatibility=level)
        for schema in schemas:
            client.register(subject, schema)
    return fake


def kinds(report):
    return [problem.kind for each in report.contracts for problem in each.problems]


@both
def test_given_registered_events_when_checked_then_the_report_is_good(colour):
    fake = fake_with(OLDER, CREATED)

    with colour(fake, events=[OrderCreated]) as registry:
        report = registry.check(topics=["orders"])

    (contract,) = report.contracts
    assert (contract.event, contract.topic) == ("desk.OrderCreated", "orders")
    assert (contract.subject, contract.version, contract.id) == ("orders-value", 2, 2)
    assert contract.state == "ok"
    assert not report.has_failed
    assert not report.is_offline
    report.raise_if_failed()


@both
@pytest.mark.parametrize("framing", Framing)
def test_given_a_good_check_when_the_registry_is_gone_then_events_go_on(
    colour, framing
):
    fake = fake_with(OLDER, CREATED)
    options = CodecOptions(framing=framing)

    with colour(
        fake, events=[OrderCreated], source="urn:shop", options=options
    ) as registry:
        registry.check(topics=["orders"]).raise_if_failed()
        fake.is_down = True

        message = registry.encode(OrderCreated("o-1"), "orders")
        older = b"\x00\x00\x00\x00\x01\x06o-1"
        found = registry.decode("orders", None, older)

    assert message.value.endswith(b"\x06o-1\x00")
    assert found.event == OrderCreated("o-1")


@both
def test_given_nothing_registered_when_checked_then_nothing_is_registered(colour):
    fake = FakeRegistry()

    with colour(fake) as registry:
        report = registry.check(*BOTH_EVENTS, topics=["orders", "archive"])

    assert kinds(report) == [ProblemKind.SUBJECT_MISSING] * 4
    assert [each.subject for each in report.contracts] == [
        "orders-value",
        "orders-value",
        "archive-value",
        "archive-value",
    ]
    with fake.client() as client:
        assert client.list_subjects() == ()


@both
def test_given_another_schema_when_it_would_be_accepted_then_it_is_said(colour):
    with colour(fake_with(OLDER)) as registry:
        report = registry.check(OrderCreated, topics=["orders"])

    (problem,) = report.contracts[0].problems
    assert problem.kind is ProblemKind.NOT_REGISTERED
    assert "would accept" in problem.message


@both
def test_given_another_schema_when_it_would_be_refused_then_it_is_said(colour):
    with colour(fake_with(record(), level="BACKWARD")) as registry:
        report = registry.check(OrderCreated, topics=["orders"])

    assert kinds(report) == [ProblemKind.REFUSED, ProblemKind.UNREADABLE]
    assert "would refuse it" in report.contracts[0].problems[0].message


@both
def test_given_a_live_version_that_cannot_be_read_then_the_check_fails(colour):
    with colour(fake_with(NUMBERED, CREATED)) as registry:
        report = registry.check(OrderCreated, topics=["orders"])

    assert kinds(report) == [
        ProblemKind.UNREADABLE,
        ProblemKind.UNREADABLE_TO_OTHERS,
    ]
    assert "version 1" in report.contracts[0].problems[0].message
    assert report.contracts[0].version == 2
    assert report.has_failed


@both
def test_given_readers_that_will_not_understand_then_it_is_only_warned_of(colour):
    later = record(
        {"name": "orderId", "type": "string"},
        {"name": "note", "type": "string", "default": ""},
        {"name": "amount", "type": "long"},
    )

    with colour(fake_with(CREATED, later)) as registry:
        report = registry.check(OrderCreated, topics=["orders"])

    assert kinds(report) == [ProblemKind.UNREADABLE_TO_OTHERS]
    assert not report.has_failed
    assert "warning, unreadable to others" in str(report)


@both
def test_given_a_deleted_version_then_nobody_needs_to_read_it(colour):
    fake = fake_with(NUMBERED, CREATED)
    with fake.client() as client:
        client.delete_version("orders-value", 1)

    with colour(fake) as registry:
        report = registry.check(OrderCreated, topics=["orders"])

    assert report.contracts[0].state == "ok"


@both
def test_given_several_types_in_a_subject_then_each_reads_only_its_own(colour):
    fake = fake_with(CREATED, declared(OrderConfirmed).schema)

    with colour(fake) as registry:
        report = registry.check(*BOTH_EVENTS, topics=["orders"])

    assert [each.version for each in report.contracts] == [1, 2]
    assert not report.has_failed


@both
@pytest.mark.parametrize(
    ("strategy", "topics", "subject"),
    [
        (SubjectStrategy.TOPIC, ["orders"], "orders-value"),
        (SubjectStrategy.RECORD, [], "desk.OrderCreated"),
        (SubjectStrategy.RECORD, ["orders"], "desk.OrderCreated"),
        (SubjectStrategy.TOPIC_RECORD, ["orders"], "orders-desk.OrderCreated"),
        (SubjectStrategy.ASSOCIATED, ["orders"], "orders-value"),
    ],
)
def test_given_a_strategy_then_its_subject_is_looked_at(
    colour, strategy, topics, subject
):
    fake = fake_with(CREATED, subject=subject)

    with colour(fake, options=CodecOptions(strategy=strategy)) as registry:
        report = registry.check(OrderCreated, topics=topics)

    assert (report.contracts[0].subject, report.contracts[0].state) == (subject, "ok")


@both
@pytest.mark.parametrize(
    ("options", "schemas", "state"),
    [
        ({"registration": Registration.REGISTER}, [], "will be registered"),
        ({"registration": Registration.REGISTER}, [OLDER], "will be registered"),
        ({"registration": Registration.REGISTER}, [CREATED], "ok"),
        ({"registration": Registration.LATEST_COMPATIBLE}, [CREATED], "ok"),
        ({"registration": Registration.LATEST_COMPATIBLE}, [], "subject missing"),
        ({"registration": Registration.LATEST_COMPATIBLE}, [CREATED, OLDER], "unfit"),
        ({"registration": Registration.PINNED}, [CREATED], "not registered"),
        (
            {"registration": Registration.PINNED, "pinned": {"orders-value": 1}},
            [CREATED, OLDER],
            "ok",
        ),
        (
            {"registration": Registration.PINNED, "pinned": {"orders-value": 7}},
            [CREATED],
            "not registered",
        ),
    ],
)
def test_given_a_policy_then_the_version_that_it_writes_is_looked_at(
    colour, options, schemas, state
):
    with colour(fake_with(*schemas), options=CodecOptions(**options)) as registry:
        report = registry.check(OrderCreated, topics=["orders"])

    assert report.contracts[0].state == state


@both
@pytest.mark.parametrize(
    ("schemas", "state"),
    [
        ([], "nothing to read yet"),
        ([OLDER], "ok"),
        ([CREATED, OLDER], "ok"),
        ([NUMBERED], "unreadable"),
    ],
)
def test_given_a_service_that_only_reads_then_its_schema_need_not_be_registered(
    colour, schemas, state
):
    with colour(fake_with(*schemas)) as registry:
        report = registry.check(OrderCreated, topics=["orders"], only_read=True)

    assert report.contracts[0].state == state


@both
def test_given_a_class_that_becomes_no_schema_then_it_is_told_with_the_others(colour):
    @event("desk.Odd")
    @dataclass
    class Odd:
        anything: complex

    with colour(fake_with(CREATED)) as registry:
        report = registry.check(Odd, OrderCreated, topics=["orders"])

    assert [each.has_failed for each in report.contracts] == [True, False]
    assert "anything" in report.contracts[0].problems[0].message


@both
def test_given_a_registry_that_is_down_then_it_is_told_for_each(colour):
    fake = fake_with(CREATED)
    fake.is_down = True

    with colour(fake) as registry:
        report = registry.check(*BOTH_EVENTS, topics=["orders"])

    assert kinds(report) == [ProblemKind.UNAVAILABLE] * 2
    assert report.is_offline
    assert "does not answer" in str(report)


class Refusing(FakeRegistry):
    """A registry that lets nobody look."""

    def answer(self, request):
        refusal = {"error_code": 40301, "message": "User is denied operation Read"}
        return httpx.Response(403, json=refusal)


@both
def test_given_a_registry_that_denies_then_that_is_told(colour):
    with colour(Refusing()) as registry:
        report = registry.check(OrderCreated, topics=["orders"])

    assert kinds(report) == [ProblemKind.DENIED]
    assert "denied operation Read" in str(report)


class Folder:
    """Makes clients with a folder, of a registry that goes down when it is warm."""

    def __init__(self, fake, folder):
        self.fake = fake
        self._options = {"cache": CachePolicy(folder=folder)}

    def client(self):
        return self.fake.client(**self._options)

    def async_client(self):
        return self.fake.async_client(**self._options)


@both
def test_given_no_registry_and_a_warm_folder_then_what_is_written_is_checked(
    colour, tmp_path
):
    made = Folder(fake_with(OLDER, CREATED), tmp_path)
    with colour(made, source="urn:shop") as registry:
        registry.encode(OrderCreated("o-1"), "orders")
    made.fake.is_down = True

    with colour(made, source="urn:shop") as registry:
        report = registry.check(OrderCreated, topics=["orders"])
        registry.encode(OrderCreated("o-1"), "orders")

    assert report.is_offline
    assert report.contracts[0].state == "other versions not seen"
    assert report.contracts[0].version == 2


class Deleting(FakeRegistry):
    """A registry whose first version goes while it is looked at."""

    def answer(self, request):
        answered = super().answer(request)
        if request.url.path.endswith("/versions") and request.method == "GET":
            path = "/subjects/orders-value/versions/1"
            super().answer(httpx.Request("DELETE", f"http://registry{path}"))
        return answered


@both
def test_given_a_version_that_goes_meanwhile_then_nobody_needs_to_read_it(colour):
    fake = Deleting()
    with fake.client() as client:
        client.set_config(compatibility="NONE")
        client.register("orders-value", NUMBERED)
        client.register("orders-value", CREATED)

    with colour(fake) as registry:
        report = registry.check(OrderCreated, topics=["orders"])

    assert report.contracts[0].state == "ok"


@both
def test_given_a_version_of_another_language_then_it_cannot_be_read(colour):
    fake = fake_with(CREATED, Schema('{"type": "object"}', "JSON"))

    with colour(fake) as registry:
        report = registry.check(OrderCreated, topics=["orders"])

    assert "version 2 is of type JSON" in str(report)
    assert report.has_failed


class Bundled:
    """Makes clients of a registry that is down, with a bundle."""

    def __init__(self, *schemas):
        self._fake = FakeRegistry()
        self._fake.is_down = True
        versions = [
            RegisteredSchema("orders-value", number, number, schema)
            for number, schema in enumerate(schemas, 1)
        ]
        self._bundle = bundle_of(versions, {})

    def client(self):
        return self._fake.client(bundle=self._bundle)

    def async_client(self):
        return self._fake.async_client(bundle=self._bundle)


@both
def test_given_no_registry_and_a_bundle_then_the_bundle_is_checked(colour):
    with colour(Bundled(OLDER, CREATED), source="urn:shop") as registry:
        report = registry.check(OrderCreated, topics=["orders"])
        message = registry.encode(OrderCreated("o-1"), "orders")

    assert report.is_offline
    assert (report.contracts[0].state, report.contracts[0].version) == ("ok", 2)
    assert message.value[:5] == b"\x00\x00\x00\x00\x02"


@both
def test_given_no_registry_and_a_stale_bundle_then_the_check_fails(colour):
    with colour(Bundled(OLDER)) as registry:
        report = registry.check(OrderCreated, topics=["orders"])

    assert kinds(report) == [ProblemKind.UNAVAILABLE]


@both
def test_given_references_when_checked_then_they_are_followed(colour):
    item = record({"name": "sku", "type": "string"}, name="Item")
    lines = {"name": "item", "type": "desk.Item"}
    order = Schema(
        record(lines, name="OrderBoxed").text,
        references=(Reference("desk.Item", "item", 1),),
    )

    @dataclass
    class Item:
        sku: str

    @event("desk.OrderBoxed", schema=order)
    @dataclass
    class OrderBoxed:
        item: Item

    fake = fake_with(item, subject="item")
    with fake.client() as client:
        client.register("packed-value", order)

    with colour(fake) as registry:
        report = registry.check(OrderBoxed, topics=["packed"])

    assert str(report.contracts[0].problems) == "()"


@both
def test_given_nothing_to_check_then_it_is_an_error(colour):
    with colour(FakeRegistry()) as registry:
        with pytest.raises(ValueError, match="nothing to be checked"):
            registry.check(topics=["orders"])
        with pytest.raises(ValueError, match="topics"):
            registry.check(OrderCreated)
        with pytest.raises(TypeError, match="not declared"):
            registry.check(int, topics=["orders"])
        with pytest.raises(TypeError, match=r"as a list: \['orders'\]"):
            registry.check(OrderCreated, topics="orders")


def test_a_report_is_a_table_and_below_it_what_is_wrong():
    with FakeRegistry().client() as client:
        from wirepact import Registry

        client.register("orders-value", CREATED)
        report = Registry(client).check(*BOTH_EVENTS, topics=["orders"])

    assert str(report).splitlines() == [
        "2 contracts checked at http://fake-registry, 1 failed",
        "  event                topic   subject       version  id",
        "  desk.OrderCreated    orders  orders-value  1        1   ok",
        "  desk.OrderConfirmed  orders  orders-value  -        -   not registered",
        "",
        "desk.OrderConfirmed on orders (orders-value):",
        "  not registered: no version of orders-value is this schema, although the"
        " registry would accept it. Register it in your pipeline before this version"
        " of the service is deployed.",
    ]


def test_one_contract_is_told_as_one():
    from wirepact import Registry

    report = Registry(FakeRegistry().client()).check(OrderCreated, topics=["orders"])

    assert str(report).startswith("1 contract checked at http://fake-registry, 1 fail")


def test_a_failed_check_raises_the_whole_report():
    from wirepact import Registry

    report = Registry(FakeRegistry().client()).check(*BOTH_EVENTS, topics=["orders"])

    with pytest.raises(ContractCheckError) as failed:
        report.raise_if_failed()

    assert failed.value.report is report
    assert str(failed.value) == str(report)
    assert str(copy.copy(failed.value)) == str(report)
    assert pickle.loads(pickle.dumps(failed.value)).report == report  # noqa: S301 - made here

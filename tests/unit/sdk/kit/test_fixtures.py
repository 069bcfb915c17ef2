"""The fixtures, as pytest finds them in the tests of a service."""

import subprocess
import sys
from pathlib import Path

import pytest

from wirepact.testing import FakeRegistry, SeedError, seed

pytest_plugins = ["pytester"]

CONTRACTS = Path(__file__).parents[4] / "contracts"
SERVICE = """
from dataclasses import dataclass
from wirepact import App, event
from wirepact.inbox.memory import MemoryInbox
from wirepact.testing import assert_published, deliver
from wirepact.transports.memory import Memory

@event("fixtures.OrderPlaced", key="order_id")
@dataclass(frozen=True, slots=True)
class OrderPlaced:
    order_id: str

app = App("b", registry="http://127.0.0.1:1", broker=Memory(), inbox=MemoryInbox())
handled = []

@app.on(OrderPlaced, topic="orders")
async def note(order: OrderPlaced) -> None:
    handled.append(order)
"""


@pytest.fixture
def written(pytester):
    """A folder with tests, in which nothing of this repository's settings holds."""

    def write(tests, ini=""):
        pytester.makeini(f"[pytest]\n{ini}\n")
        pytester.makepyfile(service=SERVICE)
        pytester.makepyfile(test_service="from service import *\n" + tests)
        return pytester.runpytest_inprocess("-q", "-p", "no:cacheprovider")

    return write


def test_given_the_distribution_when_pytest_runs_then_the_fixtures_are_there(written):
    result = written("""
def test_one(broker, registry, clock):
    begin = clock.now()
    deliver(app, OrderPlaced("o-1"))
    assert_published(OrderPlaced, times=1)
    assert registry.requests
    assert broker.topics == ["orders"]
    assert clock.now() >= begin

def test_each_has_its_own(broker, registry):
    assert (broker.topics, registry.requests) == ([], [])
""")

    result.assert_outcomes(passed=2)


def test_given_a_failed_assertion_when_pytest_tells_then_it_shows_what_there_was(
    written,
):
    result = written("""
def test_one(broker):
    deliver(app, OrderPlaced("o-1"))
    assert_published(OrderPlaced, times=2)
""")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*AssertionError: expected 2 times: OrderPlaced",
            "*found 1; published was:",
            "*orders: fixtures.OrderPlaced * caused by nothing: {'orderId': 'o-1'}",
        ]
    )


def test_given_contracts_when_a_service_does_not_keep_them_then_the_test_fails(
    written,
):
    result = written(
        """
import pytest
from wirepact import ContractCheckError, SchemaNotRegisteredError, SubjectNotFoundError

def test_contracts_are_there(registry):
    with registry.client() as client:
        assert "orders.order-created.v1-value" in client.list_subjects()

def test_one(broker):
    with pytest.raises((SchemaNotRegisteredError, SubjectNotFoundError)):
        deliver(app, OrderPlaced("o-1"))
""",
        ini=f"wirepact_contracts = {CONTRACTS}",
    )

    result.assert_outcomes(passed=2)


def test_given_no_contracts_where_they_should_be_when_asked_for_then_it_is_said(
    written, tmp_path
):
    result = written(
        "def test_one(registry): ...", ini=f"wirepact_contracts = {tmp_path}"
    )

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*SeedError: *: no contract.yaml in any folder below"])


def test_given_the_contracts_of_this_repository_when_seeded_then_all_are_registered():
    registry = FakeRegistry()

    subjects = seed(registry, CONTRACTS)

    manifests = list(CONTRACTS.rglob("contract.yaml"))
    assert len(subjects) == len(manifests)
    assert subjects.index("orders.OrderItem") < subjects.index(
        "orders.order-created.v1-value"
    )
    with registry.client() as client:
        created = client.get_latest("orders.order-created.v1-value")
        assert [each.name for each in created.schema.references] == ["orders.OrderItem"]
        payment = client.get_latest("orders.payment.v1-value")
        assert [each.name for each in payment.schema.references] == [
            "common/v1/money.proto"
        ]
    assert seed(registry, CONTRACTS) == subjects


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ("a: [", "no YAML"),
        ("a: 1", "no contract: KeyError"),
        ("customProperties: []", "no contract: KeyError"),
        (
            "customProperties: [{property: registry, value: {subject: s,"
            " schemaFile: none.avsc}}]",
            "no contract: FileNotFoundError",
        ),
        (
            "customProperties: [{property: registry, value: {subject: s,"
            " schemaFile: contract.yaml}}]",
            "no Avro schema",
        ),
    ],
)
def test_given_a_folder_that_is_no_contract_when_seeded_then_the_file_is_named(
    tmp_path, manifest, message
):
    file = tmp_path / "contract.yaml"
    file.write_text(manifest)

    with pytest.raises(SeedError, match=message) as raised:
        seed(FakeRegistry(), tmp_path)

    assert str(file) in str(raised.value)


def test_pytest_starts_without_anything_of_weight():
    code = "import sys, pytest, wirepact.fixtures; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()

    assert not {"httpx", "asyncio", "hypothesis", "wirepact.app"} & {*loaded}

"""`wirepact gen`: what it writes, what it leaves alone, and how it ends."""

import importlib
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.services.ports import free_port
from tests.services.stub import Said, stub
from wirepact import Deserializer, Reference, RegistryClient, Schema, Serializer
from wirepact.bundle import bundle_of
from wirepact.cli.gen import Exit, gen
from wirepact.events import event_types, isolated_events

CONTRACTS = Path(__file__).parents[3] / "contracts"
ORDERS = [
    CONTRACTS / "orders" / name / "schema.avsc"
    for name in ("order-created", "order-item", "order-confirmed")
]
OTHERS = [
    CONTRACTS / "orders/shipment/schema.json",
    CONTRACTS / "orders/payment/schema.proto",
    CONTRACTS / "common/money/schema.proto",
]


class Command:
    def __init__(self, folder):
        self.folder = folder

    def __call__(self, *arguments):
        options = [*map(str, arguments), "-o", str(self.folder)]
        return CliRunner().invoke(gen, options)

    def files(self):
        found = self.folder.rglob("*") if self.folder.exists() else ()
        return {
            str(each.relative_to(self.folder)): each.read_text()
            for each in found
            if each.is_file()
        }


@pytest.fixture
def run(tmp_path):
    return Command(tmp_path / "generated_events")


@pytest.fixture
def imported(run, monkeypatch):
    """Return a function that imports a generated module."""
    monkeypatch.syspath_prepend(run.folder.parent)
    with isolated_events():
        yield lambda name: importlib.import_module(f"{run.folder.name}.{name}")
    for name in [each for each in sys.modules if each.startswith(run.folder.name)]:
        del sys.modules[name]


@pytest.mark.parametrize("style", ["dataclass", "msgspec", "pydantic"])
def test_given_our_contracts_when_generated_then_all_are_events_with_their_texts(
    run, imported, style
):
    result = run(*ORDERS, *OTHERS, "--style", style)

    assert (result.exit_code, result.stderr) == (Exit.CURRENT, "")
    for name in (
        "orders.order_created",
        "orders.order_confirmed",
        "shipment",
        "orders.v1.payment",
        "common.v1.money",
    ):
        imported(name)
    assert sorted(event_types()) == [
        "Shipment",
        "common.v1.Money",
        "orders.OrderConfirmed",
        "orders.OrderCreated",
        "orders.OrderItem",
        "orders.v1.Payment",
    ]
    found = event_types()["orders.OrderCreated"]
    assert found.schema.text == ORDERS[0].read_text()
    assert list(found.resolved.references) == ["orders.OrderItem"]


def test_given_the_same_schemas_when_generated_again_then_not_a_byte_differs(run):
    run(*ORDERS, *OTHERS)
    before = run.files()

    again = run(*reversed(ORDERS), *OTHERS)

    assert again.exit_code == Exit.CURRENT
    assert (again.output, run.files()) == ("", before)


def test_given_generated_code_when_formatted_then_nothing_changes(run):
    run(*ORDERS, *OTHERS[:1])

    ruff = Path(sys.executable).with_name("ruff")
    command = [ruff, "format", "--isolated", "--check", run.folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_given_current_files_when_checked_then_it_says_so_and_writes_nothing(run):
    run(*ORDERS)
    before = run.files()

    result = run(*ORDERS, "--check")

    assert result.exit_code == Exit.CURRENT
    assert result.output == f"{run.folder}: current\n"
    assert run.files() == before


def test_given_a_changed_schema_when_checked_then_the_difference_is_shown(
    run, tmp_path
):
    run(*ORDERS)
    before = run.files()
    changed = tmp_path / "order-confirmed" / "schema.avsc"
    changed.parent.mkdir()
    changed.write_text(ORDERS[2].read_text().replace("confirmedAt", "confirmedOn"))

    result = run(*ORDERS[:2], changed, "--check")

    assert result.exit_code == Exit.STALE
    assert "-    confirmed_at: Annotated[" in result.stdout
    assert "+    confirmed_on: Annotated[" in result.stdout
    assert "order_confirmed.py; run without --check" in result.stderr
    assert run.files() == before


def test_given_nothing_yet_when_checked_then_it_is_stale(run):
    result = run(*ORDERS, "--check")

    assert result.exit_code == Exit.STALE
    assert not run.folder.exists()


def test_given_a_file_of_somebody_else_when_generated_then_nothing_is_written(run):
    theirs = run.folder / "orders" / "order_item.py"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("# mine\n")

    result = run(*ORDERS)

    assert result.exit_code == Exit.USAGE
    assert "was not written by `wirepact gen`, and is left alone" in result.stderr
    assert run.files() == {"orders/order_item.py": "# mine\n"}


def test_given_a_package_of_somebody_else_when_generated_then_it_stays(run):
    run.folder.mkdir()
    (run.folder / "__init__.py").write_text('"""Mine."""\n')

    assert run(*ORDERS).exit_code == Exit.CURRENT
    assert run.files()["__init__.py"] == '"""Mine."""\n'
    assert run.files()["orders/__init__.py"] == "# Generated by `wirepact gen`.\n"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (ORDERS[:1], "uses 'orders.OrderItem', which none of the files defines"),
        ([ORDERS[1], ORDERS[1]], "would both become"),
        (OTHERS[1:2], "imports 'common/v1/money.proto', which none of the files is"),
        ([Path(__file__)], "a schema's file ends in .avsc, .json, .proto"),
    ],
)
def test_given_files_that_are_not_enough_when_generated_then_it_says_what_is_missing(
    run, files, words, tmp_path
):
    copies = []
    for number, file in enumerate(files):
        copy = tmp_path / str(number) / file.name
        copy.parent.mkdir()
        copies.append(shutil.copy(file, copy))

    result = run(*copies)

    assert result.exit_code == Exit.USAGE
    assert words in result.stderr
    assert not run.folder.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Give files, or subjects"),
        ((ORDERS[0], "--subject", "a"), "Give files, or subjects"),
        (("--subject", "a"), "Say with --url or --bundle"),
        ((ORDERS[0], "--bundle", __file__), "Say with --subject what to take"),
    ],
)
def test_given_arguments_that_do_not_go_together_when_run_then_it_is_a_usage_error(
    run, arguments, words
):
    result = run(*arguments)

    assert result.exit_code == Exit.USAGE
    assert words in result.stderr


ITEM = Schema(ORDERS[1].read_text())
CREATED = Schema(
    ORDERS[0].read_text(), references=(Reference("orders.OrderItem", "order-item", 1),)
)


def test_given_a_subject_when_generated_then_its_identity_and_references_are_there(
    run, imported, wirepact_registry
):
    with RegistryClient(wirepact_registry.url) as client:
        client.register("order-item", ITEM)
        registered = client.register("orders-value", CREATED)

    result = run("--url", wirepact_registry.url, "--subject", "orders-value:1")

    assert (result.exit_code, result.stderr) == (Exit.CURRENT, "")
    module = imported("orders.order_created")
    identity = module.IDENTITY
    assert (identity.subject, identity.version, identity.id) == (
        "orders-value",
        1,
        registered.id,
    )
    assert module.SCHEMA.schema.references == CREATED.references
    item = module.SCHEMA.references["orders.OrderItem"]
    assert json.loads(item.text) == json.loads(ITEM.text)


def test_given_a_bundle_when_generated_then_no_registry_is_asked(
    run, imported, wirepact_registry, tmp_path
):
    with RegistryClient(wirepact_registry.url) as client:
        found = [client.register("order-item", ITEM)]
        found.append(client.register("orders-value", CREATED))
    file = tmp_path / "schemas.bundle"
    file.write_bytes(bundle_of(found, {}).to_bytes())

    result = run("--bundle", file, "--subject", "orders-value")

    assert (result.exit_code, result.stderr) == (Exit.CURRENT, "")
    assert imported("orders.order_created").IDENTITY.version == 1
    missing = run("--bundle", file, "--subject", "payments-value")
    assert missing.exit_code == Exit.USAGE
    assert "does not have payments-value" in missing.stderr


def test_given_no_registry_when_generated_then_it_is_told_from_a_mistake(run):
    url = f"http://127.0.0.1:{free_port()}"

    result = run("--url", url, "--subject", "orders-value")

    assert result.exit_code == Exit.UNAVAILABLE
    assert result.stderr.startswith("registry unavailable: ")


@pytest.mark.parametrize("style", ["dataclass", "msgspec", "pydantic"])
def test_given_a_generated_class_when_sent_through_a_topic_then_it_comes_back(
    run, imported, wirepact_registry, style
):
    with RegistryClient(wirepact_registry.url) as client:
        client.register("order-item", ITEM)
        registered = client.register("orders-value", CREATED)
        run(
            "--url",
            wirepact_registry.url,
            "--subject",
            "orders-value",
            "--style",
            style,
        )
        module = imported("orders.order_created")
        order = module.OrderCreated(
            order_id="o-1",
            customer_id="C-4711",
            items=[
                module.OrderItem(sku="A-1", quantity=2, unit_price=Decimal("19.90")),
                module.OrderItem(sku="B-2", quantity=1, unit_price=Decimal("5.00")),
            ],
            total_amount=Decimal("44.80"),
            timestamp=datetime(2026, 1, 10, 9, 0, 0, 250_000, tzinfo=UTC),
        )

        sent = Serializer(client).encode("orders", order)
        reader = Deserializer(client, types=[module.OrderCreated])

        assert sent.schema_id == registered.id
        assert reader.decode("orders", sent.data, sent.headers) == order


@pytest.mark.parametrize("status", [401, 403])
def test_given_a_registry_that_lets_nobody_in_when_asked_then_that_is_no_verdict(
    tmp_path, status
):
    said = Said(status, {"error_code": status, "message": "no"})
    with stub(lambda _: said) as other:
        result = Command(tmp_path)("--url", other.url, "--subject", "orders-value")

    assert result.exit_code == Exit.UNAVAILABLE
    assert result.stderr.startswith("not allowed: ")

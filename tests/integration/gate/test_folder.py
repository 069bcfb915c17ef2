"""A folder of contracts, registered over a real store as `serve` does at its start."""

import json
import logging
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from registry.application import configuration, lookup
from registry.application.ports import Origin, Ports, Visibility
from registry.domain.configuration import Mode
from registry.domain.errors import StoreUnavailableError
from registry.domain.levels import Level
from registry.domain.model import LATEST, Reference, SchemaVersion, Subject
from registry.gate import folder
from registry.gate.folder import Summary
from tests.unit.gate.builders import a_record, write_contract

CONTRACTS = Path(__file__).parents[3] / "contracts"
ORIGIN = Origin(actor="tests", request_id="request-1")
LOG = logging.getLogger("tests.contracts")

ITEM = a_record("Item", "sku")
ORDER = a_record("Order", "id", item="shop.Item")


def _registered(ports: Ports, path: Path) -> Summary:
    return folder.register(ports, path, ORIGIN, LOG)


def _latest(ports: Ports, subject: str) -> SchemaVersion:
    return lookup.get_version(ports, Subject.parse(subject), LATEST, Visibility.LIVE)


def _level(ports: Ports, subject: str) -> Level | None:
    scope = Subject.parse(subject)
    return configuration.get_config(ports, scope, in_scope=False).level


def _names(versions: tuple[SchemaVersion, ...]) -> list[tuple[str, int]]:
    return [(str(each.subject), each.version) for each in versions]


def _audit_rows(database: Path) -> int:
    with sqlite3.connect(database) as connection:
        (found,) = connection.execute("SELECT count(*) FROM audit").fetchone()
    connection.close()
    return int(found)


def test_when_our_own_contracts_are_registered_then_all_of_them_are(ports: Ports):
    summary = _registered(ports, CONTRACTS)

    assert summary.refused == ()
    assert _names(summary.registered) == [
        ("orders.OrderItem", 1),
        ("orders.order-confirmed.v1-value", 1),
        ("orders.order-created.v1-value", 1),
    ]


def test_when_registered_then_references_point_at_the_version_registered(ports: Ports):
    _registered(ports, CONTRACTS)

    created = _latest(ports, "orders.order-created.v1-value")

    assert created.content.references == (
        Reference("orders.OrderItem", "orders.OrderItem", 1),
    )


def test_when_registered_then_levels_are_the_contracts_or_the_folders(ports: Ports):
    _registered(ports, CONTRACTS)

    assert _level(ports, "orders.OrderItem") is Level.FULL_TRANSITIVE
    level = _level(ports, "orders.order-confirmed.v1-value")
    assert level is Level.BACKWARD_TRANSITIVE


def test_given_a_registered_folder_when_registered_again_then_nothing_is_written(
    ports: Ports, database: Path
):
    first = _registered(ports, CONTRACTS)
    rows = _audit_rows(database)

    again = _registered(ports, CONTRACTS)

    assert again.registered == ()
    assert set(_names(again.unchanged)) == set(_names(first.registered))
    assert _audit_rows(database) == rows


def test_given_a_read_only_registry_when_registered_again_then_nothing_is_refused(
    ports: Ports,
):
    _registered(ports, CONTRACTS)
    ports.transactions.write(lambda store: store.put_mode(Subject(""), Mode.READONLY))

    assert _registered(ports, CONTRACTS).refused == ()


def test_given_a_changed_shared_type_when_registered_then_its_users_follow(
    ports: Ports, tmp_path: Path
):
    write_contract(tmp_path / "item", "item", ITEM)
    write_contract(tmp_path / "order", "order", ORDER)
    _registered(ports, tmp_path)
    wider = json.loads(ITEM)
    wider["fields"].append({"name": "note", "type": "string", "default": ""})
    write_contract(tmp_path / "item", "item", json.dumps(wider))

    summary = _registered(ports, tmp_path)

    assert _names(summary.registered) == [("item", 2), ("order", 2)]
    references = _latest(ports, "order").content.references
    assert references == (Reference("shop.Item", "item", 2),)


@pytest.mark.parametrize(("item", "order"), [("a", "b"), ("b", "a"), ("z/y", "z/x")])
def test_given_any_names_of_folders_when_registered_then_order_and_ids_are_the_same(
    ports: Ports, tmp_path: Path, item: str, order: str
):
    write_contract(tmp_path / item, "zz-item", ITEM)
    write_contract(tmp_path / order, "aa-order", ORDER)

    summary = _registered(ports, tmp_path)

    found = [(str(each.subject), each.schema_id) for each in summary.registered]
    assert found == [("zz-item", 1), ("aa-order", 2)]


def test_given_a_change_that_breaks_the_level_when_registered_then_only_it_is_refused(
    ports: Ports, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    for name in ("order", "parcel"):
        write_contract(tmp_path / name, name, compatibility="BACKWARD")
    _registered(ports, tmp_path)
    for name in ("order", "parcel"):
        schema = a_record("Order", *(["id", "added"] if name == "order" else ["id"]))
        write_contract(tmp_path / name, name, schema, compatibility="BACKWARD")
    write_contract(tmp_path / "ticket", "ticket")

    summary = _registered(ports, tmp_path)

    assert _names(summary.unchanged) == [("parcel", 1)]
    assert _names(summary.registered) == [("ticket", 1)]
    assert [each.file for each in summary.refused] == [
        tmp_path / "order" / "contract.yaml"
    ]
    (message,) = [vars(r)["reason"] for r in caplog.records if r.levelname == "ERROR"]
    assert "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE" in message
    assert f"{tmp_path}/order/schema.avsc:1:" in message
    assert "'added'" in message
    assert "; fix: " in message


def test_given_a_level_and_a_schema_that_fit_when_registered_then_the_level_comes_first(
    ports: Ports, tmp_path: Path
):
    write_contract(tmp_path, "order", compatibility="BACKWARD")
    _registered(ports, tmp_path)
    wider = a_record("Order", "id", "added")
    write_contract(tmp_path, "order", wider, compatibility="FORWARD")

    summary = _registered(ports, tmp_path)

    assert _names(summary.registered) == [("order", 2)]


def test_given_a_refused_shared_type_when_registered_then_its_users_are_refused_too(
    ports: Ports, tmp_path: Path
):
    broken = ITEM.replace('"sku"', '"sku", "default": 1')
    write_contract(tmp_path / "item", "item", broken, compatibility="NONE")
    write_contract(tmp_path / "order", "order", ORDER, compatibility="NONE")
    cart = a_record("Cart", order="shop.Order")
    write_contract(tmp_path / "cart", "cart", cart)
    write_contract(tmp_path / "ticket", "ticket", a_record("Ticket", "id"))

    summary = _registered(ports, tmp_path)

    assert _names(summary.registered) == [("ticket", 1)]
    reasons = [each.reason for each in summary.refused]
    assert "item/schema.avsc:1:" in reasons[0]
    assert "uses 'shop.Item' of item, which was refused" in reasons[1]
    assert "uses 'shop.Order' of order, which was refused" in reasons[2]
    assert len(reasons) == 3


@pytest.mark.parametrize(
    ("contracts", "reason"),
    [
        pytest.param(
            {"order": ORDER},
            "uses 'shop.Item', which no readable contract in this folder defines",
            id="a name that nobody defines",
        ),
        pytest.param(
            {"item": ITEM, "item-2": ITEM, "order": ORDER},
            "uses 'shop.Item', which item and item-2 both define",
            id="a name that two define",
        ),
        pytest.param(
            {"order": ORDER, "item": a_record("Item", order="shop.Order")},
            "the references form a cycle: item -> order -> item",
            id="cycle",
        ),
        pytest.param(
            {"order": "{"}, "schema.avsc:1:2: expected the name", id="no JSON"
        ),
        pytest.param({"order": '{"type": "record"}'}, "schema.avsc:1:1:", id="no Avro"),
        pytest.param({"\x01": ITEM}, "is not a valid", id="no subject"),
    ],
)
def test_given_a_contract_that_cannot_be_when_registered_then_the_reason_is_told(
    ports: Ports, tmp_path: Path, contracts: dict[str, str], reason: str
):
    for number, (subject, schema) in enumerate(contracts.items()):
        write_contract(tmp_path / str(number), subject, schema)
    write_contract(tmp_path / "ticket", "ticket", a_record("Ticket", "id"))

    summary = _registered(ports, tmp_path)

    assert ("ticket", 1) in _names(summary.registered)
    assert reason in summary.refused[0].reason


def test_given_two_contracts_of_one_subject_when_registered_then_neither_is(
    ports: Ports, tmp_path: Path
):
    write_contract(tmp_path / "a", "order", ITEM)
    write_contract(tmp_path / "b", "order", a_record("Order", "id"))

    summary = _registered(ports, tmp_path)

    assert summary.registered == ()
    assert len(summary.refused) == 2
    assert f"claimed by {tmp_path}/b/contract.yaml too" in summary.refused[0].reason


def test_given_a_broken_manifest_when_registered_then_the_others_are_registered(
    ports: Ports, tmp_path: Path
):
    write_contract(tmp_path / "order", "order")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "contract.yaml").write_text("id: 1\nid: 2\n")

    summary = _registered(ports, tmp_path)

    assert _names(summary.registered) == [("order", 1)]
    assert "other/contract.yaml:2:1: " in summary.refused[0].reason


@pytest.mark.parametrize("settings", ["compatibility: SOME\n", "- 1\n", "a: *b\n"])
def test_given_unreadable_defaults_when_registered_then_nothing_is_guessed(
    ports: Ports, tmp_path: Path, settings: str
):
    write_contract(tmp_path / "order", "order")
    (tmp_path / "registry.yaml").write_text(settings)

    summary = _registered(ports, tmp_path)

    assert summary.registered == ()
    assert "registry.yaml:1:" in summary.refused[0].reason


def test_given_a_language_not_spoken_when_registered_then_that_is_told(
    ports: Ports, tmp_path: Path
):
    write_contract(tmp_path, "order", format="PROTOBUF")

    summary = _registered(ports, tmp_path)

    assert "does not speak PROTOBUF yet, only AVRO" in summary.refused[0].reason


def test_given_a_read_only_registry_when_registered_then_new_ones_are_refused(
    ports: Ports, tmp_path: Path
):
    write_contract(tmp_path, "order")
    ports.transactions.write(lambda store: store.put_mode(Subject(""), Mode.READONLY))

    summary = _registered(ports, tmp_path)

    assert "is in read-only mode" in summary.refused[0].reason


class Unreachable:
    """Transactions over a database that is away."""

    def read(self):
        raise StoreUnavailableError

    def write(self, act):
        raise StoreUnavailableError


def test_given_no_database_when_registered_then_the_caller_is_told(ports: Ports):
    away = replace(ports, transactions=Unreachable())

    with pytest.raises(StoreUnavailableError):
        _registered(away, CONTRACTS)


def test_given_no_folder_when_registered_then_that_is_told(
    ports: Ports, tmp_path: Path
):
    summary = _registered(ports, tmp_path / "nowhere")

    assert "expected a folder with contracts" in summary.refused[0].reason


def test_given_a_name_in_the_manifest_when_referred_to_then_it_is_found(
    ports: Ports, tmp_path: Path
):
    both = json.dumps([json.loads(ITEM), json.loads(a_record("Note", "text"))])
    write_contract(tmp_path / "item", "item", both, name="shop.Item")
    write_contract(tmp_path / "order", "order", ORDER)

    summary = _registered(ports, tmp_path)

    assert summary.refused == ()
    assert _names(summary.registered) == [("item", 1), ("order", 1)]


def test_given_subjects_in_a_context_when_registered_then_references_stay_in_it(
    ports: Ports, tmp_path: Path
):
    write_contract(tmp_path / "item", ":.shop:item", ITEM)
    write_contract(tmp_path / "order", ":.shop:order", ORDER)

    _registered(ports, tmp_path)
    again = _registered(ports, tmp_path)

    assert again.refused == ()
    assert _names(again.unchanged) == [(":.shop:item", 1), (":.shop:order", 1)]

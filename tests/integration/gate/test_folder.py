"""A folder of contracts, registered over a real store as `serve` does at its start."""

import json
import sqlite3
from pathlib import Path

import pytest

from registry.application import configuration, lookup
from registry.application.ports import Ports
from registry.application.stored import Visibility
from registry.domain.configuration import Mode
from registry.domain.levels import Level
from registry.domain.model import LATEST, Reference, SchemaVersion, Subject
from tests.integration.gate.folders import CONTRACTS, ITEM, ORDER, names, registered
from tests.unit.gate.builders import a_record, write_contract


def _latest(ports: Ports, subject: str) -> SchemaVersion:
    return lookup.get_version(ports, Subject.parse(subject), LATEST, Visibility.LIVE)


def _level(ports: Ports, subject: str) -> Level | None:
    scope = Subject.parse(subject)
    return configuration.get_config(ports, scope, in_scope=False).level


def _audit_rows(database: Path) -> int:
    with sqlite3.connect(database) as connection:
        (found,) = connection.execute("SELECT count(*) FROM audit").fetchone()
    connection.close()
    return int(found)


def test_when_our_own_contracts_are_registered_then_all_of_them_are(ports: Ports):
    summary = registered(ports, CONTRACTS)

    assert summary.refused == ()
    assert names(summary.registered) == [
        ("common/v1/money.proto", 1),
        ("orders.OrderItem", 1),
        ("orders.order-confirmed.v1-value", 1),
        ("orders.shipment.v1-value", 1),
        ("orders.payment.v1-value", 1),
        ("orders.order-created.v1-value", 1),
    ]


def test_when_registered_then_references_point_at_the_version_registered(ports: Ports):
    registered(ports, CONTRACTS)

    created = _latest(ports, "orders.order-created.v1-value")

    assert created.content.references == (
        Reference("orders.OrderItem", "orders.OrderItem", 1),
    )


def test_when_a_file_is_imported_then_its_contract_is_found_by_the_name(ports: Ports):
    registered(ports, CONTRACTS)

    payment = _latest(ports, "orders.payment.v1-value")

    money = "common/v1/money.proto"
    assert payment.content.references == (Reference(money, money, 1),)


def test_when_registered_then_levels_are_the_contracts_or_the_folders(ports: Ports):
    registered(ports, CONTRACTS)

    assert _level(ports, "orders.OrderItem") is Level.FULL_TRANSITIVE
    level = _level(ports, "orders.order-confirmed.v1-value")
    assert level is Level.BACKWARD_TRANSITIVE


def test_given_a_registered_folder_when_registered_again_then_nothing_is_written(
    ports: Ports, database: Path
):
    first = registered(ports, CONTRACTS)
    rows = _audit_rows(database)

    again = registered(ports, CONTRACTS)

    assert again.registered == ()
    assert set(names(again.unchanged)) == set(names(first.registered))
    assert _audit_rows(database) == rows


def test_given_a_read_only_registry_when_registered_again_then_nothing_is_refused(
    ports: Ports,
):
    registered(ports, CONTRACTS)
    ports.transactions.write(lambda store: store.put_mode(Subject(""), Mode.READONLY))

    assert registered(ports, CONTRACTS).refused == ()


def test_given_a_changed_shared_type_when_registered_then_its_users_follow(
    ports: Ports, tmp_path: Path
):
    write_contract(tmp_path / "item", "item", ITEM)
    write_contract(tmp_path / "order", "order", ORDER)
    registered(ports, tmp_path)
    wider = json.loads(ITEM)
    wider["fields"].append({"name": "note", "type": "string", "default": ""})
    write_contract(tmp_path / "item", "item", json.dumps(wider))

    summary = registered(ports, tmp_path)

    assert names(summary.registered) == [("item", 2), ("order", 2)]
    references = _latest(ports, "order").content.references
    assert references == (Reference("shop.Item", "item", 2),)


@pytest.mark.parametrize(("item", "order"), [("a", "b"), ("b", "a"), ("z/y", "z/x")])
def test_given_any_names_of_folders_when_registered_then_order_and_ids_are_the_same(
    ports: Ports, tmp_path: Path, item: str, order: str
):
    write_contract(tmp_path / item, "zz-item", ITEM)
    write_contract(tmp_path / order, "aa-order", ORDER)

    summary = registered(ports, tmp_path)

    found = [(str(each.subject), each.schema_id) for each in summary.registered]
    assert found == [("zz-item", 1), ("aa-order", 2)]


def test_given_a_level_and_a_schema_that_fit_when_registered_then_the_level_comes_first(
    ports: Ports, tmp_path: Path
):
    write_contract(tmp_path, "order", compatibility="BACKWARD")
    registered(ports, tmp_path)
    wider = a_record("Order", "id", "added")
    write_contract(tmp_path, "order", wider, compatibility="FORWARD")

    summary = registered(ports, tmp_path)

    assert names(summary.registered) == [("order", 2)]


def test_given_a_refused_shared_type_when_registered_then_its_users_are_refused_too(
    ports: Ports, tmp_path: Path
):
    broken = ITEM.replace('"sku"', '"sku", "default": 1')
    write_contract(tmp_path / "item", "item", broken, compatibility="NONE")
    write_contract(tmp_path / "order", "order", ORDER, compatibility="NONE")
    cart = a_record("Cart", order="shop.Order")
    write_contract(tmp_path / "cart", "cart", cart)
    write_contract(tmp_path / "ticket", "ticket", a_record("Ticket", "id"))

    summary = registered(ports, tmp_path)

    assert names(summary.registered) == [("ticket", 1)]
    reasons = [each.reason for each in summary.refused]
    assert "item/schema.avsc:1:" in reasons[0]
    assert "uses 'shop.Item' of item, which was refused" in reasons[1]
    assert "uses 'shop.Order' of order, which was refused" in reasons[2]
    assert len(reasons) == 3


def test_given_a_broken_manifest_when_registered_then_the_others_are_registered(
    ports: Ports, tmp_path: Path
):
    write_contract(tmp_path / "order", "order")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "contract.yaml").write_text("id: 1\nid: 2\n")

    summary = registered(ports, tmp_path)

    assert names(summary.registered) == [("order", 1)]
    assert "other/contract.yaml:2:1: " in summary.refused[0].reason


def test_given_a_name_in_the_manifest_when_referred_to_then_it_is_found(
    ports: Ports, tmp_path: Path
):
    both = json.dumps([json.loads(ITEM), json.loads(a_record("Note", "text"))])
    write_contract(tmp_path / "item", "item", both, name="shop.Item")
    write_contract(tmp_path / "order", "order", ORDER)

    summary = registered(ports, tmp_path)

    assert summary.refused == ()
    assert names(summary.registered) == [("item", 1), ("order", 1)]


def test_given_subjects_in_a_context_when_registered_then_references_stay_in_it(
    ports: Ports, tmp_path: Path
):
    write_contract(tmp_path / "item", ":.shop:item", ITEM)
    write_contract(tmp_path / "order", ":.shop:order", ORDER)

    registered(ports, tmp_path)
    again = registered(ports, tmp_path)

    assert again.refused == ()
    assert names(again.unchanged) == [(":.shop:item", 1), (":.shop:order", 1)]

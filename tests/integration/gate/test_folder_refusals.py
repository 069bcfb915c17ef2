"""Contracts that cannot be registered: each is refused with a reason a person gets."""

from dataclasses import replace
from pathlib import Path

import pytest

from registry.application.ports import Ports
from registry.domain.configuration import Mode
from registry.domain.errors import StoreUnavailableError
from registry.domain.model import Subject
from tests.integration.gate.folders import CONTRACTS, ITEM, ORDER, names, registered
from tests.unit.gate.builders import a_record, write_contract


def test_given_a_change_that_breaks_the_level_when_registered_then_only_it_is_refused(
    ports: Ports, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    for name in ("order", "parcel"):
        write_contract(tmp_path / name, name, compatibility="BACKWARD")
    registered(ports, tmp_path)
    for name in ("order", "parcel"):
        schema = a_record("Order", *(["id", "added"] if name == "order" else ["id"]))
        write_contract(tmp_path / name, name, schema, compatibility="BACKWARD")
    write_contract(tmp_path / "ticket", "ticket")

    summary = registered(ports, tmp_path)

    assert names(summary.unchanged) == [("parcel", 1)]
    assert names(summary.registered) == [("ticket", 1)]
    assert [each.file for each in summary.refused] == [
        tmp_path / "order" / "contract.yaml"
    ]
    (message,) = [vars(r)["reason"] for r in caplog.records if r.levelname == "ERROR"]
    assert "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE" in message
    assert f"{tmp_path}/order/schema.avsc:1:" in message
    assert "'added'" in message
    assert "; fix: " in message


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

    summary = registered(ports, tmp_path)

    assert ("ticket", 1) in names(summary.registered)
    assert reason in summary.refused[0].reason


def test_given_two_contracts_of_one_subject_when_registered_then_neither_is(
    ports: Ports, tmp_path: Path
):
    write_contract(tmp_path / "a", "order", ITEM)
    write_contract(tmp_path / "b", "order", a_record("Order", "id"))

    summary = registered(ports, tmp_path)

    assert summary.registered == ()
    assert len(summary.refused) == 2
    assert f"claimed by {tmp_path}/b/contract.yaml too" in summary.refused[0].reason


@pytest.mark.parametrize("settings", ["compatibility: SOME\n", "- 1\n", "a: *b\n"])
def test_given_unreadable_defaults_when_registered_then_nothing_is_guessed(
    ports: Ports, tmp_path: Path, settings: str
):
    write_contract(tmp_path / "order", "order")
    (tmp_path / "registry.yaml").write_text(settings)

    summary = registered(ports, tmp_path)

    assert summary.registered == ()
    assert "registry.yaml:1:" in summary.refused[0].reason


def test_given_a_language_not_spoken_when_registered_then_that_is_told(
    ports: Ports, tmp_path: Path
):
    write_contract(tmp_path, "order", format="JSON")

    summary = registered(ports, tmp_path)

    assert "does not speak JSON yet, only AVRO, PROTOBUF" in summary.refused[0].reason


def test_given_a_read_only_registry_when_registered_then_new_ones_are_refused(
    ports: Ports, tmp_path: Path
):
    write_contract(tmp_path, "order")
    ports.transactions.write(lambda store: store.put_mode(Subject(""), Mode.READONLY))

    summary = registered(ports, tmp_path)

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
        registered(away, CONTRACTS)


def test_given_no_folder_when_registered_then_that_is_told(
    ports: Ports, tmp_path: Path
):
    summary = registered(ports, tmp_path / "nowhere")

    assert "expected a folder with contracts" in summary.refused[0].reason

"""Manifests are judged as the official schema of the standard judges them."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from registry.domain.rules import Severity
from registry.gate import odcs, yaml_text
from registry.gate.yaml_text import Document
from tests.unit.gate import formats
from tests.unit.gate.builders import a_manifest

FILES = sorted((formats.ROOT / "contracts").rglob("contract.yaml"))

EVERYTHING = """\
apiVersion: v3.1.0
kind: DataContract
id: orders.order-created
name: OrderCreated
version: 2.1.0
status: active
tenant: shop
domain: orders
dataProduct: checkout
tags: [event, money]
description:
  purpose: Says that a customer order was accepted.
  customProperties: [{property: reviewed, value: [1, {a: b}]}]
price: {id: p1, priceAmount: 9.95, priceCurrency: USD, priceUnit: megabyte}
team:
  name: team-orders
  members:
    - {username: ana@example.com, role: owner, dateIn: 2022-08-02, tags: [x]}
support:
  - {channel: "#orders-events", tool: slack, scope: interactive}
servers:
  - {server: prod, type: kafka, host: "kafka.internal:9092", format: avro}
  - {server: lake, type: s3, location: "s3://bucket/data", roles: [{role: reader}]}
  - {server: base, type: postgres, host: db, port: 5432, database: d, schema: s}
schema:
  - name: OrderCreated
    logicalType: object
    physicalType: record
    physicalName: orders.order-created.v1
    authoritativeDefinitions: [{type: schema, url: ./schema.avsc}]
    properties:
      - name: customer_email
        logicalType: string
        logicalTypeOptions: {maxLength: 80, format: email}
        classification: confidential
        criticalDataElement: true
        examples: [a@example.com, 3, null]
        relationships: [{type: foreignKey, to: customers.email}]
      - name: total
        logicalType: number
        logicalTypeOptions: {minimum: 0, format: f64}
        quality:
          - {metric: nullValues, mustBe: 0, dimension: completeness}
          - {type: sql, query: "select 1", mustBeBetween: [0, 10]}
          - {type: text, description: Looks right}
      - name: items
        logicalType: array
        logicalTypeOptions: {minItems: 1, uniqueItems: true}
        items:
          logicalType: object
          properties: [{name: sku, logicalType: string, required: true}]
    quality:
      - type: custom
        engine: cel
        name: total-not-negative
        implementation: {expression: "message.total >= 0"}
    relationships:
      - {from: [order.id], to: [customers.id]}
slaDefaultElement: OrderCreated.total
slaProperties:
  - {property: retention, value: 30, unit: d}
  - {property: endOfLife, value: "2027-12-31T00:00:00Z"}
roles:
  - {role: consumer, access: read, firstLevelApprovers: team-orders}
customProperties:
  - property: registry
    value: {subject: orders.order-created.v1-value, format: AVRO}
contractCreatedTs: "2026-01-10T09:00:00Z"
"""


@pytest.fixture(scope="module")
def official() -> jsonschema_rs.Validator:
    return formats.validator(formats.ODCS)


def _errors(value: Any) -> list[str]:
    found = odcs.faults(Document(value, {}))
    return [each.reason for each in found if each.severity is Severity.ERROR]


def _told(text: str) -> list[tuple[int, int, str]]:
    return [
        (each.place.line, each.place.column, each.reason)
        for each in odcs.faults(yaml_text.read(text))
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.parent.name)
def test_given_our_own_contracts_then_nothing_is_at_fault(file: Path):
    assert _told(file.read_text(encoding="utf-8")) == []


def test_given_all_members_then_nothing_is_at_fault(
    official: jsonschema_rs.Validator,
):
    value = yaml_text.read(EVERYTHING).value

    assert _told(EVERYTHING) == []
    assert [error.message for error in official.iter_errors(value)] == []


def _parts(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in inner:
        yield (*at, key)
        if isinstance(each, dict | list):
            yield from _parts(each, (*at, key))


def _around(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path[:-1]:
        value = value[key]
    return value


def _removed(value: Any, path: tuple[Any, ...]) -> None:
    del _around(value, path)[path[-1]]


def _emptied(value: Any, path: tuple[Any, ...]) -> None:
    _around(value, path)[path[-1]] = None


def _made_a_number(value: Any, path: tuple[Any, ...]) -> None:
    _around(value, path)[path[-1]] = -1.5


def _made_a_text(value: Any, path: tuple[Any, ...]) -> None:
    _around(value, path)[path[-1]] = "no such thing"


def _made_a_mapping(value: Any, path: tuple[Any, ...]) -> None:
    _around(value, path)[path[-1]] = {"nobody": "knows"}


def _made_a_list(value: Any, path: tuple[Any, ...]) -> None:
    _around(value, path)[path[-1]] = [1]


def _made_a_flag(value: Any, path: tuple[Any, ...]) -> None:
    _around(value, path)[path[-1]] = True


def _joined_by_another(value: Any, path: tuple[Any, ...]) -> None:
    around = _around(value, path)
    if isinstance(around, dict):
        around["nobodyKnows"] = 1


CHANGES = (
    _removed,
    _emptied,
    _made_a_number,
    _made_a_text,
    _made_a_mapping,
    _made_a_list,
    _made_a_flag,
    _joined_by_another,
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda c: c.__name__.strip("_"))
def test_given_any_part_changed_then_both_say_the_same(
    change: Any, official: jsonschema_rs.Validator
):
    value = yaml_text.read(EVERYTHING).value
    told_apart = []

    for path in _parts(value):
        changed = copy.deepcopy(value)
        change(changed, path)
        ours = _errors(changed)
        if official.is_valid(changed) is not (ours == []) and not _is_ours(path):
            told_apart.append((path, ours))

    assert told_apart == []


def _is_ours(path: tuple[Any, ...]) -> bool:
    """Tell whether a path leads to what only the registry has an opinion of."""
    return path[:3] == ("customProperties", 0, "value")


def test_given_misspelt_members_then_the_nearest_ones_are_named():
    text = EVERYTHING.replace("domain:", "Domain:").replace("engine:", "enigne:")

    assert [each for each in _told(text) if "mean" in each[2]] == [
        (8, 1, "a contract has no member 'Domain'; did you mean 'domain'?"),
        (
            54,
            9,
            "a quality rule of type custom has no member 'enigne'; did you mean"
            " 'engine'?",
        ),
    ]


def test_given_a_version_without_quotes_then_quotes_are_asked_for():
    told = _told(EVERYTHING.replace("version: 2.1.0", "version: 2.1"))

    assert told == [
        (5, 1, "version: expected a text, found 2.1; write it in quotes"),
    ]


def test_given_the_team_as_a_list_then_it_is_accepted():
    value = {**a_manifest(), "team": [{"username": "ana"}]}

    assert _errors(value) == []


def test_given_a_member_of_ours_that_nobody_knows_then_it_is_a_warning():
    (fault,) = odcs.faults(Document(a_manifest(compatability="BACKWARD"), {}))

    assert fault.severity is Severity.WARNING
    assert "did you mean 'compatibility'?" in fault.reason


def test_given_a_day_that_is_none_then_it_is_a_warning():
    told = [*odcs.faults(yaml_text.read(EVERYTHING.replace("2022-08-02", "2.8.2022")))]

    assert [(each.severity, each.reason) for each in told] == [
        (
            Severity.WARNING,
            "dateIn: expected a day such as 2027-01-31, found '2.8.2022'",
        )
    ]


def test_given_a_text_that_is_no_mapping_then_that_is_said():
    assert _errors([]) == ["expected a mapping, found a list"]


def test_given_a_hostile_name_then_it_is_cut_and_escaped():
    (reason,) = _errors({**a_manifest(), "x\n" * 1000: 1})

    assert len(reason) < 600
    assert "\n" not in reason

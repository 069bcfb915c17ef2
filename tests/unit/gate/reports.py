"""Reports with defaults; and a finding as the engine really makes it."""

import json
from dataclasses import replace
from pathlib import PurePosixPath

from registry.application.cases import Candidate, Case, Earlier
from registry.application.explanation import findings
from registry.domain.formats.avro.format import AvroFormat
from registry.domain.levels import Direction, Level
from registry.domain.model import SchemaType
from registry.domain.places import Place
from registry.domain.promises import Promise
from registry.domain.rules import Severity
from registry.domain.verdict import (
    Broken,
    Category,
    Checked,
    EarlierPlace,
    Finding,
    Fix,
    Replacement,
)
from registry.gate.report import Kind, Located, Look, Report, Waived, in_order

FILE = PurePosixPath("contracts/orders/order-created/schema.avsc")
CONTRACT = "orders.order-created"
TEXT = '{\n  "name": "currency",\n  "type": "string"\n}\n'


def a_finding(**given) -> Finding:
    """Return a finding of an Avro field, on line 2 of `TEXT`."""
    finding = Finding(
        rule="AVRO_READER_FIELD_MISSING_DEFAULT_VALUE",
        category=Category.COMPATIBILITY,
        severity=Severity.ERROR,
        subject="orders-value",
        schema_type=SchemaType.AVRO,
        message="the new schema reads field 'currency', which version 3 does not write",
        path="OrderCreated.currency",
        change=None,
        location=Place(2, 3, 2, 21, "/fields/1"),
        old_location=EarlierPlace(3, 103, "/fields", 4),
        checked=Checked(Level.BACKWARD, Direction.BACKWARD, (3,)),
        broken=(Broken("new readers of old data", "cannot read version 3", 3),),
        why="a reader has nothing to put there",
        fixes=(
            Fix(
                "give 'currency' a default",
                (Replacement(Place(3, 19, 3, 19), ', "default": ""'),),
                Level.FULL,
                "{}",
            ),
        ),
        docs_url="docs/reference/rules.md#AVRO_READER_FIELD_MISSING_DEFAULT_VALUE",
        fingerprint="9f31c2" + "0" * 58,
    )
    return replace(finding, **given)


def a_located(**given) -> Located:
    """Return a finding in `FILE`; what is no part of the place is of the finding."""
    own = {name: given.pop(name) for name in [*given] if name in _OF_THE_PLACE}
    located = Located(
        finding=a_finding(**given),
        kind=Kind.COMPATIBILITY,
        contract=CONTRACT,
        file=FILE,
        old_file=f"{FILE}@3f2a1bc",
    )
    return replace(located, **own)


_OF_THE_PLACE = ("finding", "kind", "contract", "file", "old_file", "waived", "apps")


def a_waiver(**given) -> Waived:
    waived = Waived(
        PurePosixPath("contracts/waivers/currency.yaml"),
        "all readers were updated",
        ("ana@example.com",),
        "2027-01-31",
    )
    return replace(waived, **given)


def a_look(kind: Kind = Kind.COMPATIBILITY, contract: str = CONTRACT) -> Look:
    return Look(contract, kind, FILE)


def a_report(*found: Located, **given) -> Report:
    """Return a report of one contract that was looked at in two ways."""
    looks = (a_look(Kind.COMPATIBILITY), a_look(Kind.LINT))
    report = Report(findings=in_order(found), looks=looks, baseline="the last release")
    return replace(report, **given)


def many(number: int, **given) -> list[Located]:
    """Return findings that differ in path and fingerprint."""
    return [
        a_located(path=f"Order.f{at}", fingerprint=f"{at:064x}", **given)
        for at in range(number)
    ]


def a_real_finding() -> tuple[str, Finding]:
    """Return a candidate's text and what the engine finds wrong with it."""
    avro = AvroFormat()
    fields = [{"name": "id", "type": "string"}]
    old = json.dumps({"type": "record", "name": "Order", "fields": fields}, indent=2)
    fields.append({"name": "currency", "type": "string"})
    new = json.dumps({"type": "record", "name": "Order", "fields": fields}, indent=2)
    case = Case(
        avro,
        Candidate("orders-value", SchemaType.AVRO, avro.parse(new)),
        (Earlier(1, 101, SchemaType.AVRO, avro.parse(old)),),
        Promise(Level.BACKWARD),
    )
    (found,) = findings(case)
    return new, found

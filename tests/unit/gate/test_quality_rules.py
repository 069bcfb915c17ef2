"""Rules in CEL are held to the schema that they are about, and tried on examples."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from registry.compiler.in_place import InPlaceCompiler
from registry.engine import engine
from registry.gate import checking
from registry.gate.baselines import Baseline
from registry.gate.checking import Run
from registry.gate.report import Located
from registry.gate.snapshots import Snapshot
from registry.gate.trees import FolderTree
from registry.gate.views import EXAMPLES, RULES, View
from tests.unit.gate.builders import a_manifest
from tests.unit.gate.formats import ROOT

AVRO = {
    "type": "record",
    "name": "Order",
    "namespace": "shop",
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "email", "type": "string", "confluent:tags": ["PII"]},
        {"name": "total", "type": "double"},
        {"name": "quantity", "type": "int"},
        {"name": "note", "type": ["null", "string"], "default": None},
        {
            "name": "at",
            "type": {"type": "long", "logicalType": "timestamp-millis"},
        },
        {
            "name": "price",
            "type": {
                "type": "bytes",
                "logicalType": "decimal",
                "precision": 9,
                "scale": 2,
            },
        },
        {"name": "labels", "type": {"type": "map", "values": "string"}},
        {"name": "mixed", "type": ["string", "int"]},
        {
            "name": "items",
            "type": {
                "type": "array",
                "items": {
                    "type": "record",
                    "name": "Item",
                    "fields": [
                        {"name": "sku", "type": "string"},
                        {"name": "part", "type": ["null", "Item"], "default": None},
                    ],
                },
            },
        },
    ],
}
ORDER = {
    "id": "1",
    "email": "ana@example.com",
    "total": 1.5,
    "quantity": 2,
    "at": "2026-01-10T09:00:00Z",
    "price": "19.90",
    "labels": {"a": "b"},
    "mixed": 3,
    "items": [{"sku": "x"}],
}
JSON = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "Order",
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "total": {"type": "number"},
        "quantity": {"type": "integer"},
        "note": {"oneOf": [{"type": "null"}, {"type": "string"}]},
        "money": {"$ref": "#/definitions/Money"},
        "lists": {"$ref": "#/definitions/Lists"},
        "whole": {"allOf": [{"type": "object"}]},
        "open": {"type": "object", "properties": {"a": {"type": "string"}}},
    },
    "additionalProperties": False,
    "definitions": {
        "Money": {
            "type": "object",
            "properties": {"amount": {"type": "string"}},
            "additionalProperties": False,
        },
        "Lists": {"type": "array", "items": {"$ref": "#/definitions/Lists"}},
    },
}
PROTO = """
syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
message Other { string x = 1; }
enum Status { STATUS_UNSPECIFIED = 0; STATUS_PAID = 1; }
message Order {
  string id = 1;
  double total = 2;
  uint64 count = 3;
  Status status = 4;
  google.protobuf.Timestamp at = 5;
  map<string, string> labels = 6;
  repeated Item items = 7;
  message Item { string sku = 1; }
}
"""
FILES = {"AVRO": "schema.avsc", "JSON": "schema.json", "PROTOBUF": "schema.proto"}
SCHEMAS: dict[str, Any] = {"AVRO": AVRO, "JSON": JSON, "PROTOBUF": PROTO}


def a_rule(expression: Any, **members: Any) -> dict[str, Any]:
    """Return a rule as the standard has it."""
    rule = {"type": "custom", "engine": "cel", "name": "sound"}
    return {**rule, "implementation": expression, **members}


def a_domain_rule(expression: str, **members: Any) -> dict[str, Any]:
    """Return a rule as a registry has it."""
    rule = {"name": "ruled", "kind": "CONDITION", "type": "CEL", "mode": "WRITE"}
    return {**rule, "expr": expression, **members}


def _write(
    folder: Path,
    *quality: dict[str, Any],
    language: str = "AVRO",
    schema: Any = None,
    **settings: Any,
) -> None:
    schema = schema or SCHEMAS[language]
    text = schema if isinstance(schema, str) else json.dumps(schema)
    (folder / FILES[language]).write_text(text, encoding="utf-8")
    message = "Order" if language == "PROTOBUF" else None
    manifest = a_manifest(
        schemaFile=FILES[language], format=language, message=message, **settings
    )
    manifest["schema"] = [{"name": "Order", "quality": [*quality]}]
    (folder / "contract.yaml").write_text(json.dumps(manifest), encoding="utf-8")


def _example(folder: Path, kind: str, name: str, value: Any) -> None:
    file = folder / "examples" / kind / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(value if isinstance(value, str) else json.dumps(value))


def _found(root: Path, *views: View) -> tuple[Located, ...]:
    now = Snapshot(FolderTree(root, ("",)), ("",), engine(InPlaceCompiler))
    run = Run(views or (RULES,), is_whole=True)
    return checking.check(now, Baseline(""), run).findings


def _messages(root: Path, *views: View) -> list[str]:
    return [each.finding.message for each in _found(root, *views)]


def _rules(root: Path, *views: View) -> list[tuple[str, str]]:
    return [(str(e.finding.severity), e.finding.rule) for e in _found(root, *views)]


SOUND = [
    ("AVRO", "message.total >= 0"),
    ("AVRO", "message.total == 3 || message.quantity > 1.5 || message.total in [1, 2]"),
    ("AVRO", "message.note == null || message.note.size() > 2"),
    ("AVRO", "message.id != null"),
    ("AVRO", "message.note == null ? true : message.note != ''"),
    ("AVRO", "'id' in message && message['id'] != '' && size(message) > 3"),
    ("AVRO", "message.exists(name, name == 'id')"),
    ("AVRO", "message.at > timestamp('2020-01-01T00:00:00Z') && message.at < now"),
    ("AVRO", "message.price < 100.0 && message.labels.all(k, k != '')"),
    ("AVRO", "message.mixed == 3 || message.mixed == 'a'"),
    ("AVRO", "message.items.all(i, i.sku != '' && i.part.part.sku != '')"),
    ("AVRO", "message.quantity > 3 ; message.email.isEmail()"),
    ("JSON", "message.total * 2 > 1 || message.total * 2.0 > 1.0"),
    ("JSON", "message.note == null || message.note.startsWith('a')"),
    ("JSON", "message.money.amount != '' && message.lists.size() > 0"),
    ("JSON", "message.whole.anything.at.all == 3"),
    ("PROTOBUF", "message.total >= 0 && message.count > 1"),
    ("PROTOBUF", "message.status == Status.STATUS_PAID && message.status == 1"),
    ("PROTOBUF", "message.status != shop.Status.STATUS_PAID"),
    ("PROTOBUF", "has(message.at) && message.at < now && 'a' in message.labels"),
    ("PROTOBUF", "message.items.all(i, i.sku != '')"),
]


@pytest.mark.parametrize(("language", "expression"), SOUND)
def test_given_an_expression_over_what_the_schema_has_then_nothing_is_found(
    language: str, expression: str, tmp_path: Path
):
    _write(tmp_path, a_rule(expression), language=language)

    assert _messages(tmp_path) == []


WRONG = [
    ("AVRO", "message.totl > 0.0", "Order has no field 'totl'; did you mean 'total'?"),
    ("AVRO", "has(message.ids)", "Order has no field 'ids'; did you mean 'id'?"),
    (
        "AVRO",
        "message.items.all(i, i.part.zzz)",
        "Item has no field 'zzz'; there are sku, part",
    ),
    ("AVRO", "message.id > 3", "'>' cannot be applied to string and int"),
    (
        "AVRO",
        "message.note.matches(3)",
        "'matches' cannot be applied to string and int",
    ),
    ("AVRO", "message.total * 2 > 1.0", "'*' cannot be applied to double and int"),
    (
        "AVRO",
        "message.quantity in ['a']",
        "'in' cannot be applied to int and list(string)",
    ),
    ("AVRO", "message.at > 3", "'>' cannot be applied to timestamp and int"),
    ("AVRO", "message.id", "expected true or false, found string"),
    ("AVRO", "message.id; message.total > 0", "expected true or false, found string"),
    ("AVRO", "mesage.id == ''", "there is no 'mesage' here; did you mean 'message'?"),
    ("AVRO", "value.isEmail()", "there is no 'value' here; there are message, now"),
    ("AVRO", "message.id.isMail()", "there is no function 'isMail'"),
    ("AVRO", "message.id ==", "no CEL expression: mismatched input '<EOF>'"),
    ("AVRO", "  ", "expected a CEL expression, found none"),
    ("JSON", "message.totl > 0", "Order has no field 'totl'; did you mean 'total'?"),
    ("JSON", "message.money.amount > 3", "'>' cannot be applied to string and int"),
    (
        "PROTOBUF",
        "message.totl > 0",
        "Order has no field 'totl'; did you mean 'total'?",
    ),
    ("PROTOBUF", "message.x == ''", "Order has no field 'x'; there are"),
    ("PROTOBUF", "message.items.all(i, i.sk)", "Item has no field 'sk'; did you mean"),
    ("PROTOBUF", "message.count + 1 > 2", "'+' cannot be applied to uint and int"),
    ("PROTOBUF", "'a' in message", "'in' cannot be applied to string and Order"),
]


@pytest.mark.parametrize(("language", "expression", "reason"), WRONG)
def test_given_a_wrong_name_or_type_then_it_is_told_with_what_was_meant(
    language: str, expression: str, reason: str, tmp_path: Path
):
    _write(tmp_path, a_rule(expression), language=language)

    (only,) = _found(tmp_path)

    assert only.finding.rule == "QUALITY_RULE_INVALID"
    assert only.finding.severity == "error"
    assert only.finding.message.startswith(f"rule 'sound': {reason}")
    assert str(only.file) == "contract.yaml"


def test_given_an_object_that_is_open_then_a_field_that_it_does_not_name_is_a_warning(
    tmp_path: Path,
):
    _write(tmp_path, a_rule("message.open.b == 3"), language="JSON")

    (only,) = _found(tmp_path)

    assert only.finding.severity == "warning"
    assert only.finding.message == "rule 'sound': open has no field 'b'; there are a"


@pytest.mark.parametrize(
    "written",
    [
        pytest.param('"message.totl > 0.0"', id="quoted"),
        pytest.param("message.totl > 0.0", id="plain"),
        pytest.param("'message.id != '''' && message.totl > 0.0'", id="doubled quotes"),
        pytest.param(
            '"message.id != \\"\\" && message.totl > 0.0"', id="escaped quotes"
        ),
        pytest.param(
            "message.id != '' && message.totl > 0.0", id="quotes in a plain one"
        ),
        pytest.param("|\n  message.id != ''\n    && message.totl > 0.0", id="lines"),
        pytest.param(">-\n  message.id != '' &&\n  message.totl > 0.0", id="folded"),
        pytest.param("message.total > 0.0;\n  message.totl > 0.0", id="after a guard"),
    ],
)
def test_given_any_form_of_text_then_the_place_is_that_of_the_wrong_name(
    written: str, tmp_path: Path
):
    _write(tmp_path)
    file = tmp_path / "contract.yaml"
    value = json.loads(file.read_text())
    del value["schema"]
    head = "".join(f"{key}: {json.dumps(each)}\n" for key, each in value.items())
    rule = f"implementation: {written}".replace("\n", "\n          ")
    file.write_text(
        f"{head}schema:\n  - name: Order\n    quality:\n      - type: custom\n"
        f"        engine: cel\n        {rule}\n"
    )

    (only,) = _found(tmp_path)

    place = only.finding.location
    assert place is not None
    line = file.read_text().splitlines()[place.line - 1]
    assert line[place.column - 1 : place.end_column - 1] == "totl"


def test_given_a_text_with_other_escapes_then_the_place_is_told_in_words(
    tmp_path: Path,
):
    _write(tmp_path, a_rule("'ä' == message.totl"))

    (only,) = _found(tmp_path)

    assert only.finding.location is not None
    assert "(line 1, column 16 of the expression)" in only.finding.message


@pytest.mark.parametrize(
    "settings",
    [
        {"ruleSet": {"domainRules": [a_domain_rule("message.totl > 0.0")]}},
        {
            "config": {
                "defaultRuleSet": {"domainRules": [a_domain_rule("message.totl")]}
            }
        },
        {
            "config": {
                "overrideRuleSet": {"domainRules": [a_domain_rule("message.totl")]}
            }
        },
    ],
    ids=["rule set", "default", "override"],
)
def test_given_a_rule_set_then_its_rules_are_held_to_the_schema(
    settings: dict[str, Any], tmp_path: Path
):
    _write(tmp_path, **settings)

    assert _messages(tmp_path) == [
        "rule 'ruled': Order has no field 'totl'; did you mean 'total'?"
    ]


@pytest.mark.parametrize(
    "rule",
    [
        a_domain_rule("message.totl", disabled=True),
        a_domain_rule("$.x ~> ", type="JSONATA"),
        a_domain_rule("typeName == 'STRING' ; value.isEmail()", type="CEL_FIELD"),
        a_domain_rule("message.total * 2.0", kind="TRANSFORM"),
    ],
    ids=["switched off", "another language", "fields", "a transformation"],
)
def test_given_a_rule_that_is_none_of_these_then_nothing_is_found(
    rule: dict[str, Any], tmp_path: Path
):
    _write(tmp_path, ruleSet={"domainRules": [rule]})

    assert _messages(tmp_path) == []


def test_given_a_rule_about_fields_then_only_its_names_are_known(tmp_path: Path):
    rule = a_domain_rule("valeu == ''", type="CEL_FIELD")
    _write(tmp_path, ruleSet={"domainRules": [rule]})

    assert _messages(tmp_path) == [
        "rule 'ruled': there is no 'valeu' here; did you mean 'value'?"
    ]


def test_given_a_rule_beside_a_property_then_it_is_held_to_the_whole_event(
    tmp_path: Path,
):
    _write(tmp_path)
    file = tmp_path / "contract.yaml"
    manifest = json.loads(file.read_text())
    rule = a_rule("message.totl > 0.0")
    manifest["schema"] = [{"properties": [{"name": "total", "quality": [rule]}]}]
    file.write_text(json.dumps(manifest))

    (message,) = _messages(tmp_path)

    assert "no field 'totl'" in message


def test_given_a_valid_example_that_breaks_rules_then_each_is_named(tmp_path: Path):
    _write(
        tmp_path,
        a_rule("message.total > 3.0", name="total-high", description="too little"),
        a_rule("message.quantity > 1", name="met"),
        a_rule("message.id == '2'", name="mild", severity="warning"),
        ruleSet={"domainRules": [a_domain_rule("message.at < now"), MAIL]},
    )
    _example(tmp_path, "valid", "a.json", {**ORDER, "email": "nobody"})

    found = _found(tmp_path, EXAMPLES)

    assert sorted((str(e.finding.severity), e.finding.message) for e in found) == [
        ("error", "rule 'mail': not a mail address"),
        ("error", "rule 'total-high': too little"),
        ("warning", "rule 'mild': the condition is not met"),
    ]
    assert {each.finding.rule for each in found} == {"EXAMPLE_BREAKS_RULE"}
    assert len({each.finding.fingerprint for each in found}) == len(found)
    assert {str(each.file) for each in found} == {"examples/valid/a.json"}


MAIL = a_domain_rule(
    "value.isEmail()",
    name="mail",
    type="CEL_FIELD",
    tags=["PII"],
    doc="not a mail address",
)


@pytest.mark.parametrize(
    ("language", "expression", "value"),
    [
        ("AVRO", "message.price > 19.0 && message.at.getFullYear() == 2026", ORDER),
        ("AVRO", "message.mixed == 3 && message.note == null", ORDER),
        ("JSON", "message.total > 1 && message.money.amount == '1'",
         {"total": 2, "money": {"amount": "1"}}),
        ("PROTOBUF", "message.status == Status.STATUS_PAID && message.total == 0.0",
         {"status": "STATUS_PAID"}),
        ("PROTOBUF", "message.count == 18446744073709551615u",
         {"count": "18446744073709551615"}),
    ],
)  # fmt: skip
def test_given_values_of_each_language_then_rules_see_them_as_clients_do(
    language: str, expression: str, value: Any, tmp_path: Path
):
    denied = a_rule(f"!({expression})", name="denied")
    _write(tmp_path, a_rule(expression), denied, language=language)
    _example(tmp_path, "valid", "a.json", value)

    assert _messages(tmp_path, RULES, EXAMPLES) == [
        "rule 'denied': the condition is not met"
    ]


@pytest.mark.parametrize(
    ("language", "path", "value"),
    [
        ("AVRO", "shop.Order.id", ORDER),
        ("JSON", "$.id", {"id": "1"}),
        ("PROTOBUF", "shop.Order.id", {"id": "1"}),
    ],
)
def test_given_tags_in_the_metadata_then_rules_about_fields_are_about_those(
    language: str, path: str, value: Any, tmp_path: Path
):
    _write(
        tmp_path,
        language=language,
        metadata={"tags": {path: ["KEY"]}},
        ruleSet={
            "domainRules": [
                a_domain_rule(
                    "name == 'id'", name="met", type="CEL_FIELD", tags=["KEY"]
                ),
                a_domain_rule("value == '2'", type="CEL_FIELD", tags=["KEY"]),
            ]
        },
    )
    _example(tmp_path, "valid", "a.json", value)

    assert _messages(tmp_path, RULES, EXAMPLES) == [
        "rule 'ruled': the condition is not met"
    ]


@pytest.mark.parametrize(
    ("contract", "broken", "met", "wrong"),
    [
        ("orders/payment", "message.amount.units < 0", "message.amount.units > 0",
         "message.amount.unit > 0"),
        ("orders/order-created", "size(message.items) == 99",
         "message.items.all(i, i.quantity > 0)", "message.items.all(i, i.count > 0)"),
    ],
)  # fmt: skip
def test_given_types_of_other_contracts_then_rules_know_them(
    contract: str, broken: str, met: str, wrong: str, tmp_path: Path
):
    shutil.copytree(ROOT / "contracts", tmp_path / "contracts")
    file = tmp_path / "contracts" / contract / "contract.yaml"
    rules = [
        a_rule(each, name=name)
        for name, each in (("broken", broken), ("met", met), ("wrong", wrong))
    ]
    said = file.read_text().replace(
        "schema:\n  - name:", f"schema:\n  - quality: {json.dumps(rules)}\n    name:"
    )
    file.write_text(said)

    found = {each.partition(":")[0] for each in _messages(tmp_path, RULES, EXAMPLES)}

    assert found == {"rule 'broken'", "rule 'wrong'"}


def test_given_an_integer_beyond_64_bits_then_rules_fail_as_they_do_in_clients(
    tmp_path: Path,
):
    _write(tmp_path, a_rule("message.quantity > 0"), language="JSON")
    _example(tmp_path, "valid", "a.json", {"quantity": 2**70})

    (message,) = _messages(tmp_path, EXAMPLES)

    assert message == "rule 'sound': CEL has no integers beyond 64 bits"


def test_given_a_transformation_then_later_rules_see_what_it_made(tmp_path: Path):
    trims = a_domain_rule(
        "value.trim()", name="trims", kind="TRANSFORM", type="CEL_FIELD", tags=["PII"]
    )
    _write(tmp_path, ruleSet={"domainRules": [trims, MAIL]})
    _example(tmp_path, "valid", "a.json", {**ORDER, "email": "  ana@example.com "})

    assert _messages(tmp_path, EXAMPLES) == []


@pytest.mark.parametrize(
    ("reason", "severity", "expected"),
    [
        pytest.param(None, "error", [], id="refused by a rule"),
        pytest.param("SOUND", "error", [], id="the rule is named"),
        pytest.param("other", "error", ["EXAMPLE_OTHER_REASON"], id="another is named"),
        pytest.param(
            None, "warning", ["EXAMPLE_ACCEPTED"], id="a warning keeps none out"
        ),
        pytest.param("sound", "warning", [], id="a warning is named"),
    ],
)
def test_given_an_invalid_example_then_a_rule_may_refuse_it(
    reason: str | None, severity: str, expected: list[str], tmp_path: Path
):
    _write(tmp_path, a_rule("message.total > 3.0", severity=severity))
    _example(tmp_path, "invalid", "a.json", ORDER)
    if reason is not None:
        _example(tmp_path, "invalid", "a.reason.txt", reason)

    assert [rule for _, rule in _rules(tmp_path, EXAMPLES)] == expected


def test_given_an_invalid_example_that_meets_all_rules_then_it_is_found(tmp_path: Path):
    _write(tmp_path, a_rule("message.total > 1.0"))
    _example(tmp_path, "invalid", "a.json", ORDER)

    assert _messages(tmp_path, EXAMPLES) == [
        "expected to be refused, but the schema and the rules take it"
    ]


def test_given_a_rule_that_is_none_then_examples_are_not_held_to_it(tmp_path: Path):
    _write(tmp_path, a_rule("message.totl > 3.0"))
    _example(tmp_path, "invalid", "a.json", ORDER)
    _example(tmp_path, "valid", "a.json", ORDER)

    assert _messages(tmp_path, EXAMPLES) == []


def test_given_an_expression_that_would_not_end_then_it_ends_as_a_finding(
    tmp_path: Path,
):
    ten = "[1,2,3,4,5,6,7,8,9,10]"
    endless = "true"
    for name in "abcdefgh":
        endless = f"{ten}.all({name}, {endless})"
    _write(tmp_path, a_rule(endless))
    _example(tmp_path, "valid", "a.json", ORDER)

    begun = time.monotonic()
    (message,) = _messages(tmp_path, RULES, EXAMPLES)

    assert message == "rule 'sound': Iteration budget exceeded"
    assert time.monotonic() - begun < 30


def test_given_a_recursive_or_odd_schema_then_its_types_are_made_nevertheless(
    tmp_path: Path,
):
    odd = {
        "type": "object",
        "properties": {
            "class": {"type": "string"},
            "fooBar": {"type": "string"},
            "foo_bar": {"type": "string"},
            "with-hyphen": {"type": "integer"},
            "": {"type": "integer"},
            "self": {"$ref": "#"},
            "loop": {"$ref": "#/properties/loop"},
            "pairs": {"type": "array", "items": [{"type": "string"}]},
            "nested": {"type": "array", "items": {"type": "array"}},
        },
    }
    used = "message.class + message.fooBar + message.foo_bar == message.self.self.class"
    rule = a_rule(f"{used} && message['with-hyphen'] == 3 && message.pairs[0] == 3")
    _write(tmp_path, rule, language="JSON", schema=odd)

    assert _messages(tmp_path) == []


def test_given_no_rules_then_neither_cel_nor_clients_of_rules_are_imported(
    tmp_path: Path,
):
    _write(tmp_path)
    _example(tmp_path, "valid", "a.json", ORDER)
    code = (
        "import sys; from click.testing import CliRunner;"
        " from registry.cli.trying import test;"
        f" assert not CliRunner().invoke(test, [{str(tmp_path)!r}]).exit_code;"
        " print([n for n in ('cel_expr_python', 'httpx') if n in sys.modules])"
    )
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    assert done.stdout.strip() == "[]", done.stderr

"""Examples go through encode and decode, and are refused where they should be."""

import json
import shutil
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
from registry.gate.views import EXAMPLES, MANIFEST, View
from tests.unit.gate import formats
from tests.unit.gate.builders import a_manifest

CONTRACTS = formats.ROOT / "contracts"


def _found(root: Path, *views: View) -> tuple[Located, ...]:
    parsing = engine(InPlaceCompiler)
    now = Snapshot(FolderTree(root, ("",)), ("",), parsing)
    run = Run(views or (EXAMPLES,), is_whole=True)
    return checking.check(now, Baseline(""), run).findings


def _told(root: Path) -> list[tuple[str, str, str]]:
    return [
        (each.finding.rule, str(each.file), each.finding.message)
        for each in _found(root)
    ]


def _contract(
    folder: Path, schema: Any, *, file: str = "schema.avsc", **settings: Any
) -> Path:
    text = schema if isinstance(schema, str) else json.dumps(schema)
    (folder / file).write_text(text, encoding="utf-8")
    manifest = a_manifest(schemaFile=file, **settings)
    (folder / "contract.yaml").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def _example(folder: Path, kind: str, name: str, value: Any) -> None:
    file = folder / "examples" / kind / name
    file.parent.mkdir(parents=True, exist_ok=True)
    text = value if isinstance(value, str) else json.dumps(value)
    file.write_text(text, encoding="utf-8")


def _of_type(kind: Any) -> dict[str, Any]:
    return {
        "type": "record",
        "name": "R",
        "fields": [{"name": "a", "type": kind}],
    }


def test_given_our_own_contracts_then_all_examples_hold(tmp_path: Path):
    shutil.copytree(CONTRACTS, tmp_path / "contracts")

    assert _found(tmp_path, EXAMPLES, MANIFEST) == ()


def test_given_our_own_examples_mixed_up_then_each_is_found(tmp_path: Path):
    root = tmp_path / "contracts"
    shutil.copytree(CONTRACTS, root)
    for folder in [*root.glob("*/*/examples")]:
        (folder / "valid").rename(folder / "other")
        (folder / "invalid").rename(folder / "valid")
        (folder / "other").rename(folder / "invalid")

    found = _told(tmp_path)

    files = [*root.glob("*/*/examples/*/*.json")]
    assert len(found) == len(files)
    assert {rule for rule, _, _ in found} == {"EXAMPLE_REFUSED", "EXAMPLE_ACCEPTED"}


UNION = ["null", "string", {"type": "map", "values": "int"}]
DECIMAL = {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}
FIXED = {"type": "fixed", "name": "F", "size": 2}
ENUM = {"type": "enum", "name": "E", "symbols": ["A", "B"]}
PAIR = [
    {"type": "record", "name": "X", "fields": [{"name": "x", "type": "int"}]},
    {"type": "record", "name": "Y", "fields": [{"name": "y", "type": "int"}]},
]


def _logical(kind: str, name: str) -> dict[str, str]:
    return {"type": kind, "logicalType": name}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        pytest.param(UNION, None, id="null of a union"),
        pytest.param(UNION, "é", id="bare text of a union"),
        pytest.param(UNION, {"string": "a"}, id="a branch named"),
        pytest.param(UNION, {"string": 3}, id="a map that looks like a branch"),
        pytest.param(PAIR, {"y": 2}, id="the second record"),
        pytest.param(PAIR, {"X": {"x": 2}}, id="a record named"),
        pytest.param(DECIMAL, "-12.34", id="decimal"),
        pytest.param(DECIMAL, "0", id="decimal without a point"),
        pytest.param(FIXED, "\u0000\u00ff", id="fixed"),
        pytest.param(ENUM, "B", id="enum"),
        pytest.param("bytes", "", id="no bytes"),
        pytest.param("double", 3, id="a whole number for a double"),
        pytest.param("long", -(2**63), id="the least long"),
        pytest.param(_logical("int", "date"), "2026-01-10", id="day"),
        pytest.param(_logical("int", "time-millis"), "09:00:00.5", id="time"),
        pytest.param(
            _logical("long", "timestamp-micros"), "2026-01-10T09:00+02:00", id="moment"
        ),
        pytest.param(_logical("long", "timestamp-millis"), 1768035600000, id="number"),
        pytest.param(
            _logical("long", "local-timestamp-millis"), "2026-01-10T09:00", id="local"
        ),
        pytest.param(
            _logical("string", "uuid"),
            "5b6f1c1e-8c3f-4a55-9a44-0f5a3a1d7c21",
            id="uuid",
        ),
        pytest.param(_logical("string", "uuid-of-ours"), "x", id="not a logical type"),
    ],
)
def test_given_a_value_that_fits_then_it_comes_back(
    kind: Any, value: Any, tmp_path: Path
):
    _contract(tmp_path, _of_type(kind))
    _example(tmp_path, "valid", "a.json", {"a": value})

    assert _told(tmp_path) == []


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("int", 2**31, "expected a whole number of 32 bits; found 2147483648"),
        ("int", True, "expected a whole number of 32 bits; found true"),
        ("string", None, "expected a text; found null"),
        ("bytes", "€", "expected a text, each character a byte; found '€'"),
        (
            FIXED,
            "abc",
            "expected a text of 2 characters, each a byte; found 'abc'",
        ),
        (ENUM, "C", "expected a symbol of E: A, B; found 'C'"),
        (UNION, 3.5, "expected one of null, string, map; found 3.5"),
        (UNION, {"a": "b"}, "expected a whole number of 32 bits; found 'b'"),
        (
            DECIMAL,
            "1.234",
            "expected a decimal in a text, with 4 digits and 2 of them after the point"
            " at most; found '1.234'",
        ),
        (
            _logical("int", "date"),
            "soon",
            "expected a day such as 2027-01-31; found 'soon'",
        ),
        (
            _logical("long", "timestamp-millis"),
            "2026-01-10T09:00",
            "expected a time such as 2027-01-31T09:00:00Z; found '2026-01-10T09:00'",
        ),
        (
            {"type": "array", "items": "int"},
            {"b": 1},
            "expected an array; found an object",
        ),
    ],
)
def test_given_a_value_that_does_not_fit_then_the_reason_is_told(
    kind: Any, value: Any, reason: str, tmp_path: Path
):
    _contract(tmp_path, _of_type(kind))
    _example(tmp_path, "valid", "a.json", {"a": value})

    assert _told(tmp_path) == [
        ("EXAMPLE_REFUSED", "examples/valid/a.json", reason),
    ]


def test_given_a_fault_deep_inside_then_its_line_is_told(tmp_path: Path):
    _contract(tmp_path, _of_type({"type": "array", "items": "int"}))
    _example(tmp_path, "valid", "a.json", '{\n "a": [\n  1,\n   "x"\n ]\n}')

    (found,) = _found(tmp_path)

    place = found.finding.location
    assert (place.line, place.column, place.pointer) == (4, 4, "/a/1")


def test_given_an_unknown_protobuf_field_then_its_line_is_told(tmp_path: Path):
    schema = 'syntax = "proto3"; message A { B b = 1; } message B { int32 c = 1; }'
    _contract(tmp_path, schema, file="schema.proto", format="PROTOBUF")
    _example(tmp_path, "valid", "a.json", '{\n "b": {\n  "d": 1}}')

    (found,) = _found(tmp_path)

    assert found.finding.location.line in (2, 3)
    assert "'d'" in found.finding.message or '"d"' in found.finding.message


def test_given_a_message_that_is_named_then_the_example_is_held_to_it(tmp_path: Path):
    schema = 'syntax = "proto3"; message A { int32 a = 1; } message B { int32 b = 1; }'
    _contract(tmp_path, schema, file="s.proto", format="PROTOBUF", message="B")
    _example(tmp_path, "valid", "b.json", {"b": 1})
    _example(tmp_path, "invalid", "a.json", {"a": 1})

    assert _told(tmp_path) == []


def test_given_an_invalid_example_that_passes_then_it_is_found(tmp_path: Path):
    _contract(tmp_path, _of_type("int"))
    _example(tmp_path, "invalid", "ünsinn 100%.json", {"a": 1})

    assert _told(tmp_path) == [
        (
            "EXAMPLE_ACCEPTED",
            "examples/invalid/ünsinn 100%.json",
            "expected to be refused, but the schema takes it",
        )
    ]


def test_given_the_reason_of_an_invalid_example_then_it_has_to_be_that_one(
    tmp_path: Path,
):
    _contract(tmp_path, _of_type("int"))
    for name, reason in (("one", "32\nBITS"), ("other", "no field")):
        _example(tmp_path, "invalid", f"{name}.json", {"a": "x"})
        _example(tmp_path, "invalid", f"{name}.reason.txt", reason)

    assert _told(tmp_path) == [
        (
            "EXAMPLE_OTHER_REASON",
            "examples/invalid/other.json",
            "expected to be refused because of 'no field', but it was because: expected"
            " a whole number of 32 bits; found 'x'",
        )
    ]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.json", "", "expected a JSON value, found an empty text"),
        ("a.json", '{"a": 1, "a": 2}', "expected each member of an object once"),
        ("a.yaml", "a: 1", "expected a file .json or .reason.txt"),
        ("a.reason.txt", "a", "expected an example beside the reason, found none"),
        (
            "a.json",
            "[" * 100_000,
            "expected at most 64 levels of nesting, found 100000",
        ),
    ],
)
def test_given_a_file_that_is_no_example_then_it_proves_nothing(
    name: str, content: str, reason: str, tmp_path: Path
):
    _contract(tmp_path, _of_type("int"))
    _example(tmp_path, "invalid", name, content)

    ((rule, _, told),) = _told(tmp_path)

    assert (rule, told) == ("EXAMPLE_UNREADABLE", reason)


def test_given_a_folder_of_another_name_then_it_is_looked_into(tmp_path: Path):
    _contract(tmp_path, _of_type("int"), examples="./samples/")
    (tmp_path / "samples/valid").mkdir(parents=True)
    (tmp_path / "samples/valid/a.json").write_text('{"a": "x"}')

    assert [file for _, file, _ in _told(tmp_path)] == ["samples/valid/a.json"]


_LISTS = {"type": "array", "items": {"$ref": "#"}}


def test_given_a_json_example_that_would_take_for_ever_to_explain_then_it_is_refused(
    tmp_path: Path,
):
    value: Any = 0
    for _ in range(30):
        value = [value]
    schema = {"anyOf": [_LISTS, _LISTS, {"type": "string"}]}
    _contract(tmp_path, schema, file="schema.json", format="JSON")
    _example(tmp_path, "valid", "a.json", value)

    ((rule, _, told),) = _told(tmp_path)

    assert rule == "EXAMPLE_REFUSED"
    assert "why would take more than 20000 steps to say" in told

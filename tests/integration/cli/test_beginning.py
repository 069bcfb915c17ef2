"""Contracts that are begun pass the gate; what is derived takes its samples."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.compiler.in_place import InPlaceCompiler
from registry.domain.model import SchemaType
from registry.engine import engine
from registry.gate.scaffolding.deriving import derive
from registry.gate.scaffolding.proving import prove
from registry.gate.scaffolding.shapes import SamplesError, shape_of
from registry.gate.scaffolding.words import of_topic

PARSING = engine(InPlaceCompiler)
LANGUAGES = [each.value.lower() for each in SchemaType]
CHECK = ("check", "--allow-missing-baseline", "--no-cache", "--fail-on", "warning")

Wirepact = Callable[..., Result]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("ci", ["github", "gitlab", "none"])
def test_given_a_new_project_then_it_passes_the_gate(
    ci: str, here: Path, wirepact: Wirepact
):
    begun = wirepact("init", "--ci", ci)
    checked, tried = wirepact(*CHECK), wirepact("test")

    assert begun.exit_code == 0, begun.output
    assert checked.exit_code == 0, checked.output
    assert tried.exit_code == 0, tried.output


def test_given_a_project_when_begun_again_then_nothing_is_touched(
    here: Path, wirepact: Wirepact
):
    wirepact("init")
    file = here / "contracts/registry.yaml"
    file.write_text("compatibility: FULL\n")

    again = wirepact("init")

    assert file.read_text() == "compatibility: FULL\n"
    assert "made" not in again.stderr


@pytest.mark.parametrize("language", LANGUAGES)
def test_given_a_topic_then_its_contract_passes_the_gate(
    language: str, here: Path, wirepact: Wirepact
):
    wirepact("init")

    begun = wirepact("new", "shop-eu.payment_made.v1", "--format", language)
    checked, tried = wirepact(*CHECK), wirepact("test")

    assert begun.exit_code == 0, begun.output
    assert (here / "contracts/shop-eu/payment-made/contract.yaml").exists()
    assert checked.exit_code == 0, checked.output
    assert tried.exit_code == 0, tried.output


@pytest.mark.parametrize("language", LANGUAGES)
def test_given_samples_then_they_become_examples_that_hold(
    language: str, here: Path, wirepact: Wirepact
):
    lines = [{"orderId": "a", "sum": each, "sub": {"x": True}} for each in (1, 2.5)]
    (here / "s.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (here / "contracts").mkdir()

    begun = wirepact("new", "a.b.v1", "--samples", "s.jsonl", "--format", language)
    tried = wirepact("test")

    examples = sorted((here / "contracts/a/b/examples/valid").glob("*.json"))
    assert begun.exit_code == 0, begun.output
    assert [json.loads(each.read_text()) for each in examples] == lines
    assert tried.exit_code == 0, tried.output


def test_given_a_schema_then_the_contract_has_it(here: Path, wirepact: Wirepact):
    text = '{"type": "record", "name": "X", "fields": []}'
    (here / "x.avsc").write_text(text)

    begun = wirepact("new", "a.x", "--schema", "x.avsc")

    assert begun.exit_code == 0, begun.output
    assert (here / "contracts/a/x/schema.avsc").read_text() == text


def test_given_a_contract_that_is_there_then_nothing_is_written(
    here: Path, wirepact: Wirepact
):
    wirepact("new", "a.b")

    again = wirepact("new", "a.b", "--format", "json")

    assert again.exit_code == 2
    assert not (here / "contracts/a/b/schema.json").exists()


@pytest.mark.parametrize(
    ("topic", "domain", "name"),
    [
        ("orders.order-created.v1", "orders", "order-created"),
        ("orders.eu.OrderCreated", "orders", "order-created"),
        ("payments", "payments", "payments"),
        ("../../etc", "etc", "etc"),
        ("", "event", "event"),
        ("ä.ö", "a", "o"),
    ],
)
def test_a_topic_names_domain_and_contract(topic: str, domain: str, name: str):
    assert of_topic(topic) == (domain, name)


NAMES = st.text("abcxyz", min_size=1, max_size=4)
VALUES = st.recursive(
    st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False, width=32)
    | st.text(max_size=5)
    | st.just("2026-01-10T09:00:00Z"),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(NAMES, inner, max_size=3)
    ),
    max_leaves=6,
)
SAMPLES = st.lists(
    st.dictionaries(NAMES, st.none() | VALUES, max_size=4), min_size=1, max_size=4
)


@pytest.mark.parametrize("language", list(SchemaType))
@settings(max_examples=40, deadline=None)
@given(samples=SAMPLES)
def test_what_is_derived_takes_its_samples_in_any_order(
    language: SchemaType, samples: list[Any]
):
    try:
        text = derive(language, shape_of(samples), "sample", "a.v1")
    except SamplesError:
        # Languages have no words for everything; that is said, not guessed around.
        return

    prove(PARSING, language, text, samples)
    assert derive(language, shape_of(samples[::-1]), "sample", "a.v1") == text


def test_given_members_that_may_lack_then_they_are_optional():
    shape = shape_of([{"a": 1, "b": None}, {"a": 2**40, "b": "x"}])

    text = derive(SchemaType.AVRO, shape, "sample", "")

    assert json.loads(text)["fields"] == [
        {"name": "a", "type": "long"},
        {"name": "b", "type": ["null", "string"], "default": None},
    ]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["5b6f1c1e-8c3f-4a55-9a44-0f5a3a1d7c21"], "string"),
        (
            [
                "5b6f1c1e-8c3f-4a55-9a44-0f5a3a1d7c21",
                "5b6f1c1e-8c3f-4a55-9a44-0f5a3a1d7c22",
            ],
            {"type": "string", "logicalType": "uuid"},
        ),
        (["5b6f1c1e-8c3f-4a55-9a44-0f5a3a1d7c21", "x"], "string"),
    ],
)
def test_a_logical_type_is_taken_only_when_it_is_sure(values: list[str], kind: Any):
    text = derive(SchemaType.AVRO, shape_of([{"a": v} for v in values]), "s", "")

    assert json.loads(text)["fields"][0]["type"] == kind


@pytest.mark.parametrize(
    ("content", "language", "said"),
    [
        ("", "avro", "expected a JSON value, found an empty text"),
        ('{"a": 1}\n{"a": }\n', "avro", "line 2: expected a JSON value"),
        ("[1]", "avro", "sample 1: expected an object"),
        ('{"a b": 1}', "avro", "/a b: Avro has no field of this name"),
        ('{"a": []}', "avro", "/a: no sample has an element in this list"),
        ('{"a": [[1]]}', "protobuf", "/a[]: Protobuf has no lists of lists"),
        ('{"aB": 1, "a_b": 1}', "protobuf", "is the same field, 'a_b'"),
    ],
)
def test_given_samples_without_a_schema_then_the_reason_is_told(
    content: str, language: str, said: str, here: Path, wirepact: Wirepact
):
    (here / "s.jsonl").write_text(content)

    result = wirepact("derive", "s.jsonl", "--format", language)

    assert result.exit_code == 1
    assert said in result.stderr


def test_given_samples_on_standard_input_then_they_are_read(wirepact: Wirepact):
    result = wirepact("derive", "-", "--name", "x", input='{"a": true}')

    assert json.loads(result.stdout)["name"] == "X"


@pytest.mark.parametrize(
    ("topic", "told"),
    [
        pytest.param("my topic", "'my topic' has ' ' at character 3", id="space"),
        pytest.param("a/b", "has '/' at character 2", id="slash"),
        pytest.param("größe", "has 'ö' at character 3", id="letter-beyond-ascii"),
        pytest.param("a\nb", r"has '\n' at character 2", id="line-break"),
        pytest.param("..", "has a letter or a digit", id="folder"),
        pytest.param("", "has a letter or a digit", id="nothing"),
        pytest.param("a" * 250, "at most 249 characters", id="too-long"),
    ],
)
def test_given_what_no_topic_is_called_then_nothing_is_begun(
    topic: str, told: str, here: Path, wirepact: Wirepact
):
    refused = wirepact("new", topic)

    assert refused.exit_code == 2
    assert told in refused.stderr
    assert [*here.iterdir()] == []


def test_given_the_longest_topic_then_its_contract_is_begun(
    here: Path, wirepact: Wirepact
):
    assert wirepact("new", f"a.{'b' * 247}").exit_code == 0

"""Code from JSON Schemas: what has a type, what becomes Any, what is refused."""

import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, get_type_hints
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from tests.strategies import json_schema
from tests.unit.sdk.gen.generated import loaded
from wirepact.events import SchemaIdentity, event_types
from wirepact.gen.code import GenError
from wirepact.gen.inputs import Input, from_files
from wirepact.gen.json_modules import generate
from wirepact.gen.styles import STYLES
from wirepact.schemas import JSON, Schema

LAW = settings(deadline=None, suppress_health_check=list(HealthCheck))


def generated(schema: Any, style: str = "dataclass") -> dict[Path, str]:
    source = Input("test", "test", Schema(json.dumps(schema), JSON), SchemaIdentity())
    return generate([source], style)


def an_object(value: Any, **more: Any) -> dict[str, Any]:
    """Return an object with one required property."""
    properties = {"value": value}
    return {
        "title": "Order",
        "type": "object",
        "properties": properties,
        "required": ["value"],
        **more,
    }


def type_of(value: Any) -> Any:
    with loaded(generated(an_object(value))) as modules:
        (module,) = modules.values()
        return get_type_hints(module.Order)["value"]


@pytest.mark.parametrize(
    ("schema", "hint"),
    [
        ({"type": "string"}, str),
        ({"type": "string", "minLength": 1, "pattern": "^a"}, str),
        ({"type": "string", "format": "uuid"}, UUID),
        ({"type": "string", "format": "date-time"}, datetime),
        ({"type": "string", "format": "duration"}, timedelta),
        ({"type": "string", "format": "decimal"}, Decimal),
        ({"type": "string", "format": "email"}, str),
        ({"type": "string", "contentEncoding": "base64"}, bytes),
        ({"type": "integer", "minimum": 0}, int),
        ({"type": "number"}, float),
        ({"type": ["string", "null"]}, str | None),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, int | str),
        ({"oneOf": [{"type": "integer"}, {"type": "integer", "minimum": 0}]}, int),
        ({"const": "a"}, Literal["a"]),
        ({"enum": ["a", 1, None]}, Literal["a", 1] | None),
        ({"enum": [1.5]}, Any),
        ({"type": "array", "items": {"type": "string"}}, list[str]),
        (
            {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
            set[str],
        ),
        (
            {"type": "array", "items": {"type": "array"}, "uniqueItems": True},
            list[list[Any]],
        ),
        ({"type": "array", "prefixItems": [{"type": "string"}]}, list[Any]),
        ({"type": "object"}, dict[str, Any]),
        (
            {"type": "object", "additionalProperties": {"type": "integer"}},
            dict[str, int],
        ),
        ({"not": {"type": "string"}}, Any),
        (True, Any),
        ({}, Any),
    ],
)
def test_given_a_schema_when_generated_then_it_is_this_type(schema, hint):
    assert type_of(schema) == hint


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string", "default": 'a "b"'}, 'a "b"'),
        (
            {"type": "string", "format": "date", "default": "2026-02-28"},
            date(2026, 2, 28),
        ),
        (
            {
                "type": "string",
                "format": "date-time",
                "default": "2026-02-28T01:00:00Z",
            },
            datetime(2026, 2, 28, 1, tzinfo=UTC),
        ),
        (
            {"type": "string", "format": "duration", "default": "P1DT2S"},
            timedelta(days=1, seconds=2),
        ),
        ({"type": "number", "default": 1}, 1.0),
        ({"type": ["string", "null"], "default": None}, None),
        ({"type": "array", "default": []}, []),
        ({"type": "array", "items": {"type": "integer"}, "default": [1]}, [1]),
        ({"type": "object", "default": {"a": 1}}, {"a": 1}),
        (
            {"type": "string", "format": "uuid", "default": str(UUID(int=1))},
            UUID(int=1),
        ),
        ({"enum": ["a", "b"], "default": "b"}, "b"),
        ({"type": "integer"}, None),
    ],
)
@pytest.mark.parametrize("style", sorted(STYLES))
def test_given_a_default_when_generated_then_the_class_has_it(schema, value, style):
    with loaded(generated(an_object(schema, required=[]), style)) as modules:
        (module,) = modules.values()

        assert module.Order().value == value


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "describes no object with properties"),
        (
            an_object({"type": "integer", "default": "x"}, required=[]),
            "its default 'x'",
        ),
        (
            an_object(
                {"type": "string", "format": "uuid", "default": "x"}, required=[]
            ),
            "its default 'x'",
        ),
    ],
)
def test_given_a_schema_that_no_class_can_be_when_generated_then_it_is_refused(
    schema, words
):
    with pytest.raises(GenError, match=words):
        generated(schema)


def test_given_documents_that_refer_to_each_other_when_generated_then_classes_are_one(
    tmp_path,
):
    order = an_object({"$ref": "item.json"})
    order["properties"]["status"] = {"$ref": "item.json#/$defs/Status"}
    item = {
        "$id": "item.json",
        "title": "OrderItem",
        "type": "object",
        "properties": {"next": {"$ref": "#"}},
        "$defs": {"Status": {"enum": ["NEW", "PAID"], "description": "How far."}},
    }
    files = [tmp_path / "order.json", tmp_path / "item.json"]
    for file, schema in zip(files, (order, item), strict=True):
        file.write_text(json.dumps(schema))

    with loaded(generate(from_files(files), "dataclass")) as modules:
        hints = get_type_hints(modules["order"].Order)

        assert hints["value"] is modules["order_item"].OrderItem
        assert hints["status"] == modules["order_item"].Status | None
        assert list(event_types()) == ["OrderItem", "Order"]


@settings(LAW, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    schema=st.sampled_from(json_schema.DRAFTS).flatmap(json_schema.schemas),
    style=st.sampled_from(sorted(STYLES)),
)
def test_given_any_schema_when_generated_then_it_is_refused_or_runs_as_it_is_formatted(
    schema, style
):
    try:
        files = generated(an_object(schema), style)
    except GenError as error:
        assume("default" not in str(error))
        raise
    ruff = Path(sys.executable).with_name("ruff")
    (text,) = files.values()

    with loaded(files):
        for found in event_types().values():
            found.adapter(found.resolved)
    done = subprocess.run(
        [ruff, "format", "--isolated", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == text

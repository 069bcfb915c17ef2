"""From a class to its schema, to generated code, and to the schema again."""

import json
from typing import Any

import fastavro
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.domain.formats.avro.format import AvroFormat
from registry.domain.formats.jsonschema.format import JsonFormat
from tests.strategies.event_models import event_models
from tests.unit.sdk.gen.generated import loaded
from wirepact.events import Naming, SchemaIdentity, event_types
from wirepact.events.sources import derived
from wirepact.gen.generating import generate
from wirepact.gen.inputs import Input
from wirepact.gen.styles import STYLES
from wirepact.schemas import AVRO, JSON, Schema

LAW = settings(deadline=None, suppress_health_check=list(HealthCheck))
STYLE = st.sampled_from(sorted(STYLES))


def regenerated(schema: Schema, style: str) -> Any:
    files = generate([Input("test", "test", schema, SchemaIdentity())], style)
    with loaded(files):
        (found,) = event_types().values()
        again = derived(found.cls, found.name, schema.schema_type, found.naming)
        found.adapter(found.resolved)
        return json.loads(again.schema.text)


@LAW
@given(cls=event_models(is_avro=True), style=STYLE)
def test_given_any_class_when_its_avro_schema_is_generated_then_code_derives_the_same(
    cls, style
):
    schema = derived(cls, "shop.OrderCreated", AVRO, Naming.CAMEL).schema

    assert regenerated(schema, style) == json.loads(schema.text)


@LAW
@given(cls=event_models(is_avro=False), style=STYLE)
def test_given_any_class_when_its_json_schema_is_generated_then_code_derives_the_same(
    cls, style
):
    schema = derived(cls, "OrderCreated", JSON, Naming.CAMEL).schema

    assert regenerated(schema, style) == json.loads(schema.text)


@LAW
@given(cls=event_models(is_avro=True))
def test_given_any_class_when_its_avro_schema_is_derived_then_strict_parsers_take_it(
    cls,
):
    text = derived(cls, "shop.OrderCreated", AVRO, Naming.CAMEL).schema.text

    parsed = AvroFormat().parse(text, ())

    assert parsed.text == text
    schema: Any = fastavro.parse_schema(json.loads(text))
    assert schema["name"] == "shop.OrderCreated"


@LAW
@given(cls=event_models(is_avro=False))
def test_given_any_class_when_its_json_schema_is_derived_then_a_strict_parser_takes_it(
    cls,
):
    text = derived(cls, "OrderCreated", JSON, Naming.CAMEL).schema.text

    assert JsonFormat().parse(text, ()).text == text

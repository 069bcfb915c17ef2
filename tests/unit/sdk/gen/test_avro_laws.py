"""Generated code means what its schema means: laws over all Avro schemas."""

import io
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import fastavro
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from tests.strategies import avro as avro_schemas
from tests.strategies.avro_plain import plain_values
from tests.unit.sdk.gen.generated import loaded
from wirepact.codecs.avro import AvroLanguage
from wirepact.codecs.language import Limits, ResolvedSchema
from wirepact.events import EventType, EventTypeError, SchemaIdentity, event_types
from wirepact.events import avro_nodes as avro
from wirepact.events.sources import derived
from wirepact.gen.avro_code import AvroCode
from wirepact.gen.avro_modules import generate
from wirepact.gen.code import GenError
from wirepact.gen.inputs import Input
from wirepact.gen.layout import flat
from wirepact.gen.styles import STYLES
from wirepact.schemas import AVRO, Schema

LAW = settings(deadline=None, suppress_health_check=list(HealthCheck))
STYLE = st.sampled_from(sorted(STYLES))


def generated(schema: Any, style: str) -> dict[Path, str]:
    """Generate; schemas whose defaults no Python type can hold are no examples."""
    text = json.dumps(schema)
    source = Input("test", "test", Schema(text), SchemaIdentity("orders-value", 1, 7))
    try:
        return generate([source], style)
    except GenError as error:
        assume("has no form in Python" not in str(error))
        raise


def the_event(modules) -> EventType:
    (module,) = modules.values()
    found = event_types().values()
    return next(each for each in found if each.cls.__module__ == module.__name__)


def has_lone_branch(node: Any) -> bool:
    """Tell whether a union of one type is in a schema: Python has none."""
    if isinstance(node, list):
        return len(node) == 1 or any(has_lone_branch(each) for each in node)
    if not isinstance(node, dict):
        return False
    inner = [node.get(name) for name in ("type", "items", "values")]
    return any(has_lone_branch(each) for each in (*inner, *node.get("fields", ())))


def meaning(schema: ResolvedSchema) -> Any:
    """Return all of a schema but properties, `order` and how defaults are spelled."""
    types = avro.parse(schema)
    code = AvroCode(types, {name: name for name in types.named}, is_as_is=False)

    def of(node: Any) -> Any:
        match node:
            case avro.Record():
                fields = tuple(
                    (
                        each.name,
                        of(each.type),
                        flat(code.value(each.type, each.default).piece)
                        if each.has_default
                        else None,
                        each.doc,
                        each.aliases,
                    )
                    for each in node.fields
                )
                return (node.name, node.doc, node.aliases, fields)
            case avro.Array():
                return ("array", of(node.items))
            case avro.Map():
                return ("map", of(node.values))
            case avro.Union():
                return tuple(of(each) for each in node.branches)
            case _:
                return node

    return of(types.root)


@LAW
@given(schema=avro_schemas.records(), style=STYLE)
def test_given_any_record_when_generated_then_its_class_derives_an_equal_schema(
    schema, style
):
    assume(not has_lone_branch(schema))
    with loaded(generated(schema, style)) as modules:
        found = the_event(modules)

        again = derived(found.cls, found.name, AVRO, found.naming)

        assert meaning(again) == meaning(found.resolved)


@pytest.mark.parametrize(
    ("branches", "default", "meant"),
    [
        ([{"type": "fixed", "name": "F", "size": 3}, "string"], "ab", "'ab'"),
        (["string", {"type": "fixed", "name": "F", "size": 2}], "ab", "'ab'"),
        ([{"type": "int", "logicalType": "date"}, "long"], 5, "date(1970, 1, 6)"),
    ],
)
def test_given_a_union_when_generated_then_its_default_is_of_the_first_that_fits(
    branches, default, meant
):
    (text,) = generated(with_default(branches, default), "dataclass").values()

    assert meant in text.replace('"ab"', "'ab'")


def test_given_a_default_that_its_own_type_cannot_hold_then_no_other_type_gets_it():
    branches = [
        {"type": "string", "logicalType": "uuid"},
        {"type": "fixed", "name": "F", "size": 0},
    ]
    text = json.dumps(with_default(branches, ""))

    with pytest.raises(GenError, match="has no form in Python"):
        generate(
            [Input("t", "t", Schema(text), SchemaIdentity("s", 1, 7))], "dataclass"
        )


def with_default(branches: Any, default: Any) -> dict[str, Any]:
    field = {"name": "id", "type": branches, "default": default}
    return {"type": "record", "name": "R", "fields": [field]}


def written(schema: ResolvedSchema, value: Any) -> bytes:
    """Write as the SDK does: fastavro errs in some unions."""
    return AvroLanguage(Limits()).writer(schema, None, type(value)).encode(value)


def understood(schema: ResolvedSchema, payload: bytes) -> Any:
    """Read as the SDK does, to what adapters are given.

    fastavro puts names to fixed types and lone records that are written as names.
    """
    return AvroLanguage(Limits()).reader(schema, None, None).decode(payload, 0, ())


def read(parsed: Any, payload: bytes) -> Any:
    """Read as somebody else does, every branch that has a name told by it."""
    return fastavro.schemaless_reader(
        io.BytesIO(payload), parsed, None, return_record_name=True
    )


@LAW
@given(schema=avro_schemas.records(), style=STYLE, data=st.data())
def test_given_any_value_when_read_as_a_class_and_written_again_then_nothing_is_lost(
    schema, style, data
):
    resolved = ResolvedSchema(Schema(json.dumps(schema)))
    value = data.draw(plain_values(resolved))
    parsed = fastavro.parse_schema(schema)
    with loaded(generated(schema, style)) as modules:
        found = the_event(modules)
        adapter = found.adapter(found.resolved)
        payload = written(resolved, value)
        try:
            instance = adapter.from_plain(understood(resolved, payload))
            plain_again = adapter.to_plain(instance)
        except EventTypeError as error:
            # Two enums of a union that share a symbol are refused, and not guessed;
            # so are two decimals.
            assume("cannot be told apart" not in str(error))
            assume("hold decimals" not in str(error))
            raise

        again = read(parsed, written(resolved, plain_again))

        assert type(instance) is found.cls
        assert again == read(parsed, payload)


# Shrinking would start the formatter thousands of times.
@settings(LAW, phases=[Phase.explicit, Phase.reuse, Phase.generate], max_examples=10)
@given(
    schemas=st.lists(avro_schemas.records(), min_size=10, max_size=10),
    style=STYLE,
)
def test_given_any_record_when_generated_then_a_formatter_changes_nothing(
    schemas, style
):
    with TemporaryDirectory() as folder:
        texts = dict(written_modules(Path(folder), schemas, style))
        formatted(Path(folder))

        assert {path: path.read_text() for path in texts} == texts


@pytest.mark.parametrize("style", sorted(STYLES))
def test_given_names_of_any_length_when_generated_then_a_formatter_changes_nothing(
    tmp_path, style
):
    fixed = [{"type": "fixed", "name": "N" * n, "size": 1} for n in range(1, 60)]
    schemas = [
        {"type": "record", "name": "a.R", "fields": [each]}
        for inner in fixed
        for each in (
            {"name": "count", "type": {"type": "array", "items": inner}},
            {
                "name": "count",
                "type": {"type": "array", "items": inner},
                "default": [],
            },
        )
    ]
    texts = dict(written_modules(tmp_path, schemas, style))

    formatted(tmp_path)

    assert {path: path.read_text() for path in texts} == texts


def formatted(folder: Path) -> None:
    ruff = Path(sys.executable).with_name("ruff")
    subprocess.run(
        [ruff, "format", "--isolated", folder], capture_output=True, check=True
    )


def written_modules(folder: Path, schemas: list[Any], style: str):
    """Write a module for each schema, and yield where and what."""
    for number, schema in enumerate(schemas):
        (text,) = generated(schema, style).values()
        path = folder / f"module_{number}.py"
        path.write_text(text)
        yield path, text


@LAW
@given(pair=avro_schemas.with_references(), style=STYLE)
def test_given_references_when_generated_then_each_type_is_one_class_in_its_own_module(
    pair, style
):
    references, schema = pair
    assume(not has_lone_branch([["null", "int"], schema, *(v for _, v in references)]))
    inputs: list[Input] = []
    for name, value in [*references, ("", schema)]:
        inputs.append(
            Input(
                name,
                f"own{len(inputs)}",
                Schema(json.dumps(value)),
                SchemaIdentity(),
                tuple((each.origin, each) for each in inputs),
            )
        )
    try:
        files = generate(inputs, style)
    except GenError as error:
        assume("has no form in Python" not in str(error))
        assume("would both become" not in str(error))
        raise

    with loaded(files) as modules:
        for number, module in enumerate(modules.values()):
            found = next(
                each
                for each in event_types().values()
                if each.cls.__module__ == module.__name__
            )
            assert found.resolved == inputs[number].resolved
            found.adapter(found.resolved)

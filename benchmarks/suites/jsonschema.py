"""JSON Schema: validating against the Python library, comparing against reading."""

import json
from functools import partial
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # its stubs are a package apart
import jsonschema_rs

from benchmarks import corpus
from benchmarks.alternating import alternate, rate
from benchmarks.rows import Claim, Row, row
from registry.domain.formats.jsonschema import metaschemas
from registry.domain.formats.jsonschema.drafts import Draft
from registry.domain.formats.jsonschema.format import JsonFormat

SUITE = "jsonschema"
_ROUNDS = 9
_FORM = JsonFormat()
_PROPERTIES = 500

_FASTER = 30
_TIMES_READING = 10.0


def rows() -> list[Row]:
    """Assert equal verdicts, then measure validation, comparison and parsing."""
    order, wide = corpus.json_order(), corpus.json_wide(_PROPERTIES)
    return [
        _messages(json.loads(order), corpus.json_messages()),
        _schemas("a small schema", json.loads(order)),
        _schemas(f"{_PROPERTIES} properties", json.loads(wide)),
        _comparison("the same", wide, wide, _TIMES_READING),
        _comparison(
            "three added", corpus.json_wide(_PROPERTIES + 3), wide, _TIMES_READING
        ),
        _comparison(
            "each changed", corpus.json_wide(_PROPERTIES, description="New"), wide
        ),
        _parsing(wide),
    ]


def _messages(schema: Any, messages: list[tuple[Any, bool]]) -> Row:
    """Hold a valid message against its schema, as the tests of contracts do."""
    ours = jsonschema_rs.Draft7Validator(schema)
    peer = jsonschema.Draft7Validator(schema)
    for message, is_valid in messages:
        assert ours.is_valid(message) == peer.is_valid(message) == is_valid, message
    claim = Claim(SUITE, "a message", "checks/CPU s", "peer", at_least=_FASTER)
    message = messages[0][0]
    return _faster(
        claim, partial(ours.is_valid, message), partial(peer.is_valid, message)
    )


def _schemas(name: str, schema: Any) -> Row:
    """Hold a schema against its metaschema, as every registration does."""
    peer = jsonschema.Draft7Validator(jsonschema.Draft7Validator.META_SCHEMA)
    for each in (schema, {"properties": {"a": schema, "b": {"type": "none"}}}):
        assert metaschemas.is_satisfied(each, Draft.DRAFT7) == peer.is_valid(each)
    claim = Claim(
        SUITE, f"metaschema, {name}", "checks/CPU s", "peer", at_least=_FASTER
    )
    ours = partial(metaschemas.is_satisfied, schema, Draft.DRAFT7)
    return _faster(claim, ours, partial(peer.is_valid, schema))


def _faster(claim: Claim, ours: Any, peer: Any) -> Row:
    samples = alternate({"ours": rate(ours), "peer": rate(peer)}, _ROUNDS)
    return row(claim, samples["ours"], peer=samples["peer"])


def _comparison(
    name: str, reader: str, writer: str, at_most: float | None = None
) -> Row:
    """Compare two schemas; the limit is to read both texts."""
    parsed = _FORM.parse(reader), _FORM.parse(writer)
    assert not _FORM.violations(*parsed)
    name = f"comparing {_PROPERTIES} properties, {name}"
    claim = Claim(SUITE, name, "CPU ms", "limit", at_most=at_most)
    return _slower(claim, partial(_FORM.violations, *parsed), [reader, writer])


def _parsing(text: str) -> Row:
    name = f"parsing {_PROPERTIES} properties, all checks"
    claim = Claim(SUITE, name, "CPU ms", "limit")
    return _slower(claim, partial(_FORM.parse, text), [text])


def _slower(claim: Claim, ours: Any, texts: list[str]) -> Row:
    def read() -> None:
        for text in texts:
            json.loads(text)

    samples = alternate({"ours": rate(ours), "limit": rate(read)}, _ROUNDS)
    took = {key: [1000 / each for each in found] for key, found in samples.items()}
    return row(claim, took["ours"], limit=took["limit"])

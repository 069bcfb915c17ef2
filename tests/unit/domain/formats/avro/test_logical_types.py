import json

import pytest

from registry.domain.formats.avro.logical_types import logical_type
from registry.domain.formats.avro.parse import parse


def a_fixed(size: int) -> dict[str, object]:
    return {"type": "fixed", "name": "F", "size": size}


@pytest.mark.parametrize(
    ("underlying", "name", "more"),
    [
        ({"type": "int"}, "date", {}),
        ({"type": "long"}, "timestamp-nanos", {}),
        ({"type": "string"}, "uuid", {}),
        (a_fixed(16), "uuid", {}),
        (a_fixed(12), "duration", {}),
        ({"type": "bytes"}, "big-decimal", {}),
        ({"type": "bytes"}, "decimal", {"precision": 500, "scale": 500}),
        (a_fixed(4), "decimal", {"precision": 9, "scale": 0}),
        (a_fixed(2**31 - 1), "decimal", {"precision": 9}),
    ],
)
def test_given_a_type_that_it_fits_when_asked_then_the_logical_type_holds(
    underlying, name, more
):
    root = parse(json.dumps({**underlying, "logicalType": name, **more}))

    assert logical_type(root) == name


@pytest.mark.parametrize(
    ("underlying", "name", "more"),
    [
        ({"type": "long"}, "date", {}),
        ({"type": "int"}, "of-our-own", {}),
        ({"type": "int"}, 5, {}),
        (a_fixed(15), "uuid", {}),
        (a_fixed(13), "duration", {}),
        ({"type": "bytes"}, "decimal", {}),
        ({"type": "bytes"}, "decimal", {"precision": "2"}),
        ({"type": "bytes"}, "decimal", {"precision": True}),
        ({"type": "bytes"}, "decimal", {"precision": 0}),
        ({"type": "bytes"}, "decimal", {"precision": 2, "scale": 3}),
        ({"type": "bytes"}, "decimal", {"precision": 2, "scale": -1}),
        (a_fixed(4), "decimal", {"precision": 10}),
        (a_fixed(0), "decimal", {"precision": 1}),
    ],
)
def test_given_a_type_that_it_does_not_fit_when_asked_then_there_is_none(
    underlying, name, more
):
    root = parse(json.dumps({**underlying, "logicalType": name, **more}))

    assert logical_type(root) is None


def test_given_a_union_when_asked_then_it_has_no_logical_type():
    assert logical_type(parse('["null"]')) is None

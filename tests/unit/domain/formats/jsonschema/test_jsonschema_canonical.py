"""The texts that are stored and hashed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.formats.jsonschema.canonical import (
    canonical_text,
    normalized_text,
)

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    "number",
    ["1", "1.0", "1.00", "1e2", "1E+2", "-0", "-0.0", "0.1e-3", "9" * 400, "1e300"],
)
def test_given_a_number_then_its_spelling_is_kept_in_both_texts(number):
    text = f'{{"maximum": {number}}}'

    assert canonical_text(text) == f'{{"maximum":{number}}}'
    assert normalized_text(text) == f'{{"maximum":{number}}}'


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        pytest.param(r'"\u0041\/"', '"A/"', id="needless escapes"),
        pytest.param(r'"\n\u001f\"\\"', r'"\n\u001F\"\\"', id="needed ones"),
        pytest.param(r'"\u00e9 \ud83d\ude00"', '"é 😀"', id="beyond ASCII"),
        pytest.param('" a : , [ "', '" a : , [ "', id="space within"),
    ],
)
def test_given_a_string_when_printed_then_only_what_must_be_is_escaped(
    written, printed
):
    assert canonical_text(f"[ {written} ]") == f"[{printed}]"
    assert normalized_text(f"[ {written} ]") == f"[{printed}]"


def test_given_members_when_printed_then_their_order_is_kept_unless_normalised():
    text = '{ "b": [ {"z": 1, "a": null} , true ], "a": false }'

    assert canonical_text(text) == '{"b":[{"z":1,"a":null},true],"a":false}'
    assert normalized_text(text) == '{"a":false,"b":[{"a":null,"z":1},true]}'


def test_given_names_beyond_the_basic_plane_when_normalised_then_sorted_as_java_does():
    assert normalized_text('{"\uff5e": 1, "😀": 2}') == '{"😀":2,"\uff5e":1}'


@given(VALUES, st.sampled_from([None, 1]), st.booleans())
def test_given_any_value_then_the_canonical_text_means_the_same_and_stays(
    value, indent, is_ascii
):
    text = json.dumps(value, indent=indent, ensure_ascii=is_ascii)

    canonical = canonical_text(text)

    assert json.loads(canonical) == value
    assert canonical_text(canonical) == canonical


@given(VALUES)
def test_given_any_value_then_the_normalised_text_means_the_same_and_stays(value):
    normalized = normalized_text(json.dumps(value))

    assert json.loads(normalized) == value
    assert normalized_text(normalized) == normalized
    assert canonical_text(normalized) == normalized

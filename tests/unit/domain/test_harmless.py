"""Foreign text in messages does nothing but stand there."""

import json

import pytest

from registry.domain.harmless import harmless
from registry.gate.writers.escaping import as_json
from wirepact.cli.harmless import harmless as harmless_of_the_sdk

UNRULY = [
    *map(chr, (*range(0x20), 0x7F, *range(0x80, 0xA0))),
    *"\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e",
    *"\u2066\u2067\u2068\u2069\ud800\udfff",
]
LINES = {"\t", "\n"}


@pytest.mark.parametrize("each", [harmless, harmless_of_the_sdk])
def test_given_what_a_terminal_obeys_then_it_is_written_out(each):
    for character in set(UNRULY) - LINES:
        assert each(f"a{character}b") == f"a{ascii(character)[1:-1]}b"


@pytest.mark.parametrize("each", [harmless, harmless_of_the_sdk])
@pytest.mark.parametrize(
    "text", ["", "Zürich", "注文", "\U0001f600", "a\n\tb", "non-breaking\u00a0space"]
)
def test_given_any_other_text_then_it_stays(each, text):
    assert each(text) == text


def test_given_json_then_a_parser_reads_the_same_and_a_terminal_sees_nothing():
    value = {"name": "a\u202eb\u0085\u2028\x1b[2J", "lines": "a\nb"}

    text = as_json(value)

    assert json.loads(text) == value
    assert harmless(text) == text

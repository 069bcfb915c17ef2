"""Where the pages are read that findings point to."""

import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.gate.documentation import BASE, url

ROOT = Path(__file__).parents[3]


def test_the_base_is_what_the_packaging_metadata_says():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert project["urls"]["Documentation"] == BASE


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("docs/reference/rules.md", "reference/rules/"),
        ("docs/reference/rules.md#FIELD_NO_DELETE", "reference/rules/#FIELD_NO_DELETE"),
        ("docs/how-to/apply-contracts.md#A", "how-to/apply-contracts/#A"),
        ("javascript:alert(1)", ""),
        ("https://example.com/docs/a.md", ""),
        ("docs/../../x.md", ""),
        ("", ""),
    ],
)
def test_given_a_page_when_asked_for_its_address_then_it_is_below_the_base(
    page, expected
):
    assert url(page) == BASE + expected


@given(st.text())
def test_given_any_text_when_asked_for_its_address_then_it_is_absolute(text):
    found = urlsplit(url(text))

    assert found.scheme == "https"
    assert found.netloc == urlsplit(BASE).netloc
    assert url(text).isascii()

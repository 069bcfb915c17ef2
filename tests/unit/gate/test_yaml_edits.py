"""Changes of manifests that leave everything else alone."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.gate import yaml_edits, yaml_text
from registry.gate.yaml_edits import told
from tests.unit.gate.builders import a_manifest

TEXT = """\
# above
apiVersion: v3.1.0   # beside
tags: [a,    'b']
created: 2026-01-10
version: 1.0.0
isOld: no
customProperties:
- property: other
  value: 0x1F
- property: registry
  value:
    subject: "s"     # quoted

    compatibility: BACKWARD
    config: {normalize: true}
# below
"""


def said(text):
    entries = yaml_text.read(text).value["customProperties"]
    return next(e["value"] for e in entries if e["property"] == "registry")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, TEXT, id="nothing"),
        pytest.param({"compatibility": "BACKWARD"}, TEXT, id="as-it-is"),
        pytest.param({"config": {"normalize": True}}, TEXT, id="as-it-means"),
        pytest.param({"absent": None}, TEXT, id="absent"),
        pytest.param(
            {"compatibility": "FULL"},
            TEXT.replace("BACKWARD", "FULL"),
            id="another-value",
        ),
        pytest.param(
            {"config": None},
            TEXT.replace("    config: {normalize: true}\n", ""),
            id="taken-out",
        ),
        pytest.param(
            {"policies": ["WIRE"]},
            TEXT.replace("true}\n", "true}\n    policies:\n    - WIRE\n"),
            id="put-in",
        ),
    ],
)
def test_given_a_change_when_told_then_only_its_lines_change(changes, expected):
    assert told(TEXT, changes) == expected


def test_given_line_ends_of_windows_when_told_then_they_are_kept():
    text = TEXT.replace("\n", "\r\n")

    assert told(text, {"compatibility": "FULL"}) == text.replace("BACKWARD", "FULL")


def test_given_a_manifest_in_json_when_told_then_it_says_so_and_nothing_else():
    text = json.dumps(a_manifest(), indent=2)

    made = told(text, {"compatibility": "FULL"})

    assert said(made) == {**said(text), "compatibility": "FULL"}


TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
VALUES = st.recursive(
    TEXTS | st.booleans() | st.integers(-(10**6), 10**6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["metadata", "config", "x"]), VALUES))
def test_whatever_is_told_is_what_is_read_or_nothing_is_written(changes):
    try:
        made = told(TEXT, changes)
    except yaml_edits.YamlEditError:
        return

    assert said(made) == {**said(TEXT), **changes}
    assert made.startswith(TEXT.partition("customProperties")[0])
    assert told(made, changes) == made

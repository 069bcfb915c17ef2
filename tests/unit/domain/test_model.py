"""Subjects: how they are written, and which of them may hold anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.errors import InvalidSubjectError
from registry.domain.model import ACCESS_CONTEXT, GLOBAL_CONTEXT, Subject

NAMES = st.text(min_size=1).filter(lambda text: not text.startswith(":."))
CONTEXTS = st.text(min_size=1).filter(lambda text: ":" not in text).map(".{}".format)


@given(st.builds(Subject, NAMES, CONTEXTS))
def test_given_any_subject_when_printed_then_it_reads_back(subject):
    assert Subject.parse(str(subject)) == subject


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("orders-value", Subject("orders-value")),
        (":.:orders-value", Subject("orders-value")),
        (":.ctx:orders", Subject("orders", ".ctx")),
        (":.ctx:", Subject("", ".ctx")),
        (":.ctx", Subject("", ".ctx")),
        (":.ctx:a:b", Subject("a:b", ".ctx")),
        ("a/b", Subject("a/b")),
    ],
)
def test_given_a_written_subject_when_read_then_context_and_name_are_apart(
    text, subject
):
    assert Subject.parse(text) == subject


def test_given_the_default_context_when_printed_then_the_name_stands_alone():
    assert str(Subject.parse(":.:orders")) == "orders"


@pytest.mark.parametrize(
    "subject",
    [
        pytest.param(Subject(""), id="empty"),
        pytest.param(Subject("", ".ctx"), id="only a context"),
        pytest.param(Subject("__GLOBAL"), id="reserved"),
        pytest.param(Subject("__EMPTY"), id="reserved too"),
        pytest.param(Subject("a", GLOBAL_CONTEXT), id="the global context"),
        pytest.param(Subject("a", ACCESS_CONTEXT), id="the context of access"),
        pytest.param(Subject(":.prod:orders"), id="printed like another's"),
        pytest.param(Subject(":.x", ".ctx"), id="printed like another's in a context"),
        pytest.param(Subject(":*:s"), id="printed like a prefix in all contexts"),
        pytest.param(Subject("a\x00b"), id="NUL"),
        pytest.param(Subject("a\nb"), id="a line break"),
        pytest.param(Subject("a\ud800"), id="half a surrogate pair"),
        pytest.param(Subject("a", ".c\x01"), id="a control character in the context"),
    ],
)
def test_given_a_name_for_nothing_when_checked_then_it_is_refused(subject):
    with pytest.raises(InvalidSubjectError):
        subject.checked()


@pytest.mark.parametrize(
    "name", ["orders", "a/b", "a b", "заказ", "日本", "x" * 255, "*"]
)
def test_given_an_unusual_name_when_checked_then_it_is_accepted(name):
    assert Subject(name).checked() == Subject(name)

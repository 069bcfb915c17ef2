"""Explained checks, many at once, over a real store."""

import pytest

from registry.application.governance import Item, Outcome, check
from registry.domain.levels import Level
from registry.domain.model import Reference, Subject
from tests.integration.application.builders import (
    a_record,
    a_submission,
    registered,
)

ORDERS = Subject("orders-value")


def an_item(schema, subject=ORDERS, level=None, **parts):
    return Item(subject, a_submission(schema, **parts), level)


def test_given_many_items_when_checked_then_each_has_its_report_in_order(ports):
    registered(ports, ORDERS, a_record())

    reports = check(
        ports,
        [
            an_item(a_record(note="string?")),
            an_item(a_record(note="string")),
            an_item("{"),
        ],
    )

    assert [each.verdict for each in reports] == [
        Outcome.COMPATIBLE,
        Outcome.INCOMPATIBLE,
        Outcome.INVALID,
    ]


def test_given_a_level_of_its_own_when_checked_then_it_replaces_the_subjects(ports):
    registered(ports, ORDERS, a_record())

    (report,) = check(ports, [an_item(a_record(note="string"), level=Level.NONE)])

    assert (report.verdict, report.level) == (Outcome.COMPATIBLE, Level.NONE)


@pytest.mark.parametrize(
    ("item", "code"),
    [
        pytest.param(an_item('"in"'), 42201, id="no schema"),
        pytest.param(an_item(None), 42201, id="no text at all"),
        pytest.param(an_item(""), 42201, id="an empty text"),
        pytest.param(an_item("string", Subject("")), 42208, id="no subject"),
        pytest.param(an_item("string", Subject("a\nb")), 42208, id="a line break"),
        pytest.param(an_item(" " * 1_100_000 + '"int"'), 42209, id="too large"),
        pytest.param(
            an_item("string", references=(Reference("N", "gone", 1),)),
            42201,
            id="a missing reference",
        ),
    ],
)
def test_given_a_faulty_item_when_checked_then_the_others_are_answered_too(
    ports, item, code
):
    registered(ports, ORDERS, "string")

    faulty, sound = check(ports, [item, an_item("string")])

    assert (faulty.verdict, faulty.error.code) == (Outcome.INVALID, code)
    assert sound.verdict is Outcome.COMPATIBLE


def test_given_any_items_when_checked_then_nothing_is_written(ports):
    check(ports, [an_item(a_record()), an_item("string", Subject("other"))])

    with ports.transactions.read() as store:
        assert store.history(ORDERS) == []
        assert store.max_id(".") == 0

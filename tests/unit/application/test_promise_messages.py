"""What is told of reserved fields, groups and content policies."""

import pytest

from registry.application.cases import Candidate, Case, Earlier
from registry.application.compatibility import check
from registry.application.explanation import findings
from registry.domain.levels import ContentPolicy, Level
from registry.domain.model import Metadata, SchemaType
from registry.domain.promises import Promise
from registry.domain.verdict import Broken, Category, Change
from tests.doubles.word_lists import WordListFormat

WORDS = WordListFormat()


def reserving(names, **properties):
    return Metadata(properties={"confluent:reserved": names, **properties})


def an_earlier(version, text, metadata=None, *, is_deleted=False):
    schema = WORDS.parse(text)
    return Earlier(
        version, 100 + version, SchemaType.JSON, schema, metadata, is_deleted
    )


def a_case(text, *history, metadata=None, level=Level.BACKWARD, **promised):
    candidate = Candidate("s", SchemaType.JSON, WORDS.parse(text), metadata)
    return Case(WORDS, candidate, history, Promise(level, **promised))


def messages(case):
    return check(case.form, case.candidate, case.history, case.promise).messages


def test_given_reserved_fields_when_broken_then_they_are_told_first_and_in_order():
    case = a_case(
        "b c",
        an_earlier(1, "a", reserving("x, y, c")),
        metadata=reserving("c,y,b"),
        validates_fields=True,
    )

    assert messages(case) == (
        "The new schema has reserved field x removed from its metadata which is"
        " present in the old schema's metadata.",
        "The new schema has field that conflicts with the reserved field c.",
        "The new schema has field that conflicts with the reserved field b.",
        "WORD_MISSING 'list.a' new old",
        "{oldSchemaVersion: 1}",
        "{oldSchema: 'a'}",
        "{validateFields: 'true', compatibility: 'BACKWARD'}",
    )


def test_given_fields_that_nobody_validates_when_checked_then_nothing_is_told():
    case = a_case("a", an_earlier(1, "a", reserving("x")), metadata=reserving("a"))

    assert messages(case) == ()
    assert findings(case) == ()


def test_given_level_none_when_fields_are_validated_then_they_still_count():
    case = a_case("a", metadata=reserving("a"), level=Level.NONE, validates_fields=True)

    assert messages(case) == (
        "The new schema has field that conflicts with the reserved field a.",
        "{validateFields: 'true', compatibility: 'NONE'}",
    )


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        pytest.param([an_earlier(1, "a", reserving("x")), an_earlier(2, "a")], 0),
        pytest.param([an_earlier(1, "a"), an_earlier(2, "a", reserving("x"))], 1),
        pytest.param(
            [
                an_earlier(1, "a", reserving("x")),
                an_earlier(2, "a", is_deleted=True),
            ],
            1,
        ),
    ],
    ids=["an older one", "the last", "the last that is live"],
)
def test_given_several_versions_when_fields_are_validated_then_the_last_counts(
    history, expected
):
    case = a_case("a", *history, level=Level.NONE, validates_fields=True)

    assert len(findings(case)) == expected


def test_given_another_group_when_fields_are_validated_then_the_last_counts_still():
    case = a_case(
        "a",
        an_earlier(1, "a", reserving("x", major="1")),
        metadata=Metadata(properties={"major": "2"}),
        group="major",
        validates_fields=True,
    )

    (finding,) = findings(case)

    assert finding.rule == "RESERVED_FIELD_REMOVED"


def test_given_a_name_no_longer_reserved_when_explained_then_version_and_change():
    case = a_case(
        "a", an_earlier(3, "a", reserving("x")), level=Level.NONE, validates_fields=True
    )

    (finding,) = findings(case)

    assert finding.category is Category.COMPATIBILITY
    assert finding.message == (
        "the new schema no longer reserves field 'x', which version 3 does"
    )
    assert finding.change == Change("removed", "x", None)
    assert finding.location is None
    assert (finding.old_location.version, finding.old_location.line) == (3, None)
    assert finding.broken == (
        Broken(
            "new readers of old data",
            "the new schema may misread data written with version 3",
            3,
        ),
    )
    assert finding.fixes == ()


def test_given_a_conflict_alone_when_explained_then_no_version_is_named():
    case = a_case("a x", metadata=reserving("x"), validates_fields=True)

    (finding,) = findings(case)

    assert finding.rule == "RESERVED_FIELD_CONFLICT"
    assert finding.message == (
        "the new schema has a field 'x', a name that its own metadata reserves"
    )
    assert finding.change == Change("added", None, "x")
    assert (finding.old_location, finding.broken) == (None, ())
    assert finding.checked.against == ()


def test_given_thousands_of_reserved_names_when_explained_then_it_stays_bounded():
    names = ",".join(f"n{number}" for number in range(20_000))
    case = a_case("a", an_earlier(1, "a", reserving(names)), validates_fields=True)

    assert len(findings(case)) == 200
    assert sum(map(len, messages(case))) < 600_000


@pytest.mark.parametrize(
    ("major", "expected"), [("1", [2]), ("2", [3]), ("3", []), (None, [1])]
)
def test_given_a_group_when_checked_then_only_its_versions_are_compared(
    major, expected
):
    case = a_case(
        "new",
        an_earlier(1, "a"),
        an_earlier(2, "b", Metadata(properties={"major": "1"})),
        an_earlier(3, "c", Metadata(properties={"major": "2"})),
        metadata=Metadata(properties={} if major is None else {"major": major}),
        group="major",
    )

    versions = [each.checked.against for each in findings(case)]

    assert versions == [tuple(expected)] * len(expected)
    assert bool(messages(case)) is bool(expected)


@pytest.mark.parametrize(
    ("policy", "is_compatible"),
    [(ContentPolicy.STRICT, False), (ContentPolicy.LENIENT, True)],
)
def test_given_a_content_policy_when_checked_then_the_format_is_held_to_it(
    policy, is_compatible
):
    case = a_case("b", an_earlier(1, "a"), content_policy=policy)

    assert bool(messages(case)) is not is_compatible
    assert bool(findings(case)) is not is_compatible


def test_given_a_fix_that_takes_up_a_reserved_name_when_tried_then_it_is_not_offered():
    case = a_case(
        "b", an_earlier(1, "a"), metadata=reserving("a"), validates_fields=True
    )

    (finding,) = findings(case)

    assert finding.rule == "WORD_MISSING"
    assert finding.fixes == ()


def test_given_a_conflict_when_a_fix_brings_another_one_then_it_is_not_offered():
    case = a_case(
        "b", an_earlier(1, "a"), metadata=reserving("a,b"), validates_fields=True
    )

    conflict, missing = findings(case)

    assert (conflict.path, missing.path) == ("b", "list.a")
    assert missing.fixes == ()

"""What stricter policies refuse, on the wire and as findings."""

import pytest

from registry.application.cases import Candidate, Case, Earlier
from registry.application.compatibility import check
from registry.application.explanation import Means, findings
from registry.domain.levels import Level
from registry.domain.model import Metadata, SchemaType
from registry.domain.promises import Promise
from registry.domain.verdict import Broken, Category
from tests.doubles.word_lists import WordListFormat

WORDS = WordListFormat()
KEEP, ORDER = ("KEEP",), ("ORDER",)


def an_earlier(version, text, *, schema_type=SchemaType.JSON, **facts):
    schema = WORDS.parse(text)
    return Earlier(version, 100 + version, schema_type, schema, **facts)


def a_case(text, *history, level=Level.NONE, policies=KEEP, metadata=None, group=None):
    candidate = Candidate("s", SchemaType.JSON, WORDS.parse(text), metadata)
    promise = Promise(level, policies=policies, group=group)
    return Case(WORDS, candidate, history, promise)


def messages(case):
    return check(case.form, case.candidate, case.history, case.promise).messages


def rules(case):
    return [each.rule for each in findings(case)]


def test_given_a_policy_when_broken_under_none_then_it_is_told_in_confluents_form():
    assert messages(a_case("b", an_earlier(1, "a"))) == (
        "WORD_DROPPED 'list.a' new old",
        "{oldSchemaVersion: 1}",
        "{oldSchema: 'a'}",
        "{validateFields: 'false', compatibility: 'NONE'}",
    )


def test_given_level_and_policy_when_both_break_then_the_levels_messages_come_first():
    case = a_case("b", an_earlier(1, "a"), level=Level.BACKWARD)

    assert messages(case) == (
        "WORD_MISSING 'list.a' new old",
        "{oldSchemaVersion: 1}",
        "{oldSchema: 'a'}",
        "WORD_DROPPED 'list.a' new old",
        "{oldSchemaVersion: 1}",
        "{oldSchema: 'a'}",
        "{validateFields: 'false', compatibility: 'BACKWARD'}",
    )
    assert rules(case) == ["WORD_MISSING", "WORD_DROPPED"]


def test_given_a_broken_policy_when_explained_then_it_is_named_with_all_versions():
    history = [an_earlier(1, "a x"), an_earlier(2, "a x"), an_earlier(3, "a")]
    (finding,) = findings(a_case("a x", *history))

    assert finding.rule == "WORD_REUSED"
    assert finding.category is Category.POLICY
    assert finding.message == "the new schema takes up 'list.x' of version 2"
    assert finding.checked.policy == "KEEP"
    assert finding.checked.against == (2, 1)
    assert finding.broken == (
        Broken(
            "whoever relies on KEEP",
            "the new schema does not keep what KEEP promises for versions 1 and 2",
            1,
        ),
    )


def test_given_soft_deleted_versions_when_held_then_they_count_but_are_not_the_latest():
    history = [an_earlier(1, "a"), an_earlier(2, "b", is_deleted=True)]

    assert rules(a_case("a", *history)) == []
    assert rules(a_case("a b", *history)) == ["WORD_REUSED"]


def test_given_no_live_version_when_held_then_only_reuse_can_break():
    history = [an_earlier(1, "a b", is_deleted=True)]

    assert rules(a_case("b c", *history)) == ["WORD_REUSED"]
    assert rules(a_case("c", *history)) == []


def test_given_a_break_of_several_policies_when_told_then_once():
    case = a_case("b", an_earlier(1, "a"), policies=("KEEP", "ORDER"))

    (finding,) = findings(case)
    assert finding.checked.policy == "KEEP"
    assert [each for each in messages(case) if "DROPPED" in each] == [
        "WORD_DROPPED 'list.a' new old"
    ]


def test_given_two_versions_that_fail_when_checked_then_only_the_newest_is_told():
    history = [an_earlier(1, "x"), an_earlier(2, "y"), an_earlier(3, "a")]

    assert messages(a_case("a x y", *history))[:2] == (
        "WORD_REUSED 'list.y' new old",
        "{oldSchemaVersion: 2}",
    )
    assert len(rules(a_case("a x y", *history))) == 2


def test_given_a_policy_of_another_language_when_held_then_it_asks_nothing():
    assert messages(a_case("b", an_earlier(1, "a"), policies=("WIRE",))) == ()


@pytest.mark.parametrize("level", [Level.NONE, Level.BACKWARD])
def test_given_a_policy_when_the_language_changes_then_it_is_told_once(level):
    earlier = an_earlier(1, "a", schema_type=SchemaType.AVRO)
    case = a_case("a", earlier, level=level)

    assert messages(case) == (
        "Incompatible because of different schema type",
        f"{{validateFields: 'false', compatibility: '{level.name}'}}",
    )
    assert rules(case) == ["SCHEMA_TYPE_CHANGED"]


def test_given_an_old_version_of_another_language_when_held_then_it_is_left_out():
    other = an_earlier(1, "x", schema_type=SchemaType.AVRO, is_deleted=True)

    assert rules(a_case("a x", other, an_earlier(2, "a"))) == []


def test_given_a_group_when_a_new_one_begins_then_policies_begin_anew():
    first = an_earlier(1, "a", metadata=Metadata(properties={"major": "1"}))
    second = Metadata(properties={"major": "2"})

    assert rules(a_case("b", first, group="major", metadata=second)) == []
    assert rules(a_case("b", first, group="major", metadata=first.metadata)) == [
        "WORD_DROPPED"
    ]


def test_given_a_broken_policy_when_a_proposal_mends_it_then_it_is_offered():
    (finding,) = findings(a_case("b", an_earlier(1, "a")))

    (fix,) = finding.fixes
    assert (fix.title, fix.schema) == ("Put 'a' back", "b a")
    assert messages(a_case(fix.schema, an_earlier(1, "a"))) == ()


def test_given_a_fix_for_the_level_when_it_breaks_a_policy_then_it_is_not_offered():
    # Put back at the end, the word would have moved.
    case = a_case("b", an_earlier(1, "a b"), level=Level.BACKWARD, policies=ORDER)

    found = findings(case)

    assert [each.rule for each in found] == ["WORD_MISSING", "WORD_DROPPED"]
    assert [each.fixes for each in found] == [(), ()]


def test_given_breaks_of_level_and_policy_when_explained_then_one_fix_mends_all():
    history = [an_earlier(1, "x"), an_earlier(2, "a")]
    case = a_case("b x", *history, level=Level.BACKWARD)

    found = findings(case)

    everything = found[0].fixes[-1]
    assert everything.title.startswith("All at once: ")
    assert messages(a_case(everything.schema, *history, level=Level.BACKWARD)) == ()


def test_given_part_of_a_history_when_a_policy_is_mended_then_no_more_is_claimed():
    case = a_case("b", an_earlier(1, "a"), level=Level.BACKWARD)

    found = findings(case, Means(is_whole=False))

    levels = {fix.result_level for each in found for fix in each.fixes}
    assert levels <= {Level.FULL, Level.BACKWARD, Level.FORWARD, Level.NONE}

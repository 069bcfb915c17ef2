"""Groups, reserved fields and content policies, over a real store."""

import pytest

from registry.application import comparison, configuration, governance
from registry.application.governance import Item, Outcome
from registry.application.lookup import find_registered
from registry.application.registration import register
from registry.application.stored import Visibility
from registry.application.submission import Submission
from registry.domain.errors import InvalidSchemaError
from registry.domain.levels import ContentPolicy, Level
from registry.domain.model import LATEST, Metadata, Subject
from registry.domain.verdict import IncompatibleSchemaError
from tests.integration.application.builders import ORIGIN

WORDS = Subject("words")


def a_list(text, **properties):
    named = {name.replace("_", ":"): value for name, value in properties.items()}
    metadata = Metadata(properties=named) if properties else None
    return Submission(text, "JSON", metadata=metadata)


def configured(ports, **patch):
    configuration.update_config(ports, WORDS, patch, ORIGIN)


def registered(ports, text, **properties):
    return register(ports, WORDS, a_list(text, **properties), ORIGIN)


def verdicts(ports, submission):
    """Return what each way of asking says, registration last."""
    (report,) = governance.check(ports, [Item(WORDS, submission)])
    found = [
        comparison.against_history(ports, WORDS, submission).is_compatible,
        comparison.against_version(ports, WORDS, LATEST, submission).is_compatible,
        report.verdict is Outcome.COMPATIBLE,
    ]
    try:
        register(ports, WORDS, submission, ORIGIN)
    except IncompatibleSchemaError:
        return [*found, False]
    return [*found, True]


def test_given_a_group_when_a_break_begins_a_new_one_then_all_ways_accept_it(worded):
    configured(worded, group="major")
    registered(worded, "a b", major="1")

    assert verdicts(worded, a_list("c", major="2")) == [True] * 4


def test_given_a_group_when_a_break_is_within_it_then_its_own_latest_counts(worded):
    configured(worded, group="major")
    for text, major in (("a b", "1"), ("c", "2")):
        registered(worded, text, major=major)

    with pytest.raises(IncompatibleSchemaError) as caught:
        registered(worded, "a c", major="1")

    (finding,) = caught.value.findings
    assert finding.path == "list.b"
    assert finding.checked.against == (1,)


def test_given_no_metadata_when_grouped_then_the_latest_versions_is_taken_over(worded):
    configured(worded, group="major")
    registered(worded, "a b", major="1")

    assert verdicts(worded, a_list("c")) == [False] * 4


def test_given_reserved_names_when_the_metadata_is_left_out_then_they_are_kept(worded):
    configured(worded, validate_fields=True)
    registered(worded, "a", confluent_reserved="x")

    assert verdicts(worded, a_list("a x")) == [False] * 4
    assert verdicts(worded, a_list("a y")) == [True] * 4


def test_given_reserved_names_when_other_metadata_drops_them_then_all_ways_refuse(
    worded,
):
    configured(worded, validate_fields=True)
    registered(worded, "a", confluent_reserved="x")

    assert verdicts(worded, a_list("a", owner="ann")) == [False] * 4


def test_given_reserved_names_when_the_first_version_uses_one_then_it_is_refused(
    worded,
):
    configured(worded, validate_fields=True)

    assert verdicts(worded, a_list("x", confluent_reserved="x")) == [False] * 4


def test_given_a_lenient_policy_when_a_word_goes_then_all_ways_accept_it(worded):
    configured(worded, content_policy=ContentPolicy.LENIENT)
    registered(worded, "a b")

    assert verdicts(worded, a_list("a")) == [True] * 4


@pytest.mark.parametrize("validates", [None, False])
def test_given_nobody_validates_fields_when_a_name_has_two_dollars_then_it_is_fine(
    worded, validates
):
    configured(worded, validate_fields=validates)

    assert registered(worded, "a $$b").version == 1


def test_given_fields_are_validated_when_a_name_has_two_dollars_then_it_is_invalid(
    worded,
):
    configured(worded, validate_fields=True)

    with pytest.raises(InvalidSchemaError, match=r"'\$\$', found '\$\$b'"):
        registered(worded, "a $$b")
    (report,) = governance.check(worded, [Item(WORDS, a_list("$$b"))])
    assert report.verdict is Outcome.INVALID


def test_given_a_name_from_before_when_fields_are_validated_then_it_is_found(worded):
    registered(worded, "a $$b")
    configured(worded, validate_fields=True)

    found = find_registered(worded, WORDS, a_list("a $$b"), Visibility.LIVE)

    assert found.version == 1


@pytest.mark.parametrize(
    ("patch", "read"),
    [
        pytest.param({"level": Level.NONE}, [], id="nothing"),
        pytest.param({}, ["c"], id="the latest"),
        pytest.param({"level": Level.FULL_TRANSITIVE}, ["a", "b", "c"], id="all"),
        pytest.param({"group": "major"}, ["b"], id="the latest of the group"),
    ],
)
def test_given_settings_when_checked_then_only_what_they_need_is_parsed(
    worded, words, patch, read
):
    configured(worded, level=Level.NONE)
    for text, major in (("a", "2"), ("b", "1"), ("c", "2")):
        registered(worded, text, major=major)
    configured(worded, level=None)
    configured(worded, **patch)
    words.parsed.clear()

    comparison.against_history(worded, WORDS, a_list("new", major="1"))

    assert words.parsed == ["new", *read]

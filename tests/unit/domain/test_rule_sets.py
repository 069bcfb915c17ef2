"""Rule sets and metadata: what is accepted, and laws of merging."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.errors import InvalidRuleSetError, InvalidSchemaError
from registry.domain.model import Metadata, Rule, RuleSet
from registry.domain.rule_sets import (
    MOST_METADATA_BYTES,
    has_properties,
    hold_metadata,
    hold_rule_set,
    merged_metadata,
    merged_rule_set,
)

RULE = Rule("mask", kind="TRANSFORM", mode="WRITEREAD", type="CEL")
UPGRADE = replace(RULE, name="lift", mode="UPGRADE")


def a_domain_rule(**parts):
    return RuleSet(domain_rules=(replace(RULE, **parts),))


@pytest.mark.parametrize(
    "accepted",
    [
        pytest.param(None, id="none"),
        pytest.param(RuleSet(), id="empty"),
        pytest.param(RuleSet((UPGRADE,), (RULE,), (), "CLIENT"), id="several lists"),
        pytest.param(a_domain_rule(name="_grüße-9"), id="letters of all languages"),
        pytest.param(a_domain_rule(name="x" * 256), id="long name"),
        pytest.param(a_domain_rule(on_success="NONE,ERROR"), id="two actions"),
        pytest.param(a_domain_rule(kind=None, mode=None), id="defaults"),
    ],
)
def test_given_a_rule_set_that_clients_can_execute_then_it_is_accepted(accepted):
    hold_rule_set(accepted)


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        pytest.param(a_domain_rule(name=None), "Missing rule name", id="no name"),
        pytest.param(a_domain_rule(name=""), "Empty rule name", id="empty name"),
        pytest.param(a_domain_rule(name="x" * 257), "Rule name too long", id="long"),
        pytest.param(
            a_domain_rule(name="9x"),
            "Illegal initial character in rule name: 9x",
            id="initial",
        ),
        pytest.param(
            a_domain_rule(name="a b"), "Illegal character in rule name: a b", id="blank"
        ),
        pytest.param(a_domain_rule(type=None), "Missing rule type", id="no type"),
        pytest.param(a_domain_rule(type=""), "Missing rule type", id="empty type"),
        pytest.param(
            a_domain_rule(kind="MAGIC"), "Rules are one of CONDITION, TRANSFORM", id="k"
        ),
        pytest.param(
            a_domain_rule(mode="READ", on_failure="DLQ,ERROR"),
            "Multiple actions only valid with WRITEREAD and UPDOWN",
            id="two actions in one direction",
        ),
        pytest.param(
            RuleSet((UPGRADE,), (replace(RULE, name="lift"),)),
            "Found rule with duplicate name 'lift'",
            id="one name in two lists",
        ),
        pytest.param(
            RuleSet(migration_rules=(RULE,)),
            "Migration rules can only be UPGRADE, DOWNGRADE, UPDOWN",
            id="migration",
        ),
        pytest.param(
            RuleSet(domain_rules=(UPGRADE,)),
            "Domain rules can only be WRITE, READ, WRITEREAD",
            id="domain",
        ),
        pytest.param(
            RuleSet(encoding_rules=(UPGRADE,)),
            "Encoding rules can only be WRITE, READ, WRITEREAD",
            id="encoding",
        ),
        pytest.param(
            RuleSet(enable_at="MOON"),
            "Rules can only be enabled at ALL, CLIENT, GATEWAY, NONE, SERVER",
            id="place",
        ),
    ],
)
def test_given_a_wrong_rule_set_when_held_then_the_reason_is_told(refused, message):
    with pytest.raises(InvalidRuleSetError) as caught:
        hold_rule_set(refused)

    assert str(caught.value) == message


_words = st.sampled_from(["a", "b", "c"])
_metadata = st.none() | st.builds(
    Metadata,
    st.dictionaries(_words, st.lists(_words, max_size=2).map(tuple), max_size=2),
    st.dictionaries(_words, _words, max_size=2),
    st.frozensets(_words, max_size=2).map(lambda each: tuple(sorted(each))),
)
_rules = st.none() | st.lists(
    st.builds(Rule, _words, expr=_words), max_size=3, unique_by=lambda each: each.name
).map(tuple)
_rule_sets = st.none() | st.builds(RuleSet, _rules, _rules, _rules, st.none() | _words)
_merges = st.one_of(
    st.tuples(st.just(merged_metadata), *[_metadata] * 3),
    st.tuples(st.just(merged_rule_set), *[_rule_sets] * 3),
)


@given(_merges)
def test_when_three_are_merged_then_the_grouping_does_not_count(case):
    merge, a, b, c = case

    assert merge(merge(a, b), c) == merge(a, merge(b, c))


@given(_merges)
def test_when_merged_then_none_adds_nothing_and_twice_is_once(case):
    merge, a, b, _ = case

    assert merge(a, None) == merge(None, a) == merge(a, a) == a
    assert merge(merge(a, b), b) == merge(a, b)


@given(_metadata, _metadata)
def test_when_metadata_is_merged_then_the_right_wins_and_nothing_is_lost(left, right):
    both = merged_metadata(left, right)

    for each in (left, right):
        if each is not None:
            assert each.properties.keys() <= both.properties.keys()
            assert each.tags.keys() <= both.tags.keys()
            assert {*each.sensitive} <= {*both.sensitive}
    if right is not None:
        assert has_properties(both, right.properties)
        assert right.tags.items() <= both.tags.items()


@given(_rule_sets, _rule_sets)
def test_when_rule_sets_are_merged_then_the_rules_of_the_right_stand_last(left, right):
    both = merged_rule_set(left, right)

    if right is not None and right.domain_rules:
        assert both.domain_rules[-len(right.domain_rules) :] == right.domain_rules
    if both is not None and both.domain_rules is not None:
        names = [rule.name for rule in both.domain_rules]
        assert len(names) == len({*names})


def test_given_no_metadata_when_asked_for_properties_then_it_has_not_even_none():
    assert not has_properties(None, {})
    assert has_properties(Metadata(), {})
    assert not has_properties(Metadata(properties={"a": "1"}), {"a": "2"})


HALF = MOST_METADATA_BYTES // 2


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param(lambda more: {"properties": {"a": "x" * (2 * HALF - 1 + more)}}),
        pytest.param(lambda more: {"properties": {"é" * HALF: "x" * more}}),
        pytest.param(lambda more: {"tags": {"x" * HALF: ("x" * (HALF + more),)}}),
        pytest.param(lambda more: {"sensitive": ("x" * HALF, "x" * (HALF + more))}),
    ],
)
def test_given_metadata_of_64_kib_then_it_is_accepted_and_with_a_byte_more_refused(
    metadata,
):
    hold_metadata(Metadata(**metadata(0)))

    with pytest.raises(InvalidSchemaError, match="65536 bytes, found 65537"):
        hold_metadata(Metadata(**metadata(1)))

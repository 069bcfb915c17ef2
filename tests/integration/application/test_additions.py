"""Metadata and rules that the configuration or the latest version brings along."""

import pytest

from registry.application import comparison, configuration, deletion, lookup
from registry.application.configuration import REGISTRY
from registry.application.modes import update_mode
from registry.application.stored import Visibility
from registry.domain.configuration import Mode
from registry.domain.errors import (
    InvalidRuleSetError,
    OperationNotPermittedError,
    SchemaNotFoundError,
    SubjectNotFoundError,
)
from registry.domain.model import LATEST, Metadata, Rule, RuleSet, Subject
from tests.integration.application.builders import (
    ORIGIN,
    a_record,
    a_submission,
    registered,
)

ORDERS = Subject("orders-value")
LIVE, ALL = Visibility.LIVE, Visibility.ALL


def configured(ports, scope=ORDERS, **patch):
    configuration.update_config(ports, scope, patch, ORIGIN)


def properties(**given):
    return Metadata(properties=given)


def rules(*names, expr=None):
    return RuleSet(domain_rules=tuple(Rule(n, type="CEL", expr=expr) for n in names))


def found(ports, schema, **parts):
    submission = a_submission(schema, **parts)
    return lookup.find_registered(ports, ORDERS, submission, LIVE)


def with_metadata(ports, *asked, visibility=LIVE):
    return lookup.find_with_metadata(ports, ORDERS, asked, visibility).version


def test_given_additions_when_registered_then_they_surround_what_is_brought(ports):
    configured(
        ports,
        default_metadata=properties(owner="ann", team="a"),
        override_metadata=properties(tier="gold"),
    )

    own = properties(owner="bob", tier="lead")
    version = registered(ports, ORDERS, a_record(), metadata=own)

    assert version.metadata == properties(owner="bob", team="a", tier="gold")


def test_given_additions_when_nothing_is_brought_then_the_latests_is_between_them(
    ports,
):
    registered(ports, ORDERS, a_record(), metadata=properties(owner="bob", tier="lead"))
    configured(
        ports,
        default_metadata=properties(owner="ann", team="a"),
        override_metadata=properties(tier="gold"),
    )

    version = registered(ports, ORDERS, a_record(note="string?"))

    assert version.metadata == properties(owner="bob", team="a", tier="gold")


def test_given_rules_to_add_when_registered_then_namesakes_are_replaced(ports):
    configured(
        ports,
        default_rule_set=rules("a", "b", expr="1"),
        override_rule_set=rules("c", expr="3"),
    )

    brought = rules("b", "c", expr="2")
    version = registered(ports, ORDERS, a_record(), rule_set=brought)

    told = [(each.name, each.expr) for each in version.content.rule_set.domain_rules]
    assert told == [("a", "1"), ("b", "2"), ("c", "3")]


def test_given_additions_when_registered_twice_then_nothing_new_appears(ports):
    configured(ports, default_metadata=properties(owner="ann"))
    first = registered(ports, ORDERS, a_record())

    assert registered(ports, ORDERS, a_record()) == first
    same = registered(ports, ORDERS, a_record(), metadata=properties(owner="ann"))
    assert same == first


def test_given_a_version_without_additions_when_registered_then_a_new_one_has_them(
    ports,
):
    bare = registered(ports, ORDERS, a_record())
    configured(ports, default_metadata=properties(owner="ann"))

    version = registered(ports, ORDERS, a_record())

    assert (bare.version, version.version) == (1, 2)
    assert version.metadata == properties(owner="ann")


def test_given_empty_additions_when_registered_then_they_are_none(ports):
    configured(ports, REGISTRY, default_metadata=properties(owner="ann"))
    configured(ports, default_metadata=Metadata(), override_rule_set=RuleSet())

    assert registered(ports, ORDERS, a_record()).metadata is None


def test_given_additions_when_read_only_then_even_known_content_is_refused(ports):
    registered(ports, ORDERS, a_record())
    configured(ports, default_metadata=properties(owner="ann"))
    update_mode(ports, ORDERS, Mode.READONLY, ORIGIN, force=False)

    with pytest.raises(OperationNotPermittedError):
        registered(ports, ORDERS, a_record())


def test_given_additions_when_looked_up_without_then_it_is_found(ports):
    configured(
        ports,
        default_metadata=properties(owner="ann"),
        override_rule_set=rules("a"),
    )
    version = registered(ports, ORDERS, a_record())

    assert found(ports, a_record()) == version
    with pytest.raises(SchemaNotFoundError):
        found(ports, a_record(), metadata=properties(owner="bob"))


def test_given_inherited_metadata_when_looked_up_without_then_it_is_found(ports):
    registered(ports, ORDERS, a_record(), metadata=properties(owner="ann"))
    second = registered(ports, ORDERS, a_record(note="string?"))

    assert second.metadata == properties(owner="ann")
    assert found(ports, a_record(note="string?")) == second


@pytest.mark.parametrize("refused", [rules("9"), rules("a", "a")])
def test_given_rules_that_nobody_can_execute_when_brought_then_they_are_refused(
    ports, refused
):
    with pytest.raises(InvalidRuleSetError):
        registered(ports, ORDERS, a_record(), rule_set=refused)
    for member in ("default_rule_set", "override_rule_set"):
        with pytest.raises(InvalidRuleSetError):
            configured(ports, **{member: refused})
    with pytest.raises(SubjectNotFoundError):
        lookup.get_version(ports, ORDERS, LATEST, ALL)


def test_given_a_name_in_another_list_of_the_config_when_merged_then_it_is_refused(
    ports,
):
    lifting = RuleSet(migration_rules=(Rule("a", type="CEL", mode="UPGRADE"),))
    configured(ports, default_rule_set=lifting)

    with pytest.raises(InvalidRuleSetError, match="duplicate name 'a'"):
        registered(ports, ORDERS, a_record(), rule_set=rules("a"))


def test_given_a_group_by_config_when_checked_then_what_would_be_stored_counts(ports):
    configured(ports, group="line", default_metadata=properties(line="one"))
    registered(ports, ORDERS, a_record())
    breaking = a_submission(a_record(total="long"))
    in_another = a_submission(
        a_record(total="long"), metadata=properties(line="two", owner="x")
    )

    assert not comparison.against_history(ports, ORDERS, breaking).is_compatible
    assert comparison.against_history(ports, ORDERS, in_another).is_compatible


def test_given_one_text_when_registered_under_several_numbers_then_each_has_an_id(
    ports,
):
    schema = a_record()
    plain = registered(ports, ORDERS, schema)

    latest = registered(ports, ORDERS, schema, version=LATEST)
    second = registered(ports, ORDERS, schema, version=2)
    third = registered(ports, ORDERS, schema, version=3)

    assert latest == plain
    assert [each.schema_id for each in (plain, second, third)] == [1, 2, 3]
    assert third.metadata == Metadata(properties={"confluent:version": "3"})
    assert registered(ports, ORDERS, schema, version=LATEST) == third
    assert found(ports, schema) == plain
    stamp = Metadata(properties={"confluent:version": "2"})
    assert found(ports, schema, metadata=stamp) == second

    deletion.soft_delete_version(ports, ORDERS, 1, ORIGIN)
    assert found(ports, schema) == third
    fourth = registered(ports, ORDERS, a_record(note="string?"))
    assert fourth.metadata == Metadata(properties={"confluent:version": "4"})


def test_given_metadata_when_asked_by_it_then_the_newest_with_all_of_it(ports):
    registered(ports, ORDERS, a_record(), metadata=Metadata())
    registered(ports, ORDERS, a_record(a="string?"), metadata=properties(x="1", y="2"))
    registered(ports, ORDERS, a_record(b="string?"), metadata=properties(x="1"))

    assert with_metadata(ports, {}) == 3
    assert with_metadata(ports, {"x": "1"}) == 3
    assert with_metadata(ports, {"x": "1", "y": "2"}) == 2
    assert with_metadata(ports, {"x": "%31"}, {"x": "1"}) == 3
    with pytest.raises(SchemaNotFoundError):
        with_metadata(ports, {"x": "2"})

    deletion.soft_delete_version(ports, ORDERS, 3, ORIGIN)
    assert with_metadata(ports, {"x": "1"}) == 2
    assert with_metadata(ports, {"x": "1"}, visibility=ALL) == 3


def test_given_no_version_when_asked_by_metadata_then_the_subject_is_not_found(ports):
    with pytest.raises(SubjectNotFoundError):
        with_metadata(ports, {})

    registered(ports, ORDERS, a_record())
    with pytest.raises(SchemaNotFoundError):
        with_metadata(ports, {})

"""Settings of subjects, contexts and the registry, over a real store."""

import pytest

from registry.application.configuration import (
    REGISTRY,
    delete_config,
    get_config,
    update_config,
)
from registry.domain.configuration import Config, Mode
from registry.domain.errors import (
    InvalidSchemaError,
    InvalidSubjectError,
    OperationNotPermittedError,
    SubjectLevelNotFoundError,
    SubjectNotFoundError,
)
from registry.domain.levels import ContentPolicy, Level
from registry.domain.model import GLOBAL_CONTEXT, Metadata, Rule, RuleSet, Subject
from registry.domain.rule_sets import MOST_METADATA_BYTES
from tests.integration.application.builders import ORIGIN

ORDERS = Subject("orders-value")
IN_CONTEXT = Subject("orders-value", ".ctx")


def test_given_nothing_said_when_the_registry_is_asked_then_the_level_is_there(ports):
    assert get_config(ports, REGISTRY, in_scope=False) == Config(level=Level.BACKWARD)


def test_given_nothing_said_when_a_subject_is_asked_then_it_has_no_level(ports):
    with pytest.raises(SubjectLevelNotFoundError):
        get_config(ports, ORDERS, in_scope=False)


@pytest.mark.parametrize(
    ("scope", "asked", "expected"),
    [
        pytest.param(REGISTRY, ORDERS, Level.FULL, id="registry to subject"),
        pytest.param(REGISTRY, IN_CONTEXT, Level.BACKWARD, id="not to a context"),
        pytest.param(Subject("", ".ctx"), IN_CONTEXT, Level.FULL, id="context"),
        pytest.param(Subject("", GLOBAL_CONTEXT), ORDERS, Level.FULL, id="global"),
        pytest.param(
            Subject("", GLOBAL_CONTEXT), IN_CONTEXT, Level.FULL, id="global to context"
        ),
    ],
)
def test_given_a_wider_level_when_a_subject_is_asked_in_scope_then_it_inherits(
    ports, scope, asked, expected
):
    update_config(ports, scope, {"level": Level.FULL}, ORIGIN)

    assert get_config(ports, asked, in_scope=True).level is expected


def test_given_a_config_without_level_when_asked_in_scope_then_the_wider_holds(ports):
    update_config(ports, REGISTRY, {"level": Level.FULL}, ORIGIN)

    update_config(ports, ORDERS, {"normalize": True}, ORIGIN)

    found = get_config(ports, ORDERS, in_scope=True)
    assert found == Config(level=Level.FULL, normalize=True)


def test_given_members_of_several_places_when_asked_in_scope_then_each_is_inherited(
    ports,
):
    lenient = ContentPolicy.LENIENT
    wider = {"content_policy": lenient, "group": "major", "validate_fields": True}
    update_config(ports, REGISTRY, wider, ORIGIN)

    update_config(ports, ORDERS, {"group": "line", "validate_fields": False}, ORIGIN)

    assert get_config(ports, ORDERS, in_scope=True) == Config(
        level=Level.BACKWARD,
        validate_fields=False,
        content_policy=lenient,
        group="line",
    )


def test_given_a_wider_alias_when_asked_in_scope_then_only_an_own_one_is_told(ports):
    update_config(ports, REGISTRY, {"alias": "wide", "alias_for_deks": "keys"}, ORIGIN)

    assert get_config(ports, ORDERS, in_scope=True).alias is None

    update_config(ports, ORDERS, {"alias": "near"}, ORIGIN)
    found = get_config(ports, ORDERS, in_scope=True)
    assert (found.alias, found.alias_for_deks) == ("near", None)


def test_given_additions_in_wider_places_when_asked_in_scope_then_each_is_inherited(
    ports,
):
    owner = Metadata(properties={"owner": "ann"})
    rules = RuleSet(domain_rules=(Rule("r", type="CEL"),))
    everywhere = Subject("", GLOBAL_CONTEXT)
    update_config(ports, REGISTRY, {"default_metadata": owner}, ORIGIN)
    update_config(ports, everywhere, {"override_rule_set": rules}, ORIGIN)

    update_config(ports, ORDERS, {"normalize": True}, ORIGIN)
    inherited = get_config(ports, ORDERS, in_scope=True)
    update_config(ports, ORDERS, {"default_metadata": Metadata()}, ORIGIN)
    exempt = get_config(ports, ORDERS, in_scope=True)

    assert (inherited.default_metadata, inherited.override_rule_set) == (owner, rules)
    assert exempt.default_metadata == Metadata()


def test_given_a_patch_when_updated_then_absent_fields_stay_and_none_clears(ports):
    update_config(ports, ORDERS, {"level": Level.FULL, "normalize": True}, ORIGIN)

    kept = update_config(ports, ORDERS, {"normalize": False}, ORIGIN)
    cleared = update_config(ports, ORDERS, {"level": None}, ORIGIN)

    assert kept == Config(level=Level.FULL, normalize=False)
    assert cleared == Config(normalize=False)


def test_given_a_policy_and_a_group_when_changed_then_the_audit_log_tells_them(
    ports, audit
):
    patch = {"content_policy": ContentPolicy.LENIENT, "group": "major"}
    update_config(ports, ORDERS, patch, ORIGIN)
    update_config(ports, ORDERS, {"group": None}, ORIGIN)

    before = {"content_policy": "LENIENT", "group": "major"}
    assert audit() == [
        ("config.update", "orders-value", None, before),
        ("config.update", "orders-value", before, {"content_policy": "LENIENT"}),
    ]


def test_given_a_level_when_deleted_then_it_is_answered_and_gone(ports):
    update_config(ports, ORDERS, {"level": Level.FULL}, ORIGIN)

    assert delete_config(ports, ORDERS, ORIGIN) == Config(level=Level.FULL)

    with pytest.raises(SubjectNotFoundError):
        delete_config(ports, ORDERS, ORIGIN)


def test_given_the_registrys_own_level_when_deleted_twice_then_the_default_is_back(
    ports,
):
    update_config(ports, REGISTRY, {"level": Level.FULL}, ORIGIN)

    first = delete_config(ports, REGISTRY, ORIGIN)
    second = delete_config(ports, REGISTRY, ORIGIN)

    assert (first.level, second.level) == (Level.FULL, Level.BACKWARD)


@pytest.mark.parametrize("scope", [REGISTRY, Subject("", GLOBAL_CONTEXT)])
def test_given_no_level_when_the_registrys_own_is_deleted_then_the_default_is_told(
    ports, scope
):
    update_config(ports, scope, {"normalize": True}, ORIGIN)
    before = get_config(ports, scope, in_scope=False)

    assert delete_config(ports, scope, ORIGIN) == before
    assert (before.level, before.normalize) == (Level.BACKWARD, True)


@pytest.mark.parametrize("scope", [Subject("__GLOBAL"), Subject("a\x00")])
def test_given_an_invalid_subject_when_updated_then_it_is_refused(ports, scope):
    with pytest.raises(InvalidSubjectError):
        update_config(ports, scope, {"level": Level.FULL}, ORIGIN)


def test_given_a_read_only_subject_when_updated_then_it_is_refused(ports):
    ports.transactions.write(lambda store: store.put_mode(ORDERS, Mode.READONLY))

    with pytest.raises(OperationNotPermittedError):
        update_config(ports, ORDERS, {"level": Level.FULL}, ORIGIN)


def test_given_commits_without_an_answer_when_changed_then_it_is_told_as_done(
    ports, unanswered, audit
):
    changed = update_config(unanswered(), ORDERS, {"level": Level.FULL}, ORIGIN)
    assert changed == Config(level=Level.FULL)
    assert delete_config(unanswered(), ORDERS, ORIGIN) == changed

    assert audit() == [
        ("config.update", "orders-value", None, {"level": "FULL"}),
        ("config.delete", "orders-value", {"level": "FULL"}, None),
    ]


@pytest.mark.parametrize("name", ["default_metadata", "override_metadata"])
def test_given_more_metadata_than_a_version_may_have_when_set_then_it_is_refused(
    ports, name
):
    large = Metadata(properties={"a": "x" * MOST_METADATA_BYTES})

    with pytest.raises(InvalidSchemaError, match="expected metadata of at most"):
        update_config(ports, ORDERS, {name: large}, ORIGIN)

    with pytest.raises(SubjectLevelNotFoundError):
        get_config(ports, ORDERS, in_scope=False)

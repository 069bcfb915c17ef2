"""What the rows of a version hold, before a database has seen them."""

import json
from dataclasses import replace

import pytest

from registry.application.stored import AuditEntry, NewVersion, Origin, Revision
from registry.domain import identity
from registry.domain.errors import InvalidSchemaError
from registry.domain.model import (
    Content,
    Metadata,
    Reference,
    Rule,
    RuleSet,
    SchemaType,
    Subject,
    Version,
)
from registry.storage.appending import Appending, Target, unborn

CONTENT = Content(
    SchemaType.PROTOBUF,
    'import "a";',
    (
        Reference("near", "money", Version(3)),
        Reference("far", ":.billing:money", Version(4)),
        Reference("further", ":.accounts:iban", Version(5)),
        Reference("far again", ":.billing:tax", Version(6)),
    ),
    Metadata(properties={"owner": "ann"}),
    RuleSet(domain_rules=(Rule("r", "CONDITION", "WRITE", "CEL"),)),
)
NEW = NewVersion(Subject("orders", ".sales"), Version(7), CONTENT, b"same", 1_234)
ENTRY = AuditEntry(
    Origin("ann", "r-1"), "version.register", "orders/versions/7", None, '{"a": 1}', 9
)
BASED_ON = Revision(5, 6)


def appending(new=NEW, based_on=BASED_ON, entry=ENTRY):
    return Appending.of(new, based_on, entry)


def test_given_a_version_when_prepared_then_it_has_the_digests_of_its_identity():
    made = appending()

    assert made.sha256 == identity.sha256(b"same")
    assert made.guid == identity.guid(b"same").bytes
    assert (made.new, made.based_on, made.entry) == (NEW, BASED_ON, ENTRY)


def test_given_references_when_prepared_then_each_means_a_version_in_its_context():
    assert appending().targets == (
        Target(0, "near", ".sales", "money", 3),
        Target(1, "far", ".billing", "money", 4),
        Target(2, "further", ".accounts", "iban", 5),
        Target(3, "far again", ".billing", "tax", 6),
    )


def test_given_references_abroad_when_locked_then_each_context_is_in_one_order():
    made = appending()

    assert made.context == ".sales"
    assert made.other_contexts == [".accounts", ".billing"]


def test_given_a_version_when_its_content_is_written_then_each_column_has_its_own():
    context, schema_id, kind, text, *digests, refers, says, rules, at = (
        appending().content_row(11)
    )

    assert (context, schema_id, kind, text) == (".sales", 11, "PROTOBUF", CONTENT.text)
    assert digests == [identity.sha256(b"same"), identity.guid(b"same").bytes]
    assert [name for name, *_ in json.loads(str(refers))] == [
        "near",
        "far",
        "further",
        "far again",
    ]
    assert json.loads(str(says))["properties"] == {"owner": "ann"}
    assert json.loads(str(rules))["domain_rules"][0]["name"] == "r"
    assert at == 1_234


def test_given_references_when_written_then_each_row_has_its_place_and_its_target():
    near, far, *_ = appending().reference_rows()

    assert near == (".sales", "orders", 7, 0, "near", ".sales", "money", 3)
    assert far == (".sales", "orders", 7, 1, "far", ".billing", "money", 4)


@pytest.mark.parametrize(
    ("after", "whole"),
    [('{"a": 1}', {"id": 8, "a": 1}), ("{}", {"id": 8}), (None, {"id": 8})],
)
def test_given_an_entry_when_the_id_is_put_into_it_then_it_is_json_still(after, whole):
    before, rest = appending(entry=replace(ENTRY, after=after)).after

    assert json.loads(f"{before}8{rest}") == whole


def test_given_a_text_with_a_nul_when_prepared_then_it_is_refused_before_any_lock():
    new = replace(NEW, content=replace(CONTENT, text="a\0b"))

    with pytest.raises(InvalidSchemaError, match="NUL"):
        appending(new)


@pytest.mark.parametrize(("settings", "creates"), [(-1, True), (0, False), (1, False)])
def test_given_a_context_that_is_not_there_when_asked_then_it_is_to_be_created(
    settings, creates
):
    assert appending(based_on=Revision(settings, None)).creates_context is creates


def test_given_settings_of_all_that_change_when_unborn_then_its_revision_changes():
    assert [unborn(revision) for revision in (0, 1, 2)] == [-1, -2, -3]

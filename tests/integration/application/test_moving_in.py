"""Moving in, over a real store: what is kept, what is refused, and the second time."""

from dataclasses import replace
from uuid import UUID

import pytest

from registry.application import lookup, moving_out
from registry.application.deletion import hard_delete_version, soft_delete_version
from registry.application.moving_in import import_records
from registry.application.records import (
    AliasRecord,
    AssociationRecord,
    ConfigRecord,
    ContextRecord,
    DekRecord,
    Incoming,
    KekRecord,
    ModeRecord,
    PoliciesRecord,
    Record,
)
from registry.application.stored import Page, Visibility
from registry.domain.associations import (
    VALUE,
    Association,
    Lifecycle,
    Resource,
    ResourceAssociatedError,
)
from registry.domain.configuration import Config, Mode
from registry.domain.errors import (
    IdDoesNotMatchError,
    InvalidSchemaError,
    InvalidSubjectError,
    OperationNotPermittedError,
    ReferenceExistsError,
    SchemaTooLargeError,
    SubjectNotFoundError,
    UnknownPolicyError,
)
from registry.domain.keys import (
    Algorithm,
    Dek,
    DekSlot,
    Kek,
    KekName,
    KeyNotFoundError,
)
from registry.domain.levels import Level
from registry.domain.model import (
    GLOBAL_CONTEXT,
    Content,
    Reference,
    SchemaId,
    SchemaType,
    Subject,
    Version,
)
from tests.integration.application.builders import ORIGIN, a_record, registered

A, B, FAR = Subject("a"), Subject("b"), Subject("a", ".far")
EVERYWHERE = Subject("", GLOBAL_CONTEXT)
FIXED = '{"type":"fixed","name":"F","size":1}'


def arriving(subject=A, version=1, schema_id=10, text='"string"', **more):
    references = more.pop("references", ())
    content = Content(SchemaType.AVRO, text, references)
    return Incoming(subject, Version(version), SchemaId(schema_id), content, **more)


def set_mode(ports, mode, scope=EVERYWHERE):
    def act(store):
        store.lock(scope.context)
        store.put_mode(scope, mode)

    ports.transactions.write(act)


@pytest.fixture
def importing(ports):
    set_mode(ports, Mode.IMPORT)
    return ports


def moved(ports, *records, **how):
    how.setdefault("verbatim", False)
    return import_records(ports, records, ORIGIN, **how)


def reasons(outcome):
    return [type(each.error) for each in outcome.refused]


def everything(ports):
    found: list[Record] = []
    cursor: moving_out.Cursor | None = moving_out.FIRST
    while cursor is not None:
        page, cursor = moving_out.export(ports, cursor, 2)
        found += page
    return found


@pytest.mark.parametrize("verbatim", [True, False])
def test_given_a_version_when_moved_in_then_all_that_was_told_is_kept(
    importing, verbatim, audit
):
    record = arriving(
        version=4, schema_id=77, is_deleted=True, created_ms=5, deleted_ms=6
    )

    outcome = moved(importing, record, verbatim=verbatim)

    assert (outcome.written, outcome.unchanged, outcome.refused) == (1, 0, ())
    (found,) = [each for each in everything(importing) if hasattr(each, "version")]
    version = found.version
    assert (version.subject, version.version, version.schema_id) == (A, 4, 77)
    assert (version.is_deleted, version.created_ms, found.deleted_ms) == (True, 5, 6)
    assert audit()[-1] == ("import.write", ".", None, {"records": 1})


@pytest.mark.parametrize("verbatim", [True, False])
def test_given_an_id_that_was_removed_when_moved_in_then_it_means_what_it_meant(
    importing, verbatim
):
    moved(importing, arriving(schema_id=9), verbatim=verbatim)
    soft_delete_version(importing, A, Version(1), ORIGIN)
    hard_delete_version(importing, A, Version(1), ORIGIN)

    other = moved(importing, arriving(B, 1, 9, '"long"'), verbatim=verbatim)
    same = moved(importing, arriving(B, 1, 9), verbatim=verbatim)

    assert reasons(other) == [OperationNotPermittedError]
    assert "meant another schema" in str(other.refused[0].error)
    assert (same.written, same.refused) == (1, ())


def test_given_no_times_when_moved_in_then_it_is_now_and_stays_so(importing):
    record = arriving(is_deleted=True)
    moved(importing, record)
    before = everything(importing)

    outcome = moved(importing, record)

    assert (outcome.written, outcome.unchanged) == (0, 1)
    assert everything(importing) == before


def test_given_the_same_again_when_moved_in_then_nothing_is_written(importing, audit):
    records = [
        arriving(),
        arriving(B, 2, 11, text=FIXED, guid=UUID(int=5)),
        ContextRecord(".far", 9),
        ConfigRecord(A, Config(Level.FULL)),
        PoliciesRecord(B, ()),
        ModeRecord(FAR, Mode.READONLY),
    ]
    moved(importing, *records)
    before = audit()

    outcome = moved(importing, *records)

    assert (outcome.written, outcome.unchanged) == (0, len(records))
    assert audit() == before


def test_given_one_is_refused_when_moved_in_then_none_is_written(importing):
    outcome = moved(importing, arriving(), arriving(B, 1, 11, text="nix"))

    assert (outcome.written, [each.position for each in outcome.refused]) == (0, [1])
    assert lookup.list_subjects(importing, None, "", Visibility.ALL, Page()) == []


@pytest.mark.parametrize("mode", [None, Mode.READWRITE, Mode.READONLY])
def test_given_another_mode_when_moved_in_then_it_is_refused(ports, mode):
    if mode is not None:
        set_mode(ports, mode)

    assert reasons(moved(ports, arriving())) == [OperationNotPermittedError]


def test_given_a_subject_with_a_mode_of_its_own_when_moved_in_then_that_counts(
    importing,
):
    set_mode(importing, Mode.READONLY, B)

    outcome = moved(importing, arriving(), arriving(B, 1, 11, text='"int"'))

    assert [each.position for each in outcome.refused] == [1]


def test_given_what_is_there_when_the_mode_is_back_then_it_is_unchanged(importing):
    moved(importing, arriving())
    set_mode(importing, Mode.READWRITE)

    assert moved(importing, arriving()).unchanged == 1


def test_given_an_id_of_another_content_when_moved_in_then_it_is_refused(importing):
    moved(importing, arriving())

    outcome = moved(importing, arriving(B, text='"int"'))

    assert reasons(outcome) == [OperationNotPermittedError]
    assert "id 10 in context" in str(outcome.refused[0].error)


def test_given_a_content_with_another_id_when_moved_in_then_it_is_refused(importing):
    moved(importing, arriving())

    assert reasons(moved(importing, arriving(B, 1, 11))) == [IdDoesNotMatchError]


def test_given_two_texts_of_one_meaning_when_moved_in_then_each_keeps_its_id(
    importing,
):
    moved(importing, arriving(text='"string"'), arriving(B, 1, 11, text=' "string"'))

    first = lookup.get_by_id(importing, SchemaId(10), None)
    second = lookup.get_by_id(importing, SchemaId(11), None)
    assert (first.content.text, second.content.text) == ('"string"', ' "string"')
    again = moved(importing, arriving(B, 1, 11, text=' "string"'))
    assert again.unchanged == 1


def test_given_another_text_at_its_place_when_moved_in_then_it_is_written_over(
    importing,
):
    moved(importing, arriving())

    outcome = moved(importing, arriving(schema_id=11, text='"int"'))

    assert outcome.written == 1
    assert lookup.get_version(importing, A, 1, Visibility.LIVE).schema_id == 11


def test_given_a_referrer_when_another_text_comes_in_at_its_target_then_it_is_refused(
    importing,
):
    refers = (Reference("F", "a", 1),)
    moved(importing, arriving(text=FIXED))
    moved(importing, arriving(B, 1, 11, text='["null","F"]', references=refers))

    outcome = moved(importing, arriving(schema_id=12, text='"int"'))

    assert reasons(outcome) == [ReferenceExistsError]


def test_given_one_place_twice_when_moved_in_then_the_second_is_refused(importing):
    outcome = moved(importing, arriving(), arriving(schema_id=11, text='"int"'))

    assert [each.position for each in outcome.refused] == [1]
    assert "twice" in str(outcome.refused[0].error)


def test_given_a_foreign_guid_when_moved_in_then_it_leads_to_the_schema(importing):
    foreign = UUID(int=3)

    moved(importing, arriving(text=' "string"', guid=foreign))

    found = lookup.get_by_guid(importing, foreign)
    assert (found.content.text, found.stored.guid) == ('"string"', foreign)


def test_given_a_target_in_the_batch_when_moved_in_verbatim_then_both_come_in(
    importing,
):
    refers = (Reference("F", ":.far:a", 1),)
    text = '{"type":"array","items":"F"}'

    outcome = moved(
        importing,
        arriving(A, 1, 1, text=text, references=refers),
        arriving(FAR, 1, 1, text=FIXED),
        verbatim=True,
    )

    assert outcome.written == 2
    assert lookup.list_referrers(importing, FAR, 1, Visibility.LIVE, Page()) == [1]


def test_given_a_target_that_is_deleted_when_moved_in_then_it_may_be_referred_to(
    importing,
):
    moved(importing, arriving(B, 1, 1, text=FIXED, is_deleted=True))
    refers = (Reference("F", "b", 1),)

    outcome = moved(
        importing, arriving(A, 1, 2, text='["null","F"]', references=refers)
    )

    assert outcome.written == 1


@pytest.mark.parametrize("verbatim", [True, False])
def test_given_no_target_when_moved_in_then_it_is_refused(importing, verbatim):
    refers = (Reference("F", "b", 1),)

    outcome = moved(
        importing,
        arriving(text='["null","F"]', references=refers),
        verbatim=verbatim,
    )

    assert reasons(outcome) == [InvalidSchemaError]
    assert 'subject "b" and version 1' in str(outcome.refused[0].error)


@pytest.mark.parametrize("verbatim", [True, False])
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"text": "x" * 2_000_000}, SchemaTooLargeError),
        ({"text": "ä" * 600_000}, SchemaTooLargeError),
        ({"text": '"string"\0'}, InvalidSchemaError),
        ({"text": ""}, InvalidSchemaError),
        ({"subject": Subject("")}, InvalidSubjectError),
        ({"subject": Subject("a\n")}, InvalidSubjectError),
    ],
    ids=["long", "long-in-bytes", "nul", "empty", "nameless", "control"],
)
def test_given_what_cannot_be_stored_when_moved_in_then_it_is_refused(
    importing, verbatim, change, reason
):
    assert reasons(moved(importing, arriving(**change), verbatim=verbatim)) == [reason]


def test_given_a_dry_run_when_moved_in_then_it_only_says_what_would_be(
    importing, audit
):
    before = audit()

    outcome = moved(importing, arriving(), ContextRecord(".far", 3), dry_run=True)

    assert (outcome.written, outcome.refused) == (2, ())
    assert audit() == before
    assert ContextRecord(".far", 3) not in everything(importing)


def test_given_an_unanswered_commit_when_moved_in_then_it_is_written_once(
    importing, unanswered, audit
):
    assert moved(unanswered(), arriving()).written == 1

    assert [each[0] for each in audit()].count("import.write") == 1


def test_given_ids_moved_in_when_registered_then_the_next_is_higher(importing):
    moved(importing, arriving(schema_id=40), ContextRecord(".", 60))
    set_mode(importing, Mode.READWRITE)

    assert registered(importing, B, a_record()).schema_id == 61


def test_given_an_alias_of_nothing_when_moved_in_then_it_is_refused(importing):
    alias = AliasRecord(UUID(int=1), ".", SchemaId(5))

    assert reasons(moved(importing, alias)) == [InvalidSchemaError]


def an_association(subject=A, resource_id="t-1", name="t"):
    resource = Resource(name, "lkc", resource_id)
    return AssociationRecord(Association(resource, VALUE, subject, Lifecycle.WEAK, 5))


def test_given_an_association_when_moved_in_then_it_holds_and_again_is_unchanged(
    importing,
):
    moved(importing, arriving())

    outcomes = [moved(importing, an_association()) for _ in range(2)]

    assert [(each.written, each.unchanged) for each in outcomes] == [(1, 0), (0, 1)]
    assert an_association() in everything(importing)


@pytest.mark.parametrize(
    "other",
    [
        an_association(B),
        an_association(resource_id="t-2"),
        an_association(name="u"),
    ],
    ids=["subject", "id", "name"],
)
def test_given_a_resource_in_use_when_another_comes_in_then_it_is_refused(
    importing, other
):
    moved(importing, arriving(), arriving(B, 1, 11, text='"int"'))
    moved(importing, an_association())

    assert reasons(moved(importing, other)) == [ResourceAssociatedError]


def test_given_no_subject_when_an_association_comes_in_then_it_is_refused(importing):
    assert reasons(moved(importing, an_association())) == [SubjectNotFoundError]


def test_given_keys_when_moved_in_then_all_of_them_is_kept(importing):
    name = KekName("k", ".")
    kek = KekRecord(Kek(name, "aws-kms", "arn", {"a": "b"}, "doc", 5, is_deleted=True))
    slot = DekSlot(name, A, Algorithm.AES256_GCM)
    dek = DekRecord(Dek(slot, 3, "bWF0", 6, is_deleted=True))

    alone = moved(importing, dek)
    outcomes = [moved(importing, kek, dek) for _ in range(2)]

    assert reasons(alone) == [KeyNotFoundError]
    assert [(each.written, each.unchanged) for each in outcomes] == [(2, 0), (0, 2)]
    assert everything(importing)[-3:-1] == [kek, dek]


def test_given_a_policy_that_nobody_knows_when_moved_in_then_it_is_refused(importing):
    assert reasons(moved(importing, PoliciesRecord(A, ("NIX",)))) == [
        UnknownPolicyError
    ]


@pytest.mark.parametrize(
    "scope", [Subject("a\n"), Subject("__EMPTY"), Subject("", ".a\n")]
)
def test_given_a_place_that_cannot_be_when_moved_in_then_it_is_refused(
    importing, scope
):
    outcome = moved(
        importing,
        ConfigRecord(scope, Config(Level.FULL)),
        ModeRecord(scope, Mode.IMPORT),
    )

    assert reasons(outcome) == [InvalidSubjectError] * 2


@pytest.mark.parametrize("name", ["", "a", ".a:b", ".a\n", "\x7f"])
def test_given_no_name_of_a_context_when_moved_in_then_it_is_refused(importing, name):
    alias = AliasRecord(UUID(int=1), name, SchemaId(1))

    outcome = moved(importing, ContextRecord(name, 1), alias)

    assert reasons(outcome) == [InvalidSubjectError] * 2


def test_given_a_read_only_place_when_a_config_is_moved_in_then_it_is_refused(
    importing,
):
    set_mode(importing, Mode.READONLY, A)

    outcome = moved(importing, ConfigRecord(A, Config(Level.FULL)))

    assert reasons(outcome) == [OperationNotPermittedError]


def test_given_a_registry_when_exported_in_pages_then_long_texts_make_them_short(
    importing,
):
    text = f'{{"type":"fixed","name":"F{{}}","size":1,"doc":"{"x" * 900_000}"}}'
    records = [arriving(A, n, n, text=text.replace("{}", str(n))) for n in range(1, 12)]
    moved(importing, *records, verbatim=True)

    first, following = moving_out.export(
        importing, moving_out.Cursor("version"), limit=100
    )

    assert len(first) == 4
    assert following is not None
    assert len([e for e in everything(importing) if hasattr(e, "version")]) == 11


def test_given_a_deleted_version_when_moved_in_live_then_it_is_live(importing):
    set_mode(importing, Mode.READWRITE)
    found = registered(importing, A, a_record())
    soft_delete_version(importing, A, 1, ORIGIN)
    set_mode(importing, Mode.IMPORT)
    record = arriving(
        schema_id=found.schema_id, text=found.content.text, created_ms=found.created_ms
    )

    assert moved(importing, record).written == 1

    assert lookup.get_version(importing, A, 1, Visibility.LIVE) == replace(found)

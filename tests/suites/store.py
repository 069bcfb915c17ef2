"""What a store promises of versions, ids and lists, whatever database it is over.

A subclass brings a fixture `transactions`: over an empty store, new for each test.
"""

from uuid import UUID

import pytest

from registry.application.stored import (
    Page,
    Selection,
    Visibility,
)
from registry.domain.errors import InvalidSchemaError
from registry.domain.identity import guid, identity_bytes
from registry.domain.model import (
    Metadata,
    Rule,
    RuleSet,
    SchemaId,
    SchemaType,
    Subject,
    Version,
)
from tests.suites.registering import (
    NOW_MS,
    a_content,
    hard_delete,
    numbers,
    register,
    soft_delete,
)

A, B, C = Subject("a"), Subject("b"), Subject("c")
ELSEWHERE = Subject("a", ".elsewhere")
STRING, INT, LONG = a_content('"string"'), a_content('"int"'), a_content('"long"')
RICH = a_content(
    '{"type":"record","name":"Größe","fields":[]}',
    schema_type=SchemaType.JSON,
    metadata=Metadata({"$.a": ("PII", "x")}, {"owner": "Zoë"}, ("owner",)),
    rule_set=RuleSet(
        migration_rules=(),
        domain_rules=(
            Rule("r", kind="CONDITION", tags=("PII",), params={"p": "1"}),
            Rule("s", tags=(), params={}, disabled=True),
        ),
        enable_at="now",
    ),
)
LIVE, DELETED, ALL = Visibility.LIVE, Visibility.DELETED, Visibility.ALL


class VersionsSuite:
    """Writing and reading versions."""

    def test_when_a_version_is_written_then_all_of_it_is_read_back(self, transactions):
        register(transactions, A, RICH)

        with transactions.read() as store:
            found = store.find_version(A, Version(1), LIVE)
        assert found is not None
        assert found.content == RICH
        assert found.stored.guid == guid(identity_bytes(RICH))
        assert (found.subject, found.version, found.schema_id) == (A, 1, 1)
        assert (found.created_ms, found.is_deleted) == (NOW_MS, False)

    def test_given_a_content_when_written_under_another_subject_then_its_id_stays(
        self, transactions
    ):
        first = register(transactions, A, STRING)
        other = register(transactions, A, INT)

        assert register(transactions, B, STRING) == first
        assert other != first

    def test_given_one_text_of_two_types_when_written_then_they_have_two_ids(
        self, transactions
    ):
        as_json = a_content('"string"', schema_type=SchemaType.JSON)

        ids = [register(transactions, A, each) for each in (STRING, as_json)]

        assert ids == [1, 2]

    def test_given_another_context_when_written_then_ids_start_anew(self, transactions):
        register(transactions, A, STRING)

        assert register(transactions, ELSEWHERE, INT) == 1
        with transactions.read() as store:
            assert store.max_id(".elsewhere") == 1
            assert store.max_id(".nowhere") == 0

    def test_given_versions_when_read_then_history_is_oldest_first(self, transactions):
        for content in (STRING, INT, LONG):
            register(transactions, A, content)
        soft_delete(transactions, A, 2)

        assert numbers(transactions, A, LIVE) == [1, 3]
        assert numbers(transactions, A, DELETED) == [2]
        assert numbers(transactions, A, ALL) == [1, 2, 3]

    def test_given_the_newest_deleted_when_asked_for_latest_then_the_newest_live_one(
        self, transactions
    ):
        for content in (STRING, INT):
            register(transactions, A, content)
        soft_delete(transactions, A, 2)

        with transactions.read() as store:
            latest = store.find_latest(A)
            assert latest is not None
            assert latest.version == 1
            assert store.find_latest(B) is None

    @pytest.mark.parametrize(
        ("visibility", "is_found"),
        [(LIVE, False), (DELETED, True), (ALL, True)],
    )
    def test_given_a_deleted_version_when_looked_up_then_visibility_decides(
        self, transactions, visibility, is_found
    ):
        register(transactions, A, STRING)
        soft_delete(transactions, A, 1)
        key = identity_bytes(STRING)

        with transactions.read() as store:
            by_number = store.find_version(A, Version(1), visibility)
            by_content = store.find_content(A, STRING, key, visibility)
        assert (by_number is not None) is is_found
        assert (by_content is not None) is is_found

    def test_given_a_content_twice_when_looked_up_then_its_newest_version(
        self, transactions
    ):
        for content in (STRING, INT, STRING):
            register(transactions, A, content)
        key = identity_bytes(STRING)

        with transactions.read() as store:
            found = store.find_content(A, STRING, key, ALL)
            assert store.find_content(B, STRING, key, ALL) is None
        assert found is not None
        assert found.version == 3

    def test_given_long_and_foreign_names_when_written_then_they_are_read_back(
        self, transactions
    ):
        subject = Subject("Größe/\U0001f600 %_'\"\\" + "x" * 400, ".ключ")

        register(transactions, subject, RICH)

        with transactions.read() as store:
            assert store.subjects(None, "", LIVE, Page()) == [subject]
            assert store.find_latest(subject) is not None

    def test_given_a_nul_in_a_text_when_written_then_it_is_refused(self, transactions):
        with pytest.raises(InvalidSchemaError):
            register(transactions, A, a_content('"\0"'))

    def test_given_half_a_surrogate_pair_when_asked_for_then_it_is_refused(
        self, transactions
    ):
        with transactions.read() as store, pytest.raises(InvalidSchemaError):
            store.find_latest(Subject("\ud800"))


class IdsSuite:
    """From an id or a GUID to its uses."""

    def test_given_several_uses_when_read_by_id_then_the_lowest_live_one(
        self, transactions
    ):
        for subject in (C, B, A):
            register(transactions, subject, STRING)
        soft_delete(transactions, A, 1)

        with transactions.read() as store:
            found = store.find_by_id(".", SchemaId(1))
        assert found is not None
        assert found.subject == B

    def test_given_only_deleted_uses_when_read_by_id_then_the_lowest_of_them(
        self, transactions
    ):
        for subject in (B, A):
            register(transactions, subject, STRING)
            soft_delete(transactions, subject, 1)

        with transactions.read() as store:
            found = store.find_by_id(".", SchemaId(1))
        assert found is not None
        assert (found.subject, found.is_deleted) == (A, True)

    @pytest.mark.parametrize(
        ("preferred", "expected"),
        [(C, C), (Subject("unknown"), B), (Subject("c", ".elsewhere"), B), (A, A)],
        ids=["has it", "is unknown", "is elsewhere", "has it deleted"],
    )
    def test_given_a_preferred_subject_when_read_by_id_then_its_use_if_it_has_one(
        self, transactions, preferred, expected
    ):
        for subject in (A, B, C):
            register(transactions, subject, STRING)
        soft_delete(transactions, A, 1)

        with transactions.read() as store:
            found = store.find_by_id(".", SchemaId(1), preferred)
        assert found is not None
        assert found.subject == expected

    def test_when_an_unknown_id_is_read_then_nothing(self, transactions):
        register(transactions, A, STRING)

        with transactions.read() as store:
            assert store.find_by_id(".", SchemaId(2)) is None
            assert store.find_by_id(".", SchemaId(2), A) is None
            assert store.find_by_id(".nowhere", SchemaId(1)) is None

    def test_given_several_uses_when_listed_then_by_subject_and_version(
        self, transactions
    ):
        for subject in (B, A, A):
            register(transactions, subject, STRING)
        soft_delete(transactions, A, 1)

        with transactions.read() as store:
            uses = store.uses_of_id(".", SchemaId(1))
            of_a = store.uses_of(A)
        assert [(u.subject, u.version, u.is_deleted) for u in uses] == [
            (A, 1, True),
            (A, 2, False),
            (B, 1, False),
        ]
        assert of_a == uses[:2]

    def test_given_a_content_in_two_contexts_when_read_by_guid_then_the_default_ones(
        self, transactions
    ):
        register(transactions, ELSEWHERE, STRING)
        register(transactions, A, INT)
        register(transactions, A, STRING)

        with transactions.read() as store:
            found = store.find_by_guid(guid(identity_bytes(STRING)))
            assert store.find_by_guid(UUID(int=0)) is None
        assert found is not None
        assert (found.subject, found.schema_id) == (A, 2)


class ListingsSuite:
    """Lists: order, prefixes, parts, visibility."""

    def test_given_contexts_when_listed_then_the_default_one_first_then_by_code_point(
        self, transactions
    ):
        texts = ["b", ":.z:a", "a", "Z", "ä", ":.A:b", "\U0001f600", "\uffee"]
        subjects = [Subject.parse(text) for text in texts]
        for subject in subjects:
            register(transactions, subject, STRING)

        with transactions.read() as store:
            found = store.subjects(None, "", LIVE, Page())
        assert found == sorted(subjects, key=lambda each: (each.context, each.name))
        assert found[0] == Subject("Z")

    @pytest.mark.parametrize(
        ("prefix", "expected"),
        [
            ("a", ["a", "a%", "a_", "ab", "aä"]),
            ("a_", ["a_"]),
            ("a%", ["a%"]),
            ("A", ["AB"]),
            ("ab", ["ab"]),
            ("\ud7ff", ["\ud7ff!"]),
            ("\U0010ffff", ["\U0010ffff\U0010ffff"]),
            ("a\U0010ffff", []),
            ("nothing", []),
        ],
    )
    def test_given_a_prefix_when_listed_then_it_counts_letter_by_letter(
        self, transactions, prefix, expected
    ):
        names = ["a", "ab", "AB", "a_", "a%", "aä", "b", "\ud7ff!", "\ue000"]
        for name in [*names, "\U0010ffff\U0010ffff"]:
            register(transactions, Subject(name), STRING)

        with transactions.read() as store:
            subjects = store.subjects(".", prefix, LIVE, Page())
            versions = store.versions(Selection(".", prefix, LIVE))
        assert [each.name for each in subjects] == expected
        assert [each.subject.name for each in versions] == expected

    @pytest.mark.parametrize(
        ("page", "expected"),
        [
            (Page(), [A, B, C]),
            (Page(1), [B, C]),
            (Page(0, 2), [A, B]),
            (Page(1, 1), [B]),
            (Page(5, 5), []),
            (Page(0, 0), []),
        ],
    )
    def test_given_a_page_when_listed_then_just_that_part(
        self, transactions, page, expected
    ):
        for subject in (C, A, B):
            register(transactions, subject, STRING)

        with transactions.read() as store:
            found = store.subjects(".", "", LIVE, page)
            versions = store.versions(Selection(".", "", LIVE, page))
        assert found == expected
        assert [each.subject for each in versions] == expected

    def test_given_deleted_versions_when_subjects_are_listed_then_visibility_decides(
        self, transactions
    ):
        for subject in (A, B, B, C):
            register(transactions, subject, STRING)
        soft_delete(transactions, A, 1)
        soft_delete(transactions, B, 1)
        soft_delete(transactions, C, 1)
        hard_delete(transactions, C, 1)

        with transactions.read() as store:
            found = {
                each: store.subjects(None, "", each, Page()) for each in Visibility
            }
        assert found == {LIVE: [B], DELETED: [A], ALL: [A, B]}

    @pytest.mark.parametrize(
        ("visibility", "latest_only", "expected"),
        [
            (LIVE, False, [(A, 1), (B, 1)]),
            (LIVE, True, [(A, 1), (B, 1)]),
            (ALL, False, [(A, 1), (A, 2), (B, 1), (C, 1)]),
            (ALL, True, [(A, 2), (B, 1), (C, 1)]),
            (DELETED, False, [(A, 2), (C, 1)]),
            (DELETED, True, [(A, 2), (C, 1)]),
        ],
    )
    def test_given_deleted_versions_when_versions_are_listed_then_visibility_decides(
        self, transactions, visibility, latest_only, expected
    ):
        register(transactions, A, STRING)
        for subject in (A, B, C, ELSEWHERE):
            register(transactions, subject, INT)
        soft_delete(transactions, A, 2)
        soft_delete(transactions, C, 1)

        with transactions.read() as store:
            wanted = Selection(".", "", visibility, latest_only=latest_only)
            found = store.versions(wanted)
        assert [(each.subject, each.version) for each in found] == expected

    def test_given_rules_when_versions_are_listed_then_by_the_type_of_a_rule(
        self, transactions
    ):
        odd = Rule("s", type="a'\"%_\\é", params={"type": "CEL"})
        by_cel = a_content(
            '"x"', rule_set=RuleSet(domain_rules=(Rule("r", type="CEL"),))
        )
        by_odd = a_content('"y"', rule_set=RuleSet(encoding_rules=(odd,)))
        for subject, content in ((A, by_cel), (A, by_odd), (B, by_cel), (C, STRING)):
            register(transactions, subject, content)

        def found(rule_type, **more):
            wanted = Selection(None, "", LIVE, rule_type=rule_type, **more)
            return [(each.subject, each.version) for each in store.versions(wanted)]

        with transactions.read() as store:
            assert found("CEL") == [(A, 1), (B, 1)]
            assert found("CEL", latest_only=True) == [(B, 1)]
            assert found("CEL", page=Page(1, 1)) == [(B, 1)]
            assert found(odd.type) == [(A, 2)]
            assert found("C%") == []

    def test_given_more_subjects_when_versions_are_listed_then_these_count_as_well(
        self, transactions
    ):
        for subject in (A, B, C, ELSEWHERE):
            register(transactions, subject, STRING)
        unknown = {Subject(f"unknown{number}") for number in range(40_000)}
        also = frozenset({C, ELSEWHERE, *unknown})

        with transactions.read() as store:
            in_context = store.versions(Selection(".", "b", LIVE, also=also))
            everywhere = store.versions(Selection(None, "", LIVE, also=also))
        assert [each.subject for each in in_context] == [B, C, ELSEWHERE]
        assert [each.subject for each in everywhere] == [A, B, C, ELSEWHERE]

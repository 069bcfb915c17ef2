"""What a store promises of versions that come with their ids, and of what makes room.

A subclass brings the fixtures that the suites of `store_writes` use.
"""

import pytest

from registry.application.ports import SchemaStore, Transactions
from registry.application.stored import (
    NewVersion,
    StaleRevisionError,
    Visibility,
)
from registry.domain.configuration import Config, Mode
from registry.domain.identity import identity_bytes
from registry.domain.levels import Level
from registry.domain.model import (
    GLOBAL_CONTEXT,
    Content,
    Reference,
    SchemaId,
    Subject,
    Version,
)
from tests.suites.registering import (
    Decision,
    a_content,
    a_version,
    an_entry,
    decided,
    hard_delete,
    numbers,
    register,
    soft_delete,
)
from tests.suites.store_writes import change, told

A, B, C = Subject("a"), Subject("b"), Subject("c")
ELSEWHERE = Subject("a", ".elsewhere")
EVERYWHERE = Subject("", GLOBAL_CONTEXT)
STRING, INT, LONG = a_content('"string"'), a_content('"int"'), a_content('"long"')
LIVE, ALL = Visibility.LIVE, Visibility.ALL


def placed(
    transactions: Transactions, new: NewVersion, schema_id: int, decision: Decision
) -> None:
    def act(store: SchemaStore) -> None:
        store.place(new, SchemaId(schema_id), decision.based_on, an_entry())

    transactions.write(act)


def place(
    transactions: Transactions,
    subject: Subject,
    content: Content,
    schema_id: int,
    version: int = 1,
    replaces: tuple[Version, ...] = (),
) -> None:
    new = a_version(subject, version, content, replaces)
    placed(transactions, new, schema_id, decided(transactions, subject, content))


def id_of(transactions: Transactions, context: str, content: Content) -> int | None:
    with transactions.read() as store:
        return store.find_id(context, content, identity_bytes(content))


def read_only(transactions: Transactions, scope: Subject) -> None:
    change(transactions, lambda store: store.put_mode(scope, Mode.READONLY))


class PlacingSuite:
    """Versions with given ids and numbers."""

    def test_when_a_version_is_placed_then_id_and_number_are_those_given(
        self, transactions
    ):
        place(transactions, A, STRING, 42, version=7)

        with transactions.read() as store:
            found = store.find_version(A, Version(7), LIVE)
            assert (found.schema_id, found.content) == (42, STRING)
            assert store.max_id(".") == 42
        assert id_of(transactions, ".", STRING) == 42
        assert id_of(transactions, ".elsewhere", STRING) is None
        assert register(transactions, B, INT) == 43

    def test_given_a_lower_id_when_placed_then_the_highest_stays(self, transactions):
        place(transactions, A, STRING, 9)
        place(transactions, A, INT, 3, version=2)

        assert register(transactions, A, LONG) == 10

    def test_given_known_content_when_placed_then_it_is_shared(self, transactions):
        place(transactions, A, STRING, 9)
        place(transactions, B, STRING, 9, version=4)

        with transactions.read() as store:
            uses = store.uses_of_id(".", SchemaId(9))
        assert [(str(use.subject), use.version) for use in uses] == [("a", 1), ("b", 4)]

    def test_given_a_version_when_placed_over_then_its_content_goes(
        self, transactions, rows
    ):
        place(transactions, A, STRING, 1)
        soft_delete(transactions, A, 1)

        place(transactions, A, INT, 2)

        assert numbers(transactions, A, LIVE) == [1]
        assert id_of(transactions, ".", STRING) is None
        assert [tuple(row) for row in rows("SELECT id FROM tombstone")] == [(1,)]
        assert told(rows)[-1][0] == {"overwrites": 1}

    def test_given_a_content_used_elsewhere_when_placed_over_then_it_stays(
        self, transactions
    ):
        for subject in (A, B):
            place(transactions, subject, STRING, 1)

        place(transactions, A, INT, 2)

        assert id_of(transactions, ".", STRING) == 1

    def test_given_an_id_with_a_tombstone_when_placed_then_it_means_something_again(
        self, transactions, rows
    ):
        register(transactions, A, STRING)
        soft_delete(transactions, A, 1)
        hard_delete(transactions, A, 1)

        place(transactions, A, STRING, 1)

        assert id_of(transactions, ".", STRING) == 1
        assert rows("SELECT id FROM tombstone") == []
        assert register(transactions, A, INT) == 2

    def test_given_soft_deleted_namesakes_when_placed_then_they_go(
        self, transactions, rows
    ):
        register(transactions, A, STRING)
        soft_delete(transactions, A, 1)

        place(transactions, A, STRING, 1, version=5, replaces=(Version(1),))

        assert numbers(transactions, A, ALL) == [5]
        assert told(rows)[-1][0] == {"replaces": [1]}

    def test_given_references_when_placed_and_placed_over_then_they_hold_and_let_go(
        self, transactions
    ):
        register(transactions, ELSEWHERE, STRING)
        referring = a_content('"r"', Reference("n", ":.elsewhere:a", 1))

        place(transactions, B, referring, 5)
        with transactions.read() as store:
            (referrer,) = store.referrers(ELSEWHERE, Version(1))
        place(transactions, B, INT, 6)

        assert (referrer.schema_id, referrer.subject) == (5, B)
        with transactions.read() as store:
            assert store.referrers(ELSEWHERE, Version(1)) == []

    def test_given_a_target_deleted_meanwhile_when_placed_then_it_is_stale(
        self, transactions
    ):
        register(transactions, A, STRING)
        referring = a_content('"r"', Reference("n", "a", 1))
        decision = decided(transactions, B, referring)
        soft_delete(transactions, A, 1)

        with pytest.raises(StaleRevisionError):
            placed(transactions, a_version(B, 1, referring), 5, decision)

    @pytest.mark.parametrize("subject", [A, B, ELSEWHERE], ids=["known", "new", "born"])
    @pytest.mark.parametrize("scope", ["subject", "context", "everywhere"])
    def test_given_a_setting_changed_meanwhile_when_placed_then_it_is_stale(
        self, transactions, subject, scope
    ):
        register(transactions, A, STRING)
        decision = decided(transactions, subject, INT)
        changed = {"subject": subject, "everywhere": EVERYWHERE}.get(
            scope, Subject("", subject.context)
        )

        change(transactions, lambda store: store.put_mode(changed, Mode.READONLY))

        with pytest.raises(StaleRevisionError):
            placed(transactions, a_version(subject, 9, INT), 9, decision)

    def test_given_a_setting_for_all_before_when_a_context_is_new_then_it_is_placed(
        self, transactions
    ):
        change(transactions, lambda store: store.put_mode(EVERYWHERE, Mode.IMPORT))

        place(transactions, ELSEWHERE, STRING, 4)

        assert id_of(transactions, ".elsewhere", STRING) == 4

    def test_given_another_version_meanwhile_when_placed_then_it_is_stale(
        self, transactions
    ):
        decision = decided(transactions, A, INT)
        register(transactions, A, STRING)

        with pytest.raises(StaleRevisionError):
            placed(transactions, a_version(A, 1, INT), 5, decision)
        assert id_of(transactions, ".", INT) is None

    def test_when_a_version_is_placed_then_this_process_knows_at_once(
        self, transactions, changes
    ):
        place(transactions, A, STRING, 4)

        assert changes.seen(".") == 1


class ClearingSuite:
    """Subjects that go together, and modes that go for a whole context."""

    def test_given_subjects_that_refer_to_each_other_when_removed_then_all_go(
        self, transactions
    ):
        register(transactions, A, STRING)
        register(transactions, B, a_content('"r"', Reference("n", "a", 1)))
        register(transactions, A, a_content('"s"', Reference("n", "b", 1)))
        change(transactions, lambda store: store.put_config(B, Config(Level.NONE)))
        register(transactions, ELSEWHERE, STRING)
        soft_delete(transactions, A, 1, 2)
        soft_delete(transactions, B, 1)
        removed = []

        change(
            transactions,
            lambda store: removed.extend(store.hard_delete_subjects([A, B])),
        )

        assert [each.ids for each in removed] == [(1, 3), (2,)]
        assert removed[1].config == Config(Level.NONE)
        assert numbers(transactions, A, ALL) == numbers(transactions, B, ALL) == []
        assert numbers(transactions, ELSEWHERE, ALL) == [1]

    def test_given_a_mode_when_deleted_then_it_is_gone(self, transactions):
        change(transactions, lambda store: store.put_mode(A, Mode.READONLY))
        before = decided(transactions, A, STRING)

        change(transactions, lambda store: store.delete_mode(A))

        with transactions.read() as store:
            assert store.find_mode(A) is None
        with pytest.raises(StaleRevisionError):
            transactions.write(before)

    @pytest.mark.parametrize(
        ("context", "left"),
        [(".", [ELSEWHERE, EVERYWHERE]), (".elsewhere", [A, EVERYWHERE])],
    )
    def test_given_modes_when_those_of_a_context_are_deleted_then_others_stay(
        self, transactions, context, left
    ):
        for scope in (A, ELSEWHERE, EVERYWHERE):
            read_only(transactions, scope)

        change(transactions, lambda store: store.delete_modes(context))

        with transactions.read() as store:
            scopes = (A, ELSEWHERE, EVERYWHERE)
            assert [each for each in scopes if store.find_mode(each)] == left

    def test_given_modes_everywhere_when_all_are_deleted_then_none_is_left(
        self, transactions
    ):
        for scope in (A, ELSEWHERE, EVERYWHERE):
            read_only(transactions, scope)
        before = decided(transactions, ELSEWHERE, STRING)

        change(transactions, lambda store: store.delete_modes(GLOBAL_CONTEXT))

        with transactions.read() as store:
            for scope in (A, ELSEWHERE, EVERYWHERE):
                assert store.find_mode(scope) is None
        with pytest.raises(StaleRevisionError):
            transactions.write(before)

"""What a store promises of soft-deleted versions, whatever database it is over.

A subclass brings the fixtures `transactions`, over an empty store, and `rows`, which
runs a statement past it.
"""

from registry.application.ports import Transactions
from registry.application.stored import Page, Referrer
from registry.domain.model import Reference, SchemaId, SchemaType, Subject, Version
from tests.suites.registering import (
    NOW_MS,
    a_content,
    an_entry,
    register,
    soft_delete,
)

A, B = Subject("a"), Subject("b")
FAR = Subject("a", ".far")
STRING, INT = a_content('"string"'), a_content('"int"')
EVERYTHING = Page()


def restore(transactions: Transactions, subject: Subject, *versions: int) -> None:
    def act(store):
        store.lock(subject.context)
        store.restore(subject, [Version(each) for each in versions])
        store.record(subject.context, an_entry(str(subject)))

    transactions.write(act)


def places(transactions, context, prefix="", page=EVERYTHING):
    with transactions.read() as store:
        found = store.trash(context, prefix, page)
    return [(str(each.subject), each.version) for each in found]


def overdue(transactions, subject, before_ms=NOW_MS):
    with transactions.read() as store:
        return store.overdue(subject, before_ms)


class TrashSuite:
    """Listing the trash, taking out of it, and what may go for good."""

    def test_given_a_deleted_version_when_listed_then_all_is_said_of_it(
        self, transactions
    ):
        register(transactions, A, STRING)
        register(transactions, B, a_content("{}", Reference("r", "a", 1)))
        soft_delete(transactions, B, 1)
        soft_delete(transactions, A, 1)

        with transactions.read() as store:
            found, other = store.trash(None, "", EVERYTHING)

        assert (found.subject, found.version, found.schema_id) == (A, 1, SchemaId(1))
        assert found.schema_type is SchemaType.AVRO
        assert found.deleted_ms == NOW_MS
        assert found.referrers == (Referrer(SchemaId(2), B, Version(1), True),)
        assert (other.subject, other.referrers) == (B, ())

    def test_given_several_contexts_when_listed_then_in_order_and_in_pages(
        self, transactions
    ):
        for subject in (FAR, B, A):
            register(transactions, subject, STRING)
            register(transactions, subject, INT)
            soft_delete(transactions, subject, 1, 2)

        assert places(transactions, None) == [
            ("a", 1),
            ("a", 2),
            ("b", 1),
            ("b", 2),
            (":.far:a", 1),
            (":.far:a", 2),
        ]
        assert places(transactions, ".", "b") == [("b", 1), ("b", 2)]
        assert places(transactions, None, "a", Page(1, 2)) == [
            ("a", 2),
            (":.far:a", 1),
        ]

    def test_given_a_restored_version_when_read_then_it_is_live_and_no_trash(
        self, transactions
    ):
        register(transactions, A, STRING)
        soft_delete(transactions, A, 1)

        restore(transactions, A, 1)

        with transactions.read() as store:
            latest = store.find_latest(A)
        assert latest is not None
        assert latest.version == 1
        assert places(transactions, None) == []

    def test_given_a_restored_version_when_a_revision_is_compared_then_it_is_another(
        self, transactions
    ):
        register(transactions, A, STRING)
        soft_delete(transactions, A, 1)
        with transactions.read() as store:
            before = store.policy(A).revision

        restore(transactions, A, 1)

        with transactions.read() as store:
            assert store.policy(A).revision != before

    def test_when_asked_then_overdue_is_what_is_old_enough_and_not_referred_to(
        self, transactions
    ):
        register(transactions, A, STRING)
        register(transactions, A, INT)
        register(transactions, B, a_content("{}", Reference("r", "a", 1)))
        soft_delete(transactions, B, 1)
        soft_delete(transactions, A, 1, 2)

        assert overdue(transactions, A) == [2]
        assert overdue(transactions, A, NOW_MS - 1) == []
        with transactions.read() as store:
            assert store.overdue_subjects(NOW_MS) == [A, B]

    def test_given_trash_of_an_earlier_release_when_dated_then_it_ages_from_then_on(
        self, transactions, rows
    ):
        register(transactions, A, STRING)
        soft_delete(transactions, A, 1)
        rows("UPDATE version SET deleted_ms = NULL")
        assert overdue(transactions, A) == []

        transactions.write(lambda store: store.date_trash(NOW_MS + 5))

        assert overdue(transactions, A, NOW_MS + 4) == []
        assert overdue(transactions, A, NOW_MS + 5) == [1]

    def test_given_trash_with_a_time_when_dated_then_it_keeps_it(self, transactions):
        register(transactions, A, STRING)
        soft_delete(transactions, A, 1)

        transactions.write(lambda store: store.date_trash(NOW_MS + 5))

        assert overdue(transactions, A, NOW_MS) == [1]

    def test_given_a_turn_was_taken_when_asked_then_it_is_not_due_before_its_time(
        self, transactions
    ):
        def take(now_ms):
            return transactions.write(
                lambda store: store.take_turn("tidy", now_ms, now_ms + 100)
            )

        assert [take(each) for each in (0, 1, 99, 100, 101)] == [
            True,
            False,
            False,
            True,
            False,
        ]

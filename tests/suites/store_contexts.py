"""What a store promises of contexts, of aliases, and of subjects of one name.

A subclass brings a fixture `transactions`, as those of `store` do.
"""

from uuid import UUID

import pytest

from registry.application.stored import (
    Alias,
    Page,
    Visibility,
)
from registry.domain.configuration import Config
from registry.domain.identity import guid, identity_bytes
from registry.domain.model import SchemaId, Subject, Version
from tests.suites.registering import (
    a_content,
    an_entry,
    hard_delete,
    register,
    soft_delete,
)

A, B = Subject("a"), Subject("b")
ELSEWHERE = Subject("a", ".elsewhere")
STRING, INT, LONG = a_content('"string"'), a_content('"int"'), a_content('"long"')
LIVE, ALL = Visibility.LIVE, Visibility.ALL


def change(transactions, context, act):
    def recorded(store):
        act(store)
        store.record(context, an_entry())

    transactions.write(recorded)


class ContextsSuite:
    """Which contexts there are."""

    def test_given_nothing_when_listed_then_the_default_context(self, transactions):
        change(
            transactions,
            ".elsewhere",
            lambda store: store.put_config(ELSEWHERE, Config()),
        )

        with transactions.read() as store:
            assert store.contexts("", Page()) == ["."]

    def test_given_registrations_when_listed_then_their_contexts_by_name(
        self, transactions
    ):
        for name in (".b", ".a", ".ä", ".B"):
            register(transactions, Subject("s", name), STRING)

        with transactions.read() as store:
            assert store.contexts("", Page()) == [".", ".B", ".a", ".b", ".ä"]
            assert store.contexts(".a", Page()) == [".a"]
            assert store.contexts("", Page(1, 2)) == [".B", ".a"]

    def test_given_a_dropped_context_when_registered_in_then_it_is_there_again(
        self, transactions
    ):
        register(transactions, ELSEWHERE, STRING)
        soft_delete(transactions, ELSEWHERE, 1)
        hard_delete(transactions, ELSEWHERE, 1)
        with transactions.read() as store:
            before = store.contexts("", Page())

        change(
            transactions, ".elsewhere", lambda store: store.drop_context(".elsewhere")
        )

        with transactions.read() as store:
            dropped = store.contexts("", Page())
        assert register(transactions, ELSEWHERE, STRING) == 2
        with transactions.read() as store:
            assert store.contexts("", Page()) == before == [".", ".elsewhere"]
        assert dropped == ["."]

    def test_given_aliases_when_read_then_each_with_what_it_stands_for(
        self, transactions
    ):
        configs = {A: Config(alias="b"), ELSEWHERE: Config(alias_for_deks=":.x:c")}
        for scope, config in {**configs, B: Config(normalize=True)}.items():
            change(
                transactions,
                scope.context,
                lambda store, at=scope, to=config: store.put_config(at, to),
            )

        with transactions.read() as store:
            found = {each.subject: each for each in store.aliases()}
        assert found == {
            A: Alias(A, "b", None),
            ELSEWHERE: Alias(ELSEWHERE, None, ":.x:c"),
        }


class NamesakesSuite:
    """Subjects of one name in several contexts."""

    @pytest.fixture
    def filled(self, transactions):
        """`a` in `.x` with two versions, the second deleted; in `.b` with one."""
        here, there = Subject("a", ".x"), Subject("a", ".b")
        for subject, content in ((here, STRING), (here, INT), (there, LONG), (A, INT)):
            register(transactions, subject, content)
        soft_delete(transactions, here, 2)
        return transactions

    def test_given_namesakes_when_a_version_is_sought_then_the_first_that_has_it(
        self, filled
    ):
        with filled.read() as store:
            first = store.find_version_elsewhere("a", Version(1), LIVE)
            second = store.find_version_elsewhere("a", Version(2), ALL)
            latest = store.find_latest_elsewhere("a")
            assert store.find_version_elsewhere("a", Version(2), LIVE) is None
            assert store.find_version_elsewhere("b", Version(1), ALL) is None
            assert store.find_latest_elsewhere("b") is None
        assert [str(each.subject) for each in (first, second, latest)] == [
            ":.b:a",
            ":.x:a",
            ":.b:a",
        ]

    def test_given_namesakes_when_their_histories_are_read_then_by_context(
        self, filled
    ):
        with filled.read() as store:
            found = store.histories_elsewhere("a", ALL)
            live = store.histories_elsewhere("a", LIVE)
        places = [(str(each.subject), each.version) for each in found]
        assert places == [(":.b:a", 1), (":.x:a", 1), (":.x:a", 2)]
        assert live == found[:2]

    def test_given_namesakes_when_an_id_is_sought_then_the_first_that_holds_it(
        self, filled
    ):
        with filled.read() as store:
            one = store.find_by_id_elsewhere("a", SchemaId(1))
            two = store.find_by_id_elsewhere("a", SchemaId(2))
            uses = store.uses_of_id_elsewhere("a", SchemaId(1))
            assert store.find_by_id_elsewhere("a", SchemaId(3)) is None
            assert store.uses_of_id_elsewhere("b", SchemaId(1)) == []
        assert (str(one.subject), str(two.subject)) == (":.b:a", ":.x:a")
        assert [str(use.subject) for use in uses] == [":.b:a", ":.x:a"]

    def test_given_a_guid_in_several_contexts_when_its_ids_are_read_then_all_of_them(
        self, filled
    ):
        with filled.read() as store:
            found = store.ids_of_guid(guid(identity_bytes(INT)))
            assert store.ids_of_guid(UUID(int=0)) == []
        assert found == [(".", 1), (".x", 2)]

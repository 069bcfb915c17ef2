"""What a store promises of whole registries, whatever database it is over.

A subclass brings the fixtures `transactions`, over an empty store, and `rows`, which
runs a statement past it.
"""

from dataclasses import replace
from uuid import UUID

from registry.application.moving import Identified, Placed, Placing
from registry.application.records import (
    AliasRecord,
    ConfigRecord,
    ContextRecord,
    ModeRecord,
    PoliciesRecord,
)
from registry.domain.configuration import Config, Mode
from registry.domain.identity import guid, identity_bytes, sha256
from registry.domain.levels import Level
from registry.domain.model import (
    GLOBAL_CONTEXT,
    Reference,
    SchemaId,
    SchemaType,
    SchemaVersion,
    StoredContent,
    Subject,
    Version,
)
from tests.suites.registering import (
    NOW_MS,
    a_content,
    an_entry,
    hard_delete,
    register,
    soft_delete,
)

A, B, FAR = Subject("a"), Subject("b"), Subject("a", ".far")
STRING, INT = a_content('"string"'), a_content('"int"')
FOREIGN = UUID(int=7)


def a_placing(subject, version, schema_id, content, **more):
    digested = identity_bytes(content)
    stored = StoredContent(content, SchemaId(schema_id), guid(digested))
    is_deleted = more.pop("is_deleted", False)
    placed = SchemaVersion(subject, Version(version), stored, NOW_MS, is_deleted)
    more.setdefault("is_new", True)
    return Placing(placed, NOW_MS if is_deleted else None, sha256(digested), **more)


def place(transactions, *placings):
    def act(store):
        contexts = sorted({each.version.subject.context for each in placings})
        for context in contexts:
            store.lock(context)
        for context in contexts:
            mine = [e for e in placings if e.version.subject.context == context]
            store.moving.place(context, mine)
        store.moving.refer(placings)
        for context in contexts:
            store.record(context, an_entry(action="import.write"))

    transactions.write(act)


def write(transactions, act, *contexts):
    def locked(store):
        for context in contexts:
            store.lock(context)
        act(store)
        for context in contexts:
            store.record(context, an_entry())

    transactions.write(locked)


def paged(transactions, read, key, limit=1):
    """Read all, page by page."""
    found, after = [], ()
    while True:
        with transactions.read() as store:
            page = read(store.moving)(after, limit)
        found += page
        if len(page) < limit:
            return found
        after = key(page[-1])


class MovingSuite:
    """Reading all, and writing it elsewhere."""

    def test_given_a_placed_version_when_read_then_number_id_and_time_are_kept(
        self, transactions
    ):
        place(transactions, a_placing(A, 7, 40, STRING, is_deleted=True))

        with transactions.read() as store:
            (found,) = store.moving.versions((), 10)
            highest = store.max_id(".")
        version = found.version
        assert (version.subject, version.version, version.schema_id) == (A, 7, 40)
        assert (version.created_ms, version.is_deleted) == (NOW_MS, True)
        assert found.deleted_ms == NOW_MS
        assert highest == 40

    def test_given_a_placed_id_when_registered_then_the_next_id_is_higher(
        self, transactions
    ):
        place(transactions, a_placing(A, 7, 40, STRING))

        assert register(transactions, B, INT) == 41
        assert register(transactions, A, INT) == 41

    def test_given_references_in_all_directions_when_placed_then_they_hold(
        self, transactions
    ):
        there = a_content("{}", Reference("r", ":.far:a", 3))
        back = a_content("{ }", Reference("r", ":.:b", 1))
        place(
            transactions,
            a_placing(A, 1, 1, there),
            a_placing(B, 1, 2, STRING),
            a_placing(FAR, 3, 9, back),
        )

        with transactions.read() as store:
            assert [each.subject for each in store.referrers(FAR, Version(3))] == [A]
            assert [each.subject for each in store.referrers(B, Version(1))] == [FAR]

    def test_given_a_version_when_placed_over_then_what_it_was_is_gone(
        self, transactions, rows
    ):
        register(transactions, B, INT)
        register(transactions, A, a_content("{}", Reference("r", "b", 1)))
        soft_delete(transactions, A, 1)

        place(transactions, a_placing(A, 1, 5, STRING, former=SchemaId(2)))

        with transactions.read() as store:
            found = store.find_latest(A)
            assert store.referrers(B, Version(1)) == []
        assert found is not None
        assert (found.schema_id, found.content) == (5, STRING)
        assert rows("SELECT id FROM content ORDER BY id") == [(1,), (5,)]
        assert rows("SELECT id FROM tombstone") == [(2,)]
        assert rows("SELECT deleted_ms FROM version WHERE subject = 'a'") == [(None,)]

    def test_given_a_removed_id_when_placed_then_it_may_be_removed_again(
        self, transactions, rows
    ):
        register(transactions, A, STRING)
        soft_delete(transactions, A, 1)
        hard_delete(transactions, A, 1)

        place(transactions, a_placing(A, 1, 1, STRING))
        assert rows("SELECT id FROM tombstone") == []
        hard_delete(transactions, A, 1)

        assert rows("SELECT id FROM tombstone") == [(1,)]

    def test_given_removed_contents_when_asked_then_it_is_known_what_the_ids_meant(
        self, transactions, rows
    ):
        register(transactions, A, STRING)
        soft_delete(transactions, A, 1)
        hard_delete(transactions, A, 1)
        place(transactions, a_placing(B, 1, 5, INT))
        place(transactions, a_placing(B, 1, 6, a_content("{}"), former=SchemaId(5)))
        # As the previous release has written it.
        rows("INSERT INTO tombstone (context, id) VALUES ('.', 3)")

        with transactions.read() as store:
            found = store.moving.removed(".", [1, 3, 5, 6, 7])
            elsewhere = store.moving.removed(".far", [1])
        string, number = (sha256(identity_bytes(each)) for each in (STRING, INT))
        assert found == {
            1: Identified(SchemaType.AVRO, string),
            3: None,
            5: Identified(SchemaType.AVRO, number),
        }
        assert elsewhere == {}

    def test_given_a_placed_version_when_a_decision_was_made_before_then_it_is_stale(
        self, transactions
    ):
        register(transactions, A, STRING)
        with transactions.read() as store:
            before = store.policy(A).revision

        place(transactions, a_placing(A, 9, 9, INT))

        with transactions.read() as store:
            assert store.policy(A).revision != before

    def test_when_asked_then_what_is_placed_and_identified_is_told(self, transactions):
        register(transactions, A, STRING)
        register(transactions, A, INT)
        register(transactions, FAR, STRING)
        soft_delete(transactions, A, 2)
        digest = sha256(identity_bytes(STRING))

        with transactions.read() as store:
            placed = store.moving.placed(".", {("a", 1), ("a", 2), ("a", 3), ("b", 1)})
            by_id = store.moving.identified(".", [2], [])
            by_digest = store.moving.identified(".", [], [digest])

        assert placed == {
            ("a", 1): Placed(SchemaId(1), NOW_MS, False, None),
            ("a", 2): Placed(SchemaId(2), NOW_MS, True, NOW_MS),
        }
        assert [*by_id] == [2]
        assert by_digest == {1: Identified(SchemaType.AVRO, digest)}

    def test_given_versions_when_counted_then_deleted_ones_are_among_them(
        self, transactions
    ):
        register(transactions, A, STRING)
        register(transactions, A, INT)
        register(transactions, FAR, STRING)
        soft_delete(transactions, A, 2)

        with transactions.read() as store:
            assert store.moving.version_counts(".", {"a", "b"}) == {"a": 2}
            assert store.moving.version_counts(FAR.context, {FAR.name}) == {FAR.name: 1}

    def test_given_nothing_when_asked_then_nothing_is_told(self, transactions):
        with transactions.read() as store:
            assert store.moving.placed(".", []) == {}
            assert store.moving.version_counts(".", []) == {}
            assert store.moving.identified(".", [], []) == {}
            assert store.moving.known_aliases(".", []) == set()
            assert store.moving.modes_of(".", []) == {}

    def test_given_modes_when_asked_then_the_nearest_are_told(self, transactions):
        def act(store):
            store.put_mode(Subject("", GLOBAL_CONTEXT), Mode.READONLY)
            store.put_mode(B, Mode.IMPORT)
            store.put_mode(Subject("", ".far"), Mode.IMPORT)

        write(transactions, act, ".", ".__GLOBAL", ".far")

        with transactions.read() as store:
            near = store.moving.modes_of(".", ["a", "b"])
            far = store.moving.modes_of(".far", ["b"])
        assert near == {"": Mode.READONLY, "b": Mode.IMPORT}
        assert far == {"": Mode.IMPORT}

    def test_given_an_alias_when_asked_for_then_its_content_comes_under_that_guid(
        self, transactions, rows
    ):
        place(transactions, a_placing(A, 1, 3, STRING, aliases=(FOREIGN,)))

        with transactions.read() as store:
            found = store.find_by_guid(FOREIGN)
            own = store.find_by_guid(guid(identity_bytes(STRING)))
            known = store.moving.known_aliases(".", {FOREIGN, UUID(int=8)})
        assert found is not None
        assert own is not None
        assert found.stored == replace(own.stored, guid=FOREIGN)
        assert known == {FOREIGN}

        soft_delete(transactions, A, 1)
        hard_delete(transactions, A, 1)
        with transactions.read() as store:
            assert store.find_by_guid(FOREIGN) is None
        assert rows("SELECT * FROM guid_alias") == []

    def test_given_an_alias_when_written_again_then_it_is_there_once(
        self, transactions
    ):
        register(transactions, A, STRING)
        alias = AliasRecord(FOREIGN, ".", SchemaId(1))

        for _ in range(2):
            write(transactions, lambda store: store.moving.put_alias(alias), ".")

        with transactions.read() as store:
            assert store.moving.aliases((), 10) == [alias]

    def test_given_a_lower_last_id_when_raised_then_it_stays(self, transactions):
        register(transactions, A, STRING)

        def act(store):
            store.moving.raise_last_id(".", 9)
            store.moving.raise_last_id(".", 4)

        write(transactions, act, ".")

        with transactions.read() as store:
            assert store.max_id(".") == 9

    def test_when_read_page_by_page_then_each_is_there_once_and_in_order(
        self, transactions
    ):
        for subject in (B, A, FAR):
            register(transactions, subject, STRING)
            register(transactions, subject, INT)

        for limit in (1, 2, 4, 100):
            found = paged(
                transactions,
                lambda moving: moving.versions,
                lambda r: (
                    r.version.subject.name,
                    r.version.subject.context,
                    r.version.version,
                ),
                limit,
            )
            places = [(str(r.version.subject), r.version.version) for r in found]
            assert places == [
                ("a", 1),
                ("a", 2),
                (":.far:a", 1),
                (":.far:a", 2),
                ("b", 1),
                ("b", 2),
            ]

    def test_given_settings_when_read_page_by_page_then_all_are_there(
        self, transactions
    ):
        def act(store):
            for scope in (A, Subject(""), Subject("", GLOBAL_CONTEXT)):
                store.put_config(scope, Config(Level.FULL))
                store.put_mode(scope, Mode.READONLY)
            store.put_policies(A, ["FILE", "WIRE"])
            store.put_policies(B, ["WIRE"])

        write(transactions, act, ".", ".__GLOBAL")
        register(transactions, FAR, STRING)

        def by_scope(record):
            return record.scope.context, record.scope.name

        configs = paged(transactions, lambda it: it.configs, by_scope)
        modes = paged(transactions, lambda it: it.modes, by_scope)
        policies = paged(
            transactions,
            lambda it: it.policies,
            lambda r: (r.subject.context, r.subject.name),
        )
        contexts = paged(transactions, lambda it: it.contexts, lambda r: (r.name,))
        scopes = [Subject(""), A, Subject("", GLOBAL_CONTEXT)]
        assert configs == [ConfigRecord(each, Config(Level.FULL)) for each in scopes]
        assert modes == [ModeRecord(each, Mode.READONLY) for each in scopes]
        assert policies == [
            PoliciesRecord(A, ("FILE", "WIRE")),
            PoliciesRecord(B, ("WIRE",)),
        ]
        assert contexts == [ContextRecord(".", 0), ContextRecord(".far", 1)]

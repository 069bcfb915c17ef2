"""What a store promises of deletes, references, settings and transactions.

A subclass brings a fixture `transactions`: over an empty store, new for each test;
and `rows`, which runs a statement on its tables.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from registry.application.ports import SchemaStore, Transactions
from registry.application.stored import (
    Removed,
    StaleRevisionError,
    Visibility,
)
from registry.domain.configuration import Config, Mode
from registry.domain.levels import ContentPolicy, Level
from registry.domain.model import (
    GLOBAL_CONTEXT,
    Metadata,
    Reference,
    Rule,
    RuleSet,
    SchemaId,
    Subject,
    Version,
)
from tests.suites.registering import (
    NOW_MS,
    a_content,
    a_version,
    an_entry,
    decided,
    hard_delete,
    numbers,
    register,
    soft_delete,
)

A, B, C = Subject("a"), Subject("b"), Subject("c")
ELSEWHERE = Subject("a", ".elsewhere")
STRING, INT, LONG = a_content('"string"'), a_content('"int"'), a_content('"long"')
LIVE, DELETED, ALL = Visibility.LIVE, Visibility.DELETED, Visibility.ALL


def change(transactions: Transactions, act: Callable[[SchemaStore], None]) -> None:
    """Run an act as the use cases do: alone in the default context, and recorded."""

    def alone(store: SchemaStore) -> None:
        store.lock(".")
        act(store)
        store.record(".", an_entry())

    transactions.write(alone)


def told(rows: Callable[[str], list[Any]]) -> list[tuple[Any, Any]]:
    """Return what the audit log has of before and after, in the order of writing."""
    found = rows("SELECT before, after FROM audit ORDER BY context, seq")
    return [(b and json.loads(b), a and json.loads(a)) for b, a in found]


def _put_level(scope: Subject, level: Level, store: SchemaStore) -> None:
    store.put_config(scope, Config(level))


def _put_policies(subject: Subject, names: list[str], store: SchemaStore) -> None:
    store.put_policies(subject, names)


class DeletionSuite:
    """Deletes: what goes, what stays, what can never come again."""

    def test_given_a_soft_deleted_version_when_written_again_then_the_id_stays(
        self, transactions
    ):
        register(transactions, A, STRING)
        soft_delete(transactions, A, 1)

        assert register(transactions, A, STRING) == 1
        assert numbers(transactions, A, ALL) == [1, 2]

    def test_given_a_hard_deleted_content_when_written_again_then_it_has_a_new_id(
        self, transactions
    ):
        register(transactions, A, STRING)
        soft_delete(transactions, A, 1)
        hard_delete(transactions, A, 1)

        with transactions.read() as store:
            assert store.find_by_id(".", SchemaId(1)) is None
            assert store.max_id(".") == 1
        assert register(transactions, A, STRING) == 2
        assert numbers(transactions, A, ALL) == [1]

    def test_given_a_content_used_elsewhere_when_hard_deleted_then_the_id_stays(
        self, transactions
    ):
        for subject in (A, B):
            register(transactions, subject, STRING)
        soft_delete(transactions, A, 1)
        hard_delete(transactions, A, 1)

        with transactions.read() as store:
            found = store.find_by_id(".", SchemaId(1))
        assert found is not None
        assert found.subject == B

    def test_given_config_and_mode_when_the_last_version_goes_then_they_go_too(
        self, transactions
    ):
        for content in (STRING, INT):
            register(transactions, A, content)
        change(transactions, lambda store: store.put_config(A, Config(Level.NONE)))
        change(transactions, lambda store: store.put_mode(A, Mode.READONLY))
        soft_delete(transactions, A, 1, 2)

        hard_delete(transactions, A, 1)
        with transactions.read() as store:
            assert store.find_config(A) is not None
            assert store.find_mode(A) is Mode.READONLY

        hard_delete(transactions, A, 2)
        with transactions.read() as store:
            assert store.find_config(A) is None
            assert store.find_mode(A) is None

    def test_given_policies_when_the_last_version_goes_then_they_go_too(
        self, transactions
    ):
        for content in (STRING, INT):
            register(transactions, A, content)
        for subject in (A, B, ELSEWHERE):
            change(transactions, partial(_put_policies, subject, ["KEEP"]))
        soft_delete(transactions, A, 1, 2)

        assert hard_delete(transactions, A, 1).policies == ()
        assert hard_delete(transactions, A, 2).policies == ("KEEP",)

        with transactions.read() as store:
            found = [store.policies(subject) for subject in (A, B, ELSEWHERE)]
        assert found == [(), ("KEEP",), ("KEEP",)]

    def test_given_a_subject_that_came_again_when_an_old_decision_is_written_then_stale(
        self, transactions
    ):
        register(transactions, A, STRING)
        old = decided(transactions, A, INT)
        soft_delete(transactions, A, 1)
        hard_delete(transactions, A, 1)
        register(transactions, A, LONG)

        with pytest.raises(StaleRevisionError):
            transactions.write(old)

    def test_given_replaced_versions_when_written_then_they_are_gone_and_named(
        self, transactions, rows
    ):
        for content in (STRING, INT):
            register(transactions, A, content)
        soft_delete(transactions, A, 1)

        register(transactions, A, STRING, replaces=(Version(1),))

        assert numbers(transactions, A, ALL) == [2, 3]
        assert told(rows)[-1] == ({"replaces": [1]}, {"id": 1})
        with transactions.read() as store:
            found = store.find_by_id(".", SchemaId(1))
        assert found is not None
        assert found.version == 3

    @pytest.mark.parametrize("case", ["live", "another id", "referred to"])
    def test_given_a_version_that_is_needed_when_replaced_then_it_stays(
        self, transactions, rows, case
    ):
        register(transactions, A, INT if case == "another id" else STRING)
        if case == "referred to":
            register(transactions, B, a_content('"r"', Reference("n", "a", 1)))
        if case != "live":
            soft_delete(transactions, A, 1)

        register(transactions, A, STRING, replaces=(Version(1),))

        assert numbers(transactions, A, ALL) == [1, 2]
        before, _ = told(rows)[-1]
        assert before is None

    def test_given_hard_deletes_when_done_then_what_went_along_is_returned(
        self, transactions
    ):
        for content in (STRING, INT, LONG):
            register(transactions, A, content)
        register(transactions, B, INT)
        config = Config(Level.NONE)
        change(transactions, lambda store: store.put_config(A, config))
        change(transactions, lambda store: store.put_mode(A, Mode.IMPORT))
        soft_delete(transactions, A, 1, 2, 3)

        assert hard_delete(transactions, A, 1) == Removed((SchemaId(1),))
        assert hard_delete(transactions, A, 2, 3) == Removed(
            (SchemaId(3),), config, Mode.IMPORT
        )


class ReferencesSuite:
    """References: between versions, also of other contexts; they hold their target."""

    def test_given_referrers_when_asked_for_then_live_and_deleted_each_once(
        self, transactions
    ):
        register(transactions, A, STRING)
        twice = a_content('"r"', Reference("n", "a", 1), Reference("m", "a", 1))
        register(transactions, C, twice)
        register(transactions, B, twice)
        soft_delete(transactions, B, 1)

        with transactions.read() as store:
            found = store.referrers(A, Version(1))
            assert store.referrers(B, Version(1)) == []
        assert [(r.schema_id, r.subject, r.version, r.is_deleted) for r in found] == [
            (2, B, 1, True),
            (2, C, 1, False),
        ]

    @pytest.mark.parametrize(
        ("written", "context"),
        [("t", ".elsewhere"), (":.elsewhere:t", "."), (":.elsewhere:t", ".third")],
    )
    def test_given_a_name_when_it_is_qualified_then_it_leads_to_another_context(
        self, transactions, written, context
    ):
        target, referrer = Subject("t", ".elsewhere"), Subject("r", context)
        register(transactions, target, STRING)
        content = a_content('"r"', Reference("n", written, 1))

        register(transactions, referrer, content)

        with transactions.read() as store:
            (found,) = store.referrers(target, Version(1))
            latest = store.find_latest(referrer)
        assert found.subject == referrer
        assert latest is not None
        assert latest.content == content

    @pytest.mark.parametrize("state", ["missing", "soft-deleted", "hard-deleted"])
    def test_given_a_target_that_is_not_live_when_written_then_stale(
        self, transactions, state
    ):
        if state != "missing":
            register(transactions, A, STRING)
            soft_delete(transactions, A, 1)
        if state == "hard-deleted":
            hard_delete(transactions, A, 1)
        decision = decided(transactions, B, a_content('"r"', Reference("n", "a", 1)))

        with pytest.raises(StaleRevisionError):
            transactions.write(decision)

        assert numbers(transactions, B, ALL) == []

    def test_given_a_referrer_when_its_target_is_hard_deleted_then_stale(
        self, transactions
    ):
        register(transactions, A, STRING)
        register(transactions, B, a_content('"r"', Reference("n", "a", 1)))
        soft_delete(transactions, A, 1)

        with pytest.raises(StaleRevisionError):
            hard_delete(transactions, A, 1)

        assert numbers(transactions, A, ALL) == [1]

    def test_given_references_within_a_subject_when_deleted_together_then_all_go(
        self, transactions
    ):
        register(transactions, A, STRING)
        register(transactions, A, a_content('"r"', Reference("n", "a", 1)))
        soft_delete(transactions, A, 1, 2)

        hard_delete(transactions, A, 1, 2)

        assert numbers(transactions, A, ALL) == []


class SettingsSuite:
    """Configs, modes, and the revision of what holds."""

    @pytest.mark.parametrize(
        "config",
        [
            Config(),
            Config(Level.FULL_TRANSITIVE),
            Config(normalize=True, validate_new_schemas=False, validate_fields=True),
            Config(content_policy=ContentPolicy.LENIENT, group="major"),
            Config(alias="orders", alias_for_deks="keys", validate_rules=True),
            Config(
                default_metadata=Metadata(properties={"owner": "Zoë"}),
                override_metadata=Metadata(),
                default_rule_set=RuleSet(domain_rules=(Rule("r", type="CEL"),)),
                override_rule_set=RuleSet(),
            ),
        ],
        ids=["says nothing", "level", "flags", "comparison", "names", "additions"],
    )
    def test_when_a_config_is_put_then_exactly_it_is_read_back(
        self, transactions, config
    ):
        change(transactions, lambda s: s.put_config(A, Config(Level.NONE)))
        change(transactions, lambda s: s.put_config(A, config))

        with transactions.read() as store:
            assert store.find_config(A) == config
            assert store.find_config(B) is None

    def test_given_members_in_several_places_when_read_then_each_is_in_its_config(
        self, transactions
    ):
        own = Config(validate_fields=False, group="major", alias="b")
        wider = Config(
            validate_fields=True,
            content_policy=ContentPolicy.LENIENT,
            group="other",
            default_metadata=Metadata(properties={"owner": "Zoë"}),
        )
        change(transactions, lambda store: store.put_config(A, own))
        change(transactions, lambda store: store.put_config(Subject(""), wider))

        with transactions.read() as store:
            assert store.policy(A).configs == (own, wider)

    def test_given_a_config_when_deleted_then_it_is_gone(self, transactions):
        change(transactions, lambda store: store.put_config(A, Config(Level.NONE)))

        change(transactions, lambda store: store.delete_config(A))

        with transactions.read() as store:
            assert store.find_config(A) is None

    def test_given_settings_on_the_way_when_read_then_nearest_first(self, transactions):
        levels = {
            ELSEWHERE: Level.NONE,
            Subject("", ".elsewhere"): Level.FULL,
            Subject("", GLOBAL_CONTEXT): Level.FORWARD,
            Subject(""): Level.BACKWARD,
            Subject("b", ".elsewhere"): Level.BACKWARD,
        }
        for scope, level in levels.items():
            change(transactions, partial(_put_level, scope, level))
        change(
            transactions,
            lambda s: s.put_mode(Subject("", GLOBAL_CONTEXT), Mode.READONLY),
        )
        change(transactions, lambda s: s.put_mode(ELSEWHERE, Mode.IMPORT))

        with transactions.read() as store:
            policy = store.policy(ELSEWHERE)
            of_context = store.policy(Subject("", ".elsewhere"))
        assert [c.level for c in policy.configs] == [
            Level.NONE,
            Level.FULL,
            Level.FORWARD,
        ]
        assert policy.modes == (Mode.IMPORT, Mode.READONLY)
        assert [c.level for c in of_context.configs] == [Level.FULL, Level.FORWARD]

    @pytest.mark.parametrize(
        ("first", "then"),
        [(["B", "A"], ("A", "B")), (["C"], ("C",)), ([], ())],
        ids=["two", "one", "none"],
    )
    def test_when_policies_are_put_then_exactly_they_are_read_back(
        self, transactions, first, then
    ):
        change(transactions, partial(_put_policies, A, ["OLD", "C"]))
        change(transactions, partial(_put_policies, A, first))

        with transactions.read() as store:
            assert store.policies(A) == store.policy(A).policies == then
            for other in (B, ELSEWHERE, Subject("")):
                assert store.policies(other) == store.policy(other).policies == ()

    def test_given_policies_of_a_subject_when_settings_are_read_then_none_is_inherited(
        self, transactions
    ):
        change(transactions, partial(_put_policies, Subject(""), ["KEEP"]))

        with transactions.read() as store:
            assert store.policy(A).policies == ()

    @pytest.mark.parametrize(
        "scope", [A, B, Subject(""), Subject("", GLOBAL_CONTEXT)], ids=str
    )
    @pytest.mark.parametrize("what", ["config", "no config", "mode", "policies"])
    def test_given_settings_changed_since_when_written_then_stale(
        self, transactions, scope, what
    ):
        register(transactions, A, STRING)
        decision = decided(transactions, A, INT)
        acts = {
            "config": lambda store: store.put_config(scope, Config(Level.NONE)),
            "no config": lambda store: store.delete_config(scope),
            "mode": lambda store: store.put_mode(scope, Mode.READONLY),
            "policies": lambda store: store.put_policies(scope, []),
        }
        change(transactions, acts[what])

        with pytest.raises(StaleRevisionError):
            transactions.write(decision)

    def test_given_settings_of_another_context_changed_when_written_then_fine(
        self, transactions
    ):
        decision = decided(transactions, A, STRING)
        change(transactions, lambda s: s.put_config(ELSEWHERE, Config(Level.NONE)))

        assert transactions.write(decision) == 1

    def test_given_a_new_context_and_global_settings_changed_when_written_then_stale(
        self, transactions
    ):
        decision = decided(transactions, ELSEWHERE, STRING)
        everywhere = Subject("", GLOBAL_CONTEXT)
        change(transactions, lambda s: s.put_mode(everywhere, Mode.READONLY))

        with pytest.raises(StaleRevisionError):
            transactions.write(decision)

    def test_given_a_context_created_since_when_written_then_stale(self, transactions):
        decision = decided(transactions, ELSEWHERE, STRING)
        register(transactions, Subject("b", ".elsewhere"), INT)

        with pytest.raises(StaleRevisionError):
            transactions.write(decision)

    def test_given_a_version_written_since_when_written_then_stale(self, transactions):
        for _ in range(2):
            decision = decided(transactions, A, INT)
            register(transactions, A, STRING)

            with pytest.raises(StaleRevisionError):
                transactions.write(decision)

    def test_given_a_version_deleted_since_when_written_then_stale(self, transactions):
        register(transactions, A, STRING)
        decision = decided(transactions, A, INT)
        soft_delete(transactions, A, 1)

        with pytest.raises(StaleRevisionError):
            transactions.write(decision)


class TransactionsSuite:
    """All or nothing, and told to whoever wants to know."""

    def test_given_an_act_that_fails_when_run_then_nothing_of_it_stays(
        self, transactions
    ):
        def act(store: SchemaStore) -> None:
            store.lock(".")
            store.put_config(A, Config(Level.NONE))
            store.append(a_version(A, 1, STRING), store.policy(A).revision, an_entry())
            raise KeyError

        with pytest.raises(KeyError):
            transactions.write(act)

        with transactions.read() as store:
            assert store.find_config(A) is None
            assert store.max_id(".") == 0
        assert register(transactions, A, STRING) == 1

    def test_given_stale_decisions_when_written_then_no_id_and_no_change_is_lost(
        self, transactions
    ):
        decision = decided(transactions, A, STRING)
        register(transactions, A, INT)

        for _ in range(3):
            with pytest.raises(StaleRevisionError):
                transactions.write(decision)

        assert register(transactions, A, LONG) == 2
        assert transactions.sequences()["."] == 2

    def test_given_a_lock_first_when_several_are_appended_then_all_are_there(
        self, transactions
    ):
        def act(store: SchemaStore) -> list[SchemaId]:
            store.lock(".")
            return [
                store.append(
                    a_version(subject, 1, STRING),
                    store.policy(subject).revision,
                    an_entry(),
                )
                for subject in (A, B)
            ]

        assert transactions.write(act) == [1, 1]
        assert transactions.sequences()["."] == 2

    def test_given_an_append_first_when_more_follows_then_it_is_refused(
        self, transactions
    ):
        def act(store: SchemaStore) -> None:
            store.append(
                a_version(A, 1, STRING),
                decided(transactions, A, STRING).based_on,
                an_entry(),
            )
            store.record(".", an_entry())

        with pytest.raises(RuntimeError, match="nothing may follow"):
            transactions.write(act)

    def test_when_something_is_written_then_this_process_knows_at_once(
        self, transactions, changes
    ):
        register(transactions, A, STRING)
        change(transactions, lambda store: store.put_config(A, Config(Level.NONE)))
        register(transactions, ELSEWHERE, STRING)

        assert changes.seen(".") == 2
        assert changes.seen(".elsewhere") == 1
        assert transactions.sequences() == {".": 2, ".elsewhere": 1, GLOBAL_CONTEXT: 0}

    def test_when_something_is_written_then_each_write_leaves_one_audit_row(
        self, transactions, rows
    ):
        register(transactions, A, STRING)
        soft_delete(transactions, A, 1)
        hard_delete(transactions, A, 1)

        found = rows(
            "SELECT context, seq, at_ms, actor, action, target, before, after,"
            " request_id FROM audit ORDER BY seq"
        )

        assert [tuple(row[:2]) for row in found] == [(".", 1), (".", 2), (".", 3)]
        assert tuple(found[0][2:]) == (
            NOW_MS,
            "ann",
            "test.write",
            "a",
            None,
            '{"id": 1}',
            "r-1",
        )

    @pytest.mark.parametrize("subject", [A, B, ELSEWHERE], ids=["next", "known", "new"])
    def test_given_more_to_tell_when_a_version_is_written_then_it_follows_the_id(
        self, transactions, rows, subject
    ):
        register(transactions, A, STRING)
        decision = decided(transactions, subject, INT if subject == A else STRING)
        more = replace(decision.entry, after='{"guid": "g", "schemaType": "AVRO"}')

        schema_id = transactions.write(replace(decision, entry=more))

        (after,) = (after for _, after in told(rows) if after and "guid" in after)
        assert after == {"id": schema_id, "guid": "g", "schemaType": "AVRO"}

    def test_given_a_hard_delete_then_the_id_has_a_tombstone(self, transactions, rows):
        register(transactions, A, STRING)
        soft_delete(transactions, A, 1)
        hard_delete(transactions, A, 1)

        assert [tuple(row) for row in rows("SELECT context, id FROM tombstone")] == [
            (".", 1)
        ]

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE content SET text = 'x'",
            "UPDATE audit SET actor = 'x'",
            "DELETE FROM audit",
            "DELETE FROM content",
            "DELETE FROM version",
            "UPDATE version SET version = 0",
        ],
    )
    def test_given_rows_when_changed_by_hand_then_the_database_refuses(
        self, transactions, rows, statement
    ):
        register(transactions, A, STRING)
        register(transactions, B, a_content('"r"', Reference("n", "a", 1)))

        with pytest.raises(
            Exception, match=r"immutable|FOREIGN KEY|foreign key|CHECK|check"
        ):
            rows(statement)

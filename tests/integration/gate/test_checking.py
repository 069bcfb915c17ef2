"""What `check` finds in real repositories, against their own history."""

import json
import shutil
from pathlib import Path

import pytest

from registry.application.parsing import Source
from registry.domain.levels import Level
from registry.domain.model import SchemaType
from registry.domain.rules import Severity
from registry.gate import baselines, checking, lock, views
from registry.gate.baselines import UnknownBaselineError
from registry.gate.cache import FolderCache
from registry.gate.checking import Run
from registry.gate.commits import BaselineError
from registry.gate.history import sha256
from registry.gate.lock import Locked
from registry.gate.project import Project, ProjectError
from registry.gate.report import Report
from tests.integration.gate.repositories import (
    ONLY_COMPATIBILITY,
    PARSING,
    ARepository,
    files,
    only,
    told,
)
from tests.unit.gate.builders import a_record

MISSING_DEFAULT = "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE"


@pytest.fixture
def repo(tmp_path: Path) -> ARepository:
    """A repository with one contract on main, and a branch for the work."""
    made = ARepository(tmp_path / "r é %20")
    made.contract("order", "id")
    made.begin_work()
    return made


def test_given_a_breaking_change_when_checked_then_it_is_told_at_its_place(repo):
    repo.contract("order", "id", "total")

    report = repo.check()

    found = only(report)
    assert found.finding.rule == MISSING_DEFAULT
    assert str(found.file) == "contracts/order/schema.avsc"
    assert found.finding.location is not None
    base = repo.git("rev-parse", "--short=7", "main")
    assert found.old_file == f"contracts/order/schema.avsc@{base}"
    assert report.baseline == f"the merge base {base} of main, which is HEAD"


def test_given_a_break_when_its_fix_is_applied_then_the_check_passes(repo):
    repo.contract("order", "id", "total")
    fixes = only(repo.check()).finding.fixes
    assert fixes

    for fix in fixes:
        repo.contract("order", schema=fix.schema)

        assert repo.check().findings == ()


def test_given_no_change_when_checked_then_nothing_is_looked_at(repo):
    report = repo.check()

    assert report.findings == report.looks == ()
    assert report.notes == ("1 contract is as before and was not looked at",)


@pytest.fixture
def repo_of_examples(tmp_path: Path) -> ARepository:
    """A repository with two contracts, of which one has an example."""
    made = ARepository(tmp_path / "examples")
    made.contract("order", "id")
    made.contract("plain", "id")
    write_example(made, '{"id": "1"}')
    made.begin_work()
    return made


def write_example(repo: ARepository, text: str, name: str = "one") -> None:
    folder = repo.root / "contracts/order/examples/valid"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(text)


EXAMPLES = (views.EXAMPLES,)


@pytest.mark.parametrize("against", ["merge-base", "git:main", "dir"])
def test_given_an_example_alone_has_changed_when_checked_then_it_is_tried(
    repo_of_examples: ARepository, tmp_path: Path, against: str
):
    repo = repo_of_examples
    if against == "dir":
        shutil.copytree(repo.root / "contracts", tmp_path / "before/contracts")
        against = f"dir:{tmp_path / 'before'}"
    assert repo.check(against, views=EXAMPLES).looks == ()

    write_example(repo, '{"id": 1}')

    report = repo.check(against, views=EXAMPLES)
    assert only(report).file.name == "one.json"
    assert files(report) == [
        "contracts/order/contract.yaml",
        "contracts/order/schema.avsc",
    ]


def test_given_an_example_came_or_went_when_checked_then_its_contract_is_looked_at(
    repo_of_examples: ARepository,
):
    repo = repo_of_examples
    write_example(repo, '{"id": "2"}', "two")
    assert "contracts/order/schema.avsc" in files(repo.check(views=EXAMPLES))
    (repo.root / "contracts/order/examples/valid/two.json").unlink()
    assert files(repo.check(views=EXAMPLES)) == []

    (repo.root / "contracts/order/examples/valid/one.json").unlink()

    assert "contracts/order/schema.avsc" in files(repo.check(views=EXAMPLES))


def test_given_an_example_has_changed_when_only_breaks_are_asked_for_then_none_is_read(
    repo_of_examples: ARepository,
):
    write_example(repo_of_examples, '{"id": 1}')

    assert repo_of_examples.check().looks == ()


def test_given_main_went_on_when_checked_then_the_merge_base_counts(repo):
    repo.git("checkout", "-q", "main")
    repo.contract("order", "id", "total")
    repo.commit()
    repo.git("checkout", "-q", "work")

    # `total` is on main alone: this branch has not removed it.
    assert repo.check().findings == ()


def test_given_a_contract_moved_when_checked_then_it_is_found_by_its_id(repo):
    repo.git("mv", "contracts/order", "contracts/purchase")
    (repo.root / "contracts/purchase/schema.avsc").write_text(
        a_record("Order", "id", "total")
    )

    found = only(repo.check())

    assert found.finding.rule == MISSING_DEFAULT
    assert str(found.file) == "contracts/purchase/schema.avsc"
    assert (found.old_file or "").startswith("contracts/order/schema.avsc@")


def test_given_a_contract_gone_when_checked_then_that_is_an_error(repo):
    repo.git("rm", "-r", "-q", "contracts/order")
    (repo.root / "contracts").mkdir(exist_ok=True)

    found = only(repo.check())

    assert found.finding.rule == "CONTRACT_REMOVED"
    assert found.finding.severity is Severity.ERROR


def test_given_a_file_with_another_contract_when_checked_then_the_former_is_missed(
    repo,
):
    file = repo.contract("order", "id")
    text = file.read_text().replace("test.order-value", "test.other")
    file.write_text(text)

    assert ("CONTRACT_REMOVED", "test.order-value") in told(repo.check())


def test_given_a_shared_type_changed_when_checked_then_its_users_are_too(repo):
    repo.contract("item", "sku")
    user = {"id": "string", "item": "shop.Item"}
    repo.contract("basket", schema=a_record("Basket", **user))
    repo.contract("truck", schema=a_record("Truck", basket="shop.Basket"))
    repo.commit()
    repo.git("branch", "-f", "main")

    repo.contract("item", "sku", "price")
    report = repo.check()

    broken = {contract for _, contract in told(report)}
    assert broken == {"test.item-value", "test.basket-value", "test.truck-value"}
    assert "contracts/order/contract.yaml" not in files(report)


def _with_a_user_of_item(repo, **item):
    repo.contract("item", "sku", **item)
    repo.contract("basket", schema=a_record("Basket", item="shop.Item"))
    repo.commit()
    repo.git("branch", "-f", "main")


@pytest.mark.parametrize("level", ["BACKWARD", "NONE"])
def test_given_a_shared_type_that_is_renamed_when_checked_then_its_users_are_too(
    repo, level
):
    _with_a_user_of_item(repo, compatibility=level)

    thing = a_record("Thing", "sku")
    repo.contract("item", schema=thing, compatibility=level)
    report = repo.check()

    assert ("CONTRACT_REFERENCE_UNKNOWN", "test.basket-value") in told(report)


@pytest.mark.parametrize("status", ["active", "retired"])
def test_given_a_shared_type_that_is_gone_when_checked_then_its_users_are_told(
    repo, status
):
    _with_a_user_of_item(repo, status=status)

    shutil.rmtree(repo.root / "contracts" / "item")
    report = repo.check()

    assert told(report) == [
        ("CONTRACT_REFERENCE_UNKNOWN", "test.basket-value"),
        ("CONTRACT_REMOVED", "test.item-value"),
    ]


def test_given_a_manifest_that_cannot_be_read_when_checked_then_it_is_not_gone(repo):
    (repo.root / "contracts" / "order" / "contract.yaml").write_text("kind: [")

    assert told(repo.check()) == [("CONTRACT_INVALID_MANIFEST", "")]


def test_given_a_shared_type_that_has_moved_when_checked_then_its_users_are_fine(repo):
    _with_a_user_of_item(repo)

    contracts = repo.root / "contracts"
    shutil.move(contracts / "item", contracts / "thing")
    report = repo.check()

    assert told(report) == []


def test_given_a_reference_to_nothing_when_checked_then_it_is_told(repo):
    repo.contract("basket", schema=a_record("Basket", item="shop.Item"))

    found = only(repo.check())

    assert found.finding.rule == "CONTRACT_REFERENCE_UNKNOWN"
    assert "'shop.Item'" in found.finding.message


def test_given_references_in_a_circle_when_checked_then_it_ends_with_findings(repo):
    repo.contract("one", schema=a_record("One", two="shop.Two"))
    repo.contract("two", schema=a_record("Two", one="shop.One"))

    assert [rule for rule, _ in told(repo.check())] == ["CONTRACT_INVALID_SCHEMA"] * 2


def test_given_a_loosened_level_when_checked_then_that_is_an_error(repo):
    repo.contract("order", "id", compatibility="NONE")

    found = only(repo.check())

    assert found.finding.rule == "LEVEL_LOOSENED"


def test_given_a_level_that_promises_more_when_checked_then_it_is_in_order(repo):
    repo.contract("order", "id", compatibility="FULL_TRANSITIVE")

    assert repo.check().findings == ()


ITEM = 'syntax = "proto3"; message Item { string id = 1; int32 total = 2; }'


def protobuf(repo: ARepository, schema: str, *policies: str) -> None:
    repo.contract("item", schema=schema, format="PROTOBUF", policies=[*policies])


@pytest.fixture
def wire_json(repo: ARepository) -> ARepository:
    """The same, with a contract that promises more than a level does."""
    protobuf(repo, ITEM, "WIRE_JSON")
    repo.commit()
    repo.git("branch", "-f", "main")
    return repo


def test_given_a_policy_when_checked_then_the_schema_is_held_to_it(wire_json):
    protobuf(wire_json, ITEM.replace("total", "sum"), "WIRE_JSON")

    report = wire_json.check()

    of_policy = {rule for rule, _ in told(report) if rule.startswith("FIELD_")}
    assert of_policy == {"FIELD_SAME_NAME", "FIELD_SAME_JSON_NAME"}
    assert any("something about all versions" in each for each in report.notes)


@pytest.mark.parametrize(
    ("policies", "found"),
    [
        ((), "the policy was WIRE_JSON and is none, which promises less"),
        (("WIRE",), "the policy was WIRE_JSON and is WIRE, which promises less"),
        (("wire_json", "WIRE"), None),
        (("FILE",), None),
    ],
)
def test_given_another_policy_when_checked_then_less_than_before_is_an_error(
    wire_json, policies, found
):
    protobuf(wire_json, ITEM, *policies)

    messages = [
        each.finding.message
        for each in wire_json.check().findings
        if each.finding.rule == "LEVEL_LOOSENED"
    ]

    assert messages == ([] if found is None else [found])


def test_given_a_new_group_when_checked_then_versions_of_another_do_not_count(repo):
    grouped = {"config": {"compatibilityGroup": "major"}}
    repo.contract("order", "id", metadata={"properties": {"major": "1"}}, **grouped)
    repo.commit()
    repo.git("branch", "-f", "main")

    repo.contract("order", "no", metadata={"properties": {"major": "2"}}, **grouped)
    assert repo.check().findings == ()

    repo.contract("order", "no", metadata={"properties": {"major": "1"}}, **grouped)
    assert (MISSING_DEFAULT, "test.order-value") in told(repo.check())


def test_given_texts_of_unknown_groups_when_the_group_is_another_then_it_is_told(repo):
    config = {"compatibilityGroup": "major"}
    kept = repo.contract(
        "order", "id", metadata={"properties": {"major": "2"}}, config=config
    )
    (kept.parent / "versions").mkdir()
    (kept.parent / "versions/0001.avsc").write_text(a_record("Order", "other"))
    repo.commit()
    repo.git("branch", "-f", "main")

    repo.contract("order", "x", metadata={"properties": {"major": "1"}}, config=config)
    found = only(repo.check())

    assert found.finding.rule == "HISTORY_INCOMPLETE"
    assert "1 earlier version may have the same 'major'" in found.finding.message


def test_given_a_promise_dropped_when_the_rest_was_in_order_before_then_it_is_told(
    repo, tmp_path
):
    store = FolderCache(tmp_path / "cache")

    def check() -> Report:
        now = repo.snapshot(cache=store)
        baseline = baselines.find("merge-base", repo.project(), now, {})
        return checking.check(now, baseline, Run(ONLY_COMPATIBILITY))

    protobuf(repo, ITEM)
    repo.commit()
    repo.git("branch", "-f", "main")
    protobuf(repo, ITEM + "\n")
    assert check().findings == ()

    protobuf(repo, ITEM, "WIRE_JSON")
    repo.commit()
    repo.git("branch", "-f", "main")
    protobuf(repo, ITEM + "\n")

    assert told(check()) == [("LEVEL_LOOSENED", "test.item-value")]


@pytest.mark.parametrize(
    ("validates", "rules"), [(True, ["CONTRACT_INVALID_SCHEMA"]), (False, [])]
)
def test_given_a_name_of_the_registrys_own_when_fields_are_validated_then_refused(
    repo, validates, rules
):
    schema = json.dumps({"type": "object", "properties": {"$$x": {"type": "string"}}})
    config = {"validateFields": validates}
    repo.contract("doc", schema=schema, format="JSON", config=config)

    assert [rule for rule, _ in told(repo.check())] == rules


@pytest.mark.parametrize(
    ("validates", "rules"), [(None, ["AVRO_DEFAULT_MATCHES_TYPE"]), (False, [])]
)
def test_given_a_default_of_another_type_when_new_schemas_are_not_validated_then_taken(
    repo, validates, rules
):
    field = {"name": "a", "type": "int", "default": "x"}
    schema = json.dumps({"type": "record", "name": "Odd", "fields": [field]})
    repo.contract("odd", schema=schema, config={"validateNewSchemas": validates})

    assert [rule for rule, _ in told(repo.check())] == rules


def test_given_rules_that_clash_only_with_those_of_the_config_then_it_is_told(repo):
    rule = {"name": "r", "type": "CEL"}
    repo.contract(
        "order",
        "id",
        ruleSet={"migrationRules": [{**rule, "mode": "UPGRADE"}]},
        config={"defaultRuleSet": {"domainRules": [rule]}},
    )

    found = only(repo.check(views=(views.MANIFEST,)))

    assert found.finding.rule == "MANIFEST_VALUE_WRONG"
    assert "duplicate name 'r'" in found.finding.message
    assert found.finding.location is not None


def test_given_a_reserved_name_given_up_when_checked_then_it_is_told_in_the_manifest(
    repo,
):
    config = {"validateFields": True}
    reserved = {"properties": {"confluent:reserved": "total"}}
    repo.contract("order", "id", metadata=reserved, config=config, compatibility="NONE")
    repo.commit()
    repo.git("branch", "-f", "main")
    repo.contract("order", "id", metadata={}, config=config, compatibility="NONE")

    found = only(repo.check())

    assert found.finding.rule == "RESERVED_FIELD_REMOVED"
    assert str(found.file) == "contracts/order/contract.yaml"
    assert found.finding.location is not None
    assert found.old_file is None


def test_given_fields_to_validate_when_the_past_cannot_be_read_then_it_is_told(repo):
    config = {"validateFields": True}
    broken = a_record("Order", item="shop.Missing")
    repo.contract("order", schema=broken, config=config, compatibility="NONE")
    repo.commit()
    repo.git("branch", "-f", "main")
    repo.contract("order", "id", config=config, compatibility="NONE")

    assert ("HISTORY_INCOMPLETE", "test.order-value") in told(repo.check())


def test_given_a_reserved_name_when_checked_then_no_field_may_have_it(repo):
    reserved = {"properties": {"confluent:reserved": "total"}}
    config = {"validateFields": True}
    repo.contract("order", "id", "total", metadata=reserved, config=config)

    assert "RESERVED_FIELD_CONFLICT" in {rule for rule, _ in told(repo.check())}


def test_given_a_folder_that_changes_its_level_when_checked_then_all_are_looked_at(
    repo,
):
    repo.contract("plain", "id", compatibility=None)
    (repo.root / "contracts/registry.yaml").write_text("compatibility: FULL")
    repo.commit()
    repo.git("branch", "-f", "main")

    (repo.root / "contracts/registry.yaml").write_text("compatibility: NONE")

    assert told(repo.check()) == [("LEVEL_LOOSENED", "test.plain-value")]


def test_given_two_contracts_of_one_subject_when_checked_then_both_are_told(repo):
    file = repo.contract("order", "id", folder="contracts/again")
    file.write_text(file.read_text().replace("test.order-value", "test.again"))

    report = repo.check()

    assert ("CONTRACT_CLAIMED_TWICE", "test.again") in told(report)


@pytest.mark.parametrize(
    ("file", "text", "rule"),
    [
        pytest.param(
            "contract.yaml", "id: [", "CONTRACT_INVALID_MANIFEST", id="manifest"
        ),
        pytest.param("schema.avsc", "{", "CONTRACT_INVALID_SCHEMA", id="text"),
        pytest.param(
            "schema.avsc", '{"type": "recrod"}', "CONTRACT_REFERENCE_UNKNOWN", id="type"
        ),
    ],
)
def test_given_a_file_that_says_nothing_when_checked_then_its_place_is_told(
    repo, file, text, rule
):
    (repo.root / "contracts/order" / file).write_text(text)

    report = repo.check()

    found = next(each for each in report.findings if each.finding.rule == rule)
    assert str(found.file) == f"contracts/order/{file}"
    assert found.finding.location is not None


def test_given_a_change_that_is_not_staged_when_checked_staged_then_it_does_not_count(
    repo,
):
    repo.contract("order", "id", "total")

    assert repo.check_staged().findings == ()
    repo.git("add", "-A")
    assert told(repo.check_staged()) == [(MISSING_DEFAULT, "test.order-value")]


def test_given_lines_that_end_otherwise_when_checked_then_it_is_no_change(repo):
    file = repo.root / "contracts/order/contract.yaml"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))

    assert repo.check().findings == ()


def test_given_names_beyond_ascii_when_checked_then_they_are_told_as_they_are(repo):
    repo.contract("order", "id", folder='contracts/größe "x" %41')
    repo.commit()
    repo.git("branch", "-f", "main")
    repo.contract("order", "id", "total", folder='contracts/größe "x" %41')

    places = {str(each.file) for each in repo.check().findings}

    assert 'contracts/größe "x" %41/order/schema.avsc' in places


def test_given_a_detached_head_when_checked_then_the_merge_base_is_found(repo):
    repo.contract("order", "id", "total")
    repo.commit()
    repo.git("checkout", "-q", "--detach")

    assert told(repo.check()) == [(MISSING_DEFAULT, "test.order-value")]


def test_given_a_second_working_tree_when_checked_then_it_has_its_own_files(
    repo, tmp_path
):
    repo.git("worktree", "add", "-q", str(tmp_path / "second"), "-b", "second", "main")
    second = ARepository.__new__(ARepository)
    second.root = tmp_path / "second"
    second.contract("order", "id", "total")

    assert told(second.check()) == [(MISSING_DEFAULT, "test.order-value")]
    assert repo.check().findings == ()


def test_given_several_folders_when_checked_then_all_are_one_project(repo):
    repo.contract("item", "sku", folder="shared")
    repo.contract("basket", schema=a_record("Basket", item="shop.Item"))

    report = repo.check("merge-base", "contracts", "shared")

    assert report.findings == ()
    assert "shared/item/contract.yaml" in files(report)


def test_given_a_folder_when_checked_against_it_then_that_is_the_baseline(
    repo, tmp_path
):
    other = ARepository(tmp_path / "other")
    other.contract("order")

    report = repo.check(f"dir:{other.root / 'contracts'}")

    assert told(report) == [(MISSING_DEFAULT, "test.order-value")]


def test_given_a_merged_change_in_ci_when_checked_then_the_commit_before_counts(repo):
    repo.contract("order", "id", "total")
    repo.commit()
    repo.git("branch", "-f", "main")

    report = repo.check(env={"CI": "true"})

    assert told(report) == [(MISSING_DEFAULT, "test.order-value")]
    assert "the commit before HEAD" in report.baseline


@pytest.mark.parametrize(
    "sign", ["CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "JENKINS_URL"]
)
def test_given_any_service_when_a_merged_change_is_checked_then_not_with_itself(
    repo, sign
):
    repo.contract("order", "id", "total")
    repo.commit()
    repo.git("branch", "-f", "main")

    assert told(repo.check(env={sign: "True"})) == [
        (MISSING_DEFAULT, "test.order-value")
    ]


class TestPushes:
    """Several commits at once, the first of which breaks something."""

    @pytest.fixture
    def before(self, repo, tmp_path):
        before = repo.git("rev-parse", "HEAD")
        repo.contract("order", "id", "total")
        repo.commit("breaks")
        repo.commit("nothing")
        repo.git("branch", "-f", "main")
        return before

    @staticmethod
    def github(tmp_path, event):
        file = tmp_path / "event.json"
        file.write_text(event)
        return {"CI": "true", "GITHUB_EVENT_PATH": str(file)}

    def test_given_a_push_at_github_when_checked_then_all_of_it_is(
        self, repo, before, tmp_path
    ):
        event = json.dumps({"before": before})

        report = repo.check(env=self.github(tmp_path, event))

        assert told(report) == [(MISSING_DEFAULT, "test.order-value")]
        assert report.baseline.endswith("which main was at before this push")

    @pytest.mark.parametrize(
        "name", ["CI_COMMIT_BEFORE_SHA", "GIT_PREVIOUS_SUCCESSFUL_COMMIT"]
    )
    def test_given_a_push_elsewhere_when_checked_then_all_of_it_is(
        self, repo, before, name
    ):
        report = repo.check(env={"CI": "true", name: before})

        assert told(report) == [(MISSING_DEFAULT, "test.order-value")]

    @pytest.mark.parametrize(
        "event", ['{"before": "%s"}' % ("0" * 40), "{}", "[]", "{", '{"before": 1}']
    )
    def test_given_a_new_branch_or_another_event_then_the_commit_before_counts(
        self, repo, before, tmp_path, event
    ):
        report = repo.check(env=self.github(tmp_path, event))

        assert "the commit before HEAD" in report.baseline

    def test_given_a_push_onto_what_is_not_here_then_it_is_said(self, repo, before):
        gone = "1" * 40

        with pytest.raises(BaselineError, match="1111111, which main was at"):
            repo.check(env={"CI": "true", "CI_COMMIT_BEFORE_SHA": gone})


def test_given_work_that_is_committed_when_checked_then_the_merge_base_is_not_head(
    repo,
):
    base = repo.git("rev-parse", "--short=7", "HEAD")
    repo.commit("work")

    assert repo.check().baseline == f"the merge base {base} of main"


def test_given_a_target_branch_in_ci_when_checked_then_that_one_counts(repo):
    repo.git("branch", "release", "main")
    repo.contract("order", "id", "total")

    report = repo.check(env={"GITHUB_BASE_REF": "release"})

    assert report.baseline.endswith("of release, which is HEAD")


class TestHistory:
    def test_given_kept_versions_when_checked_then_a_transitive_level_sees_them(
        self, repo
    ):
        self._promise_all(repo, a_record("Order"))
        repo.contract("order", "id", "x", compatibility="BACKWARD_TRANSITIVE")

        findings = repo.check().findings

        against = {each.finding.checked.against for each in findings}
        assert against == {(2, 1), (1,)}

    def test_given_a_lock_that_knows_of_more_when_checked_then_that_is_a_warning(
        self, repo
    ):
        schema = a_record("Order", "id")
        self._promise_all(repo, None)
        locked = Locked(7, 3, None, sha256(_canonical(schema)), Level.FULL)
        (repo.root / "contracts/.lock.yaml").write_text(
            lock.written({"order-value": locked})
        )
        repo.commit()
        repo.git("branch", "-f", "main")
        changed = schema.replace('"string"', '"string", "default": "none"')
        repo.contract("order", schema=changed, compatibility="BACKWARD_TRANSITIVE")

        found = only(repo.check())

        assert found.finding.message == "checked against 1 of 7 versions"
        assert found.finding.severity is Severity.WARNING

    def test_given_no_lock_when_checked_then_it_is_said_that_there_may_be_more(
        self, repo
    ):
        self._promise_all(repo, None)
        schema = a_record("Order", "id").replace('"string"', '["string", "null"]')
        repo.contract("order", schema=schema, compatibility="BACKWARD_TRANSITIVE")

        assert any("no lock file" in each for each in repo.check().notes)

    def test_given_a_lock_when_checked_against_it_then_no_git_is_needed(self, repo):
        self._promise_all(repo, a_record("Order"))
        first = sha256(_canonical(a_record("Order")))
        locked = Locked(1, 3, None, first, Level.BACKWARD_TRANSITIVE)
        (repo.root / "contracts/.lock.yaml").write_text(
            lock.written({"order-value": locked})
        )

        assert told(repo.check("lock")) == [(MISSING_DEFAULT, "test.order-value")]

    def _promise_all(self, repo: ARepository, first: str | None) -> None:
        repo.contract("order", "id", compatibility="BACKWARD_TRANSITIVE")
        if first is not None:
            folder = repo.root / "contracts/order/versions"
            folder.mkdir()
            (folder / "0001.avsc").write_text(first)
        repo.commit()
        repo.git("branch", "-f", "main")


class TestNoBaseline:
    def test_given_no_commit_when_checked_then_it_is_said(self, tmp_path):
        repo = ARepository(tmp_path / "r")
        repo.contract("order", "id")

        with pytest.raises(BaselineError, match="has no commit yet"):
            repo.check()

    def test_given_no_repository_when_checked_then_it_is_said(self, tmp_path):
        plain = ARepository.__new__(ARepository)
        plain.root = tmp_path
        plain.contract("order", "id")

        with pytest.raises((BaselineError, ProjectError)) as caught:
            plain.check()
        assert "--against" in str(caught.value) or "outside" in str(caught.value)

    def test_given_a_shallow_clone_when_checked_then_it_says_what_to_fetch(
        self, repo, tmp_path
    ):
        repo.commit("more")
        repo.commit("and more")
        clone = ARepository.__new__(ARepository)
        clone.root = tmp_path
        url = repo.root.as_uri()
        clone.git("clone", "-q", "--depth", "1", "-b", "work", url, "shallow")
        clone.root = tmp_path / "shallow"

        with pytest.raises(BaselineError, match="fetch-depth: 0"):
            clone.check(env={"GITHUB_BASE_REF": "main"})
        clone.git("fetch", "-q", "--depth", "1", "origin", "main:main")
        with pytest.raises(BaselineError, match="cut off before HEAD and main"):
            clone.check(env={"GITHUB_BASE_REF": "main"})

    def test_given_a_name_of_nothing_when_checked_then_it_is_said(self, repo):
        with pytest.raises(BaselineError, match="no commit 'v9'"):
            repo.check("git:v9")

    def test_given_a_name_that_looks_like_an_option_when_checked_then_it_is_none(
        self, repo
    ):
        with pytest.raises(BaselineError, match="no commit '--all'"):
            repo.check("git:--all")

    def test_given_no_commit_in_common_when_checked_then_it_is_said(self, repo):
        repo.git("checkout", "-q", "--orphan", "alone")
        repo.commit()

        with pytest.raises(BaselineError, match="no commit in common"):
            repo.check()

    def test_given_no_target_branch_when_checked_then_all_tried_are_named(self, repo):
        repo.git("branch", "-q", "-D", "main")

        with pytest.raises(BaselineError, match="origin/HEAD or origin/main"):
            repo.check()

    def test_given_contracts_in_a_submodule_when_checked_then_it_says_where_to(
        self, repo, tmp_path
    ):
        other = ARepository(tmp_path / "other")
        other.contract("item", "sku", folder="")
        other.commit()
        repo.git("submodule", "add", "-q", str(other.root), "contracts/shared")
        repo.commit()

        with pytest.raises(BaselineError, match="contracts/shared is a submodule"):
            repo.check("git:HEAD")

    @pytest.mark.parametrize("stated", ["", "git", "git:", "dir:", "lock:x", "HEAD"])
    def test_given_another_word_when_checked_then_the_words_are_told(
        self, repo, stated
    ):
        with pytest.raises(UnknownBaselineError, match="expected merge-base, git:REF"):
            repo.check(stated)


def test_given_a_folder_that_is_not_there_when_sought_then_it_is_said(tmp_path):
    with pytest.raises(ProjectError, match="expected a folder"):
        Project.of([tmp_path / "contracts"])


def _canonical(text: str) -> str:
    return PARSING.parse(Source(SchemaType.AVRO, text)).canonical

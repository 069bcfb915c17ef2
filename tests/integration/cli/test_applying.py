"""plan, apply, push and pull with a registry that is served."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import Result

from registry.testing import TestedRegistry
from tests.integration.gate.repositories import ARepository
from tests.services.ports import free_port
from tests.unit.gate.builders import a_record
from wirepact import RegistryClient
from wirepact.schemas import Schema

Command = Callable[..., Result]
OUR_OWN = Path(__file__).parents[3] / "contracts"

MANIFEST = """\
# Kept: a comment above all.
apiVersion: v3.1.0
kind: DataContract
id: shop.order   # kept as well
version: 1.0.0
status: active
contractCreatedTs: 2026-01-10T09:00:00Z
tags: [event,   money]
team:
    name: 'team-orders'
customProperties:
  - property: registry
    value:
      subject: "order-value"
      format: AVRO
      schemaFile: schema.avsc
      compatibility: BACKWARD
      metadata:
        properties: {owner: "team-orders"}
        tags:
          Order.id: [KEY, ID]
      ruleSet:
        domainRules:
          - name: has-id
            type: CEL
            expr: "message.id != ''"
      config:
        normalize: true
"""


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ARepository:
    """A shared type, and a contract in real YAML that uses it."""
    made = ARepository(tmp_path / "repo")
    made.git("remote", "add", "origin", "https://me:secret@example.com/shop.git")
    monkeypatch.chdir(made.root)
    monkeypatch.delenv("WIREPACT_OWNER", raising=False)
    made.contract("item", "sku")
    folder = made.root / "contracts" / "order"
    folder.mkdir()
    (folder / "contract.yaml").write_text(MANIFEST)
    # Not as a registry writes it.
    schema = json.dumps(json.loads(a_record("Order", "id", item="shop.Item")), indent=3)
    (folder / "schema.avsc").write_text(schema)
    return made


@pytest.fixture
def run(wirepact: Command, source: TestedRegistry) -> Command:
    def asked(name: str, *arguments: object, url: str = source.url) -> Result:
        return wirepact(name, "--url", url, *arguments, catch_exceptions=False)

    return asked


@pytest.fixture
def client(source: TestedRegistry) -> Iterator[RegistryClient]:
    with RegistryClient([source.url]) as found:
        yield found


def texts(repo: ARepository) -> dict[str, bytes]:
    found = (repo.root / "contracts").rglob("*")
    return {
        each.relative_to(repo.root).as_posix(): each.read_bytes()
        for each in found
        if each.is_file()
    }


def order_schema(repo: ARepository, *fields: str) -> None:
    file = repo.root / "contracts" / "order" / "schema.avsc"
    file.write_text(a_record("Order", *fields, item="shop.Item"))


def allow_pruning(repo: ARepository) -> None:
    (repo.root / "contracts" / "registry.yaml").write_text("prune: true\n")


def test_given_nothing_registered_when_planned_then_each_action_is_told(
    repo: ARepository, run: Command, client: RegistryClient
) -> None:
    result = run("plan")

    assert result.exit_code == 0, result.output
    assert "+ item-value version 1 (BACKWARD)" in result.output
    assert (
        "+ order-value version 1 (BACKWARD), refers to item-value version 1"
        in result.output
    )
    assert "compatibilityLevel: - -> BACKWARD" in result.output
    assert "managed by: - -> example.com/shop#contracts" in result.output
    assert "secret" not in result.output
    assert client.list_subjects() == ()


def test_given_changes_when_a_detailed_status_is_wanted_then_it_is_10_then_0(
    repo: ARepository, run: Command
) -> None:
    before = run("plan", "--detailed-exit-code")
    run("apply")
    after = run("plan", "--detailed-exit-code")

    assert (before.exit_code, after.exit_code) == (10, 0)
    assert after.output == "nothing to do: the registry is as it is here\n"


def test_given_a_written_plan_when_applied_twice_then_the_second_does_nothing(
    repo: ARepository, run: Command, client: RegistryClient
) -> None:
    run("plan", "-o", "plan.json")

    first, second = run("apply", "plan.json"), run("apply", "plan.json", "--json")

    assert first.exit_code == second.exit_code == 0
    assert client.get_latest("order-value").version == 1
    assert json.loads(second.output)["actions"] == []


def test_given_a_registration_since_when_a_written_plan_is_applied_then_it_is_stale(
    repo: ARepository, run: Command, client: RegistryClient
) -> None:
    run("plan", "-o", "plan.json")
    client.register("item-value", Schema(a_record("Item", "other")))

    result = run("apply", "plan.json")

    assert result.exit_code == 5
    assert "stale" in result.output
    assert client.list_subjects() == ("item-value",)


def test_given_a_breaking_change_when_planned_and_applied_then_both_say_why(
    repo: ARepository, run: Command, client: RegistryClient
) -> None:
    run("apply")
    order_schema(repo, "id", "more")

    planned, applied = run("plan"), run("apply")

    assert planned.exit_code == applied.exit_code == 1
    for result in (planned, applied):
        assert "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE" in result.output
        assert "incompatible under BACKWARD" in result.output
    assert "Nothing was changed" in applied.output
    told = [each.output.splitlines()[0] for each in (planned, applied)]
    assert told[0] == told[1]
    assert "order-value version 2" in told[0]
    assert ", id " in told[0]
    assert client.get_latest("order-value").version == 1


def test_given_another_repository_when_applied_then_it_is_told_who_owns_the_subject(
    repo: ARepository, run: Command
) -> None:
    run("apply")

    planned = run("plan", "--owner", "example.com/bank#contracts")
    applied = run("apply", "--owner", "example.com/bank#contracts")
    taken = run("apply", "--owner", "example.com/bank#contracts", "--take-over")

    assert planned.exit_code == applied.exit_code == 5
    assert "managed by example.com/shop#contracts" in planned.output
    assert "managed by example.com/shop#contracts" in applied.output
    assert taken.exit_code == 0, taken.output


def test_given_a_contract_that_is_gone_then_deletes_are_asked_for_twice(
    repo: ARepository, run: Command, client: RegistryClient
) -> None:
    run("apply")
    for file in (repo.root / "contracts" / "order").iterdir():
        file.unlink()

    by_absence = run("plan", "--detailed-exit-code")
    refused = run("apply", "--prune")
    allow_pruning(repo)
    run("plan", "--prune", "-o", "plan.json")
    unasked = run("apply", "plan.json")
    kept = client.list_subjects()
    done = run("apply", "plan.json", "--prune")

    assert by_absence.exit_code == 0
    assert (refused.exit_code, unasked.exit_code) == (2, 2)
    assert "asked for twice" in refused.output
    assert kept == ("item-value", "order-value")
    assert "- order-value versions 1" in done.output
    assert client.list_subjects() == ("item-value",)


def test_given_what_was_applied_elsewhere_when_pruned_then_each_context_is_its_own(
    repo: ARepository, run: Command, client: RegistryClient
) -> None:
    run("apply")
    run("apply", "--context", "far")
    allow_pruning(repo)

    new = run("plan", "--prune", "--context", "new")
    shutil.rmtree(repo.root / "contracts" / "order")
    shutil.rmtree(repo.root / "contracts" / "item")
    done = run("apply", "--prune", "--context", "far")

    assert new.exit_code == 0, new.output
    assert not re.search("^ *- ", new.output, re.MULTILINE)
    assert done.exit_code == 0, done.output
    assert client.list_subjects() == ("item-value", "order-value")


def test_given_manifests_that_name_a_context_when_pruned_then_it_is_looked_at_as_well(
    repo: ARepository, run: Command, client: RegistryClient
) -> None:
    repo.contract("order", "id")
    repo.contract("refund", "id")
    for name in ("order", "refund"):
        file = repo.root / "contracts" / name / "contract.yaml"
        file.write_text(file.read_text().replace(f'"{name}-v', f'":.far:{name}-v'))
    run("apply")
    allow_pruning(repo)
    shutil.rmtree(repo.root / "contracts" / "refund")

    planned = run("plan", "--prune")

    assert "- :.far:refund-value versions 1" in planned.output
    assert "order-value" not in planned.output


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("compatiblity: FULL\n", "did you mean 'compatibility'?"),
        ("prune: maybe\n", "prune: expected true or false"),
        ("managedBy: [us]\n", "managedBy: expected a text"),
        ("waivers: {days: 5}\n", "unknown member 'days'"),
    ],
)
def test_given_settings_that_are_none_when_asked_for_anything_then_it_is_refused(
    repo: ARepository, run: Command, client: RegistryClient, settings: str, told: str
) -> None:
    run("apply")
    (repo.root / "contracts" / "registry.yaml").write_text(settings)
    before = texts(repo)

    done = [run("plan"), run("apply"), run("push", "shop.order"), run("pull")]

    assert [each.exit_code for each in done] == [1] * 4
    for each in done:
        assert each.output.startswith("contracts/registry.yaml:1:")
        assert told in each.output
    assert texts(repo) == before


@pytest.mark.parametrize("name", ["shop.order", "order-value", "contracts/order"])
def test_given_one_contract_when_pushed_then_nothing_else_is_touched(
    repo: ARepository, run: Command, client: RegistryClient, name: str
) -> None:
    first = run("push", name)
    item = run("push", "test.item-value")
    second = run("push", name)

    assert first.exit_code == 1
    assert "No schema reference found" in first.output
    assert (item.exit_code, second.exit_code) == (0, 0), second.output
    assert client.get_latest("order-value").schema.references[0].version == 1


def test_given_no_such_contract_when_pushed_then_those_that_there_are_are_named(
    repo: ARepository, run: Command
) -> None:
    result = run("push", "nothing")

    assert result.exit_code == 2
    assert "shop.order" in result.output


def test_given_what_was_applied_when_pulled_then_no_byte_of_a_contract_changes(
    repo: ARepository, run: Command
) -> None:
    run("apply")
    before = texts(repo)

    first, second = run("pull", "--history"), run("pull", "--history")

    after = texts(repo)
    assert {name: after[name] for name in before} == before
    assert sorted({*after} - {*before}) == [
        "contracts/.lock.yaml",
        "contracts/item/versions/0001.avsc",
        "contracts/order/versions/0001.avsc",
    ]
    assert first.exit_code == 0
    assert second.output == "all is as it was\n"


def test_given_changes_in_the_registry_when_pulled_then_only_they_are_written(
    repo: ARepository, run: Command, source: TestedRegistry, http: httpx.Client
) -> None:
    run("apply")
    manifest = repo.root / "contracts" / "order" / "contract.yaml"
    http.put(f"{source.url}/config/order-value", json={"compatibility": "FULL"})
    http.put(f"{source.url}/config/order-value", json={"normalize": None})
    with RegistryClient([source.url]) as client:
        found = client.get_latest("order-value").schema
        metadata = {"properties": {"owner": "team-sales"}}
        newer = Schema(
            a_record("Order", "id", item="shop.Item"),
            references=found.references,
            metadata=metadata,
        )
        client.register("order-value", newer)

    result = run("pull", "--latest")

    assert result.exit_code == 0, result.output
    assert manifest.read_text() == (
        MANIFEST.replace("compatibility: BACKWARD", "compatibility: FULL")
        .replace(
            '        properties: {owner: "team-orders"}\n'
            "        tags:\n"
            "          Order.id: [KEY, ID]\n",
            "        properties:\n          owner: team-sales\n",
        )
        .replace("      config:\n        normalize: true\n", "")
    )
    assert run("plan", "--detailed-exit-code").exit_code == 0


def test_given_subjects_without_contracts_when_pulled_then_plans_of_them_are_empty(
    repo: ARepository, run: Command
) -> None:
    run("apply")
    elsewhere = repo.root / "elsewhere"
    elsewhere.mkdir(parents=True)

    pulled = run("pull", "--all", elsewhere)
    planned = run("plan", elsewhere, "--owner", "example.com/shop#contracts")

    assert pulled.exit_code == 0, pulled.output
    assert planned.output == "nothing to do: the registry is as it is here\n"


def test_given_something_newer_when_drift_is_asked_for_then_it_is_told(
    repo: ARepository, run: Command, client: RegistryClient
) -> None:
    run("apply")
    assert run("plan", "--drift").exit_code == 0
    optional = {"type": ["null", "string"], "default": None}
    text = json.loads(a_record("Item", "sku"))
    text["fields"].append({"name": "note", **optional})
    client.register("item-value", Schema(json.dumps(text)))

    result = run("plan", "--drift")

    assert result.exit_code == 10
    assert "item-value: version 1 is as it is here, but 2 is the latest" in (
        result.output
    )


def test_given_a_contract_that_cannot_be_read_when_applied_then_nothing_is_done(
    repo: ARepository, run: Command, client: RegistryClient
) -> None:
    (repo.root / "contracts" / "order" / "schema.avsc").write_text("{")

    result = run("apply")

    assert result.exit_code == 1
    assert "contracts/order/schema.avsc:1" in result.output
    assert client.list_subjects() == ()


@pytest.mark.parametrize("command", ["plan", "apply", "pull"])
def test_given_no_registry_then_the_status_says_so(
    repo: ARepository, run: Command, command: str
) -> None:
    result = run(command, url=f"http://127.0.0.1:{free_port()}")

    assert result.exit_code == 3
    assert "registry unavailable" in result.output


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param("{", "is not what", id="no-json"),
        pytest.param('{"form": 1}', "is not what", id="parts-missing"),
        pytest.param(
            '{"form": 2, "desired": {"contracts": []}, "plan": {"token": "x"}}',
            "another form",
            id="other-form",
        ),
    ],
)
def test_given_a_file_that_is_no_plan_when_applied_then_it_is_said(
    repo: ARepository, run: Command, content: str, told: str
) -> None:
    Path("plan.json").write_text(content)

    result = run("apply", "plan.json")

    assert result.exit_code == 2
    assert told in result.output


@pytest.mark.parametrize("part", ["desired", "plan", "digest"])
def test_given_a_written_plan_that_was_edited_when_applied_then_it_is_refused(
    repo: ARepository, run: Command, client: RegistryClient, part: str
) -> None:
    run("plan", "-o", "plan.json")
    said = json.loads(Path("plan.json").read_text())
    said[part] = {
        "desired": {**said["desired"], "nobodyKnows": 1},
        "plan": {**said["plan"], "accepted": False},
        "digest": None,
    }[part]
    Path("plan.json").write_text(json.dumps(said))

    result = run("apply", "plan.json")

    assert result.exit_code == 2
    assert "was changed since `wirepact plan -o` wrote it" in result.output
    assert client.list_subjects() == ()


def test_given_a_written_plan_that_is_not_there_when_applied_then_it_is_said(
    repo: ARepository, run: Command
) -> None:
    result = run("apply", "plan.json")

    assert result.exit_code == 2
    assert "neither a folder with contracts nor a written plan" in result.output


@pytest.mark.parametrize("command", ["plan", "apply", "pull", "lock"])
def test_given_a_folder_without_contracts_then_that_is_said(
    repo: ARepository, run: Command, command: str
) -> None:
    (repo.root / "empty").mkdir()

    result = run(command, "empty")

    assert result.exit_code == 0
    assert "there is no contract here" in result.output


def test_given_one_of_many_is_refused_when_planned_then_the_last_line_names_it(
    repo: ARepository, run: Command
) -> None:
    run("apply")
    for number in range(10):
        repo.contract(f"more{number}", "id")
    order_schema(repo, "id", "more")

    result = run("plan")

    assert result.output.endswith(" to do; it would be refused, for order-value\n")


def test_given_a_registry_that_is_read_only_then_no_contract_is_called_invalid(
    repo: ARepository, run: Command, http: httpx.Client, source: TestedRegistry
) -> None:
    run("apply")
    order_schema(repo, "id")
    repo.contract("order2", "id")
    http.put(f"{source.url}/mode", json={"mode": "READONLY"})

    planned, applied = run("plan"), run("apply")

    assert planned.exit_code == applied.exit_code == 1
    for result in (planned, applied):
        assert "refused: Subject order2-value" in result.output
        assert "read-only" in result.output
        assert "invalid" not in result.output


def test_given_no_answer_when_applied_then_it_is_said_what_may_have_been_done(
    repo: ARepository, run: Command
) -> None:
    result = run("apply", url=f"http://127.0.0.1:{free_port()}")

    assert result.exit_code == 3
    assert "done as a whole, else nothing of it" in result.stderr


def test_given_new_versions_when_applied_then_their_ids_are_told(
    repo: ARepository, run: Command, client: RegistryClient
) -> None:
    result = run("apply")

    found = client.get_latest("order-value").id
    assert f"refers to item-value version 1, id {found}\n" in result.output


def test_given_a_dry_run_when_applied_then_nothing_is_written(
    repo: ARepository, run: Command, client: RegistryClient
) -> None:
    result = run("apply", "--dry-run")

    assert result.exit_code == 0
    assert "6 would be done" in result.output
    assert client.list_subjects() == ()


def test_given_our_own_contracts_when_applied_and_pulled_then_no_byte_changes(
    repo: ARepository, run: Command, client: RegistryClient
) -> None:
    shutil.rmtree(repo.root / "contracts")
    shutil.copytree(OUR_OWN, repo.root / "contracts")
    before = texts(repo)

    applied, pulled = run("apply"), run("pull")

    assert applied.exit_code == pulled.exit_code == 0, applied.output
    types = {client.get_latest(e).schema.schema_type for e in client.list_subjects()}
    assert types == {"AVRO", "JSON", "PROTOBUF"}
    assert pulled.output == "contracts/.lock.yaml\n"
    assert {name: texts(repo)[name] for name in before} == before
    assert run("plan", "--drift").exit_code == 0

    elsewhere = repo.root / "elsewhere"
    elsewhere.mkdir()
    adopted = run("pull", "--all", elsewhere)
    planned = run("plan", elsewhere, "--owner", "example.com/shop#contracts")

    assert adopted.exit_code == 0, adopted.output
    assert planned.output == "nothing to do: the registry is as it is here\n"


def test_given_key_and_value_of_one_topic_when_pulled_then_both_are_written(
    repo: ARepository, run: Command, client: RegistryClient, source: TestedRegistry
) -> None:
    for subject in ("t-value", "t-key", "t"):
        name = "".join(each for each in subject if each.isalpha())
        client.register(subject, Schema(a_record(name.capitalize(), "id")))
    with RegistryClient([source.url], context=".far") as far:
        far.register("t-value", Schema(a_record("Far", "id")))
    elsewhere = repo.root / "elsewhere"
    elsewhere.mkdir()

    pulled = run("pull", "--all", "--subject", ":.far:t-value", elsewhere)
    planned = run("plan", elsewhere, "--owner", "me", "--json")

    assert pulled.exit_code == 0, pulled.output
    answer = json.loads(planned.output)
    assert len(answer["schemas"]) == 4
    assert {each["action"] for each in answer["actions"]} == {"own"}


def test_given_a_refusal_when_json_is_wanted_then_the_plan_is_printed(
    repo: ARepository, run: Command, client: RegistryClient
) -> None:
    client.register("item-value", Schema(a_record("Item", "other")))

    result = run("apply", "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["accepted"] is False


def told_facts(found: Any) -> tuple[Any, ...]:
    return found.version, found.schema.metadata, found.schema.rule_set


def test_given_metadata_and_rules_when_applied_then_the_registry_has_them(
    repo: ARepository, run: Command, client: RegistryClient
) -> None:
    run("apply")

    version, metadata, rules = told_facts(client.get_latest("order-value"))

    assert version == 1
    assert metadata == {
        "tags": {"Order.id": ["ID", "KEY"]},
        "properties": {"owner": "team-orders"},
    }
    assert rules["domainRules"][0]["expr"] == "message.id != ''"
    assert client.get_config("order-value").normalize


@pytest.mark.parametrize("context", [".", ".far"])
@pytest.mark.parametrize(
    "references",
    [
        pytest.param(None, id="by-name"),
        pytest.param([{"name": "shop.Item", "version": 1}], id="pinned"),
        pytest.param([{"name": "shop.Item", "subject": "item-value"}], id="by-subject"),
    ],
)
def test_given_references_in_any_context_when_pulled_then_no_byte_changes(
    repo: ARepository, run: Command, context: str, references: Any
) -> None:
    # What is pinned has to be there.
    run("push", "item-value", "--context", context)
    told = {} if references is None else {"references": references}
    repo.contract("basket", schema=a_record("Basket", item="shop.Item"), **told)

    applied = run("apply", "--context", context)
    before = texts(repo)
    pulled = run("pull", "--context", context)

    assert applied.exit_code == pulled.exit_code == 0, applied.output + pulled.output
    assert {name: texts(repo)[name] for name in before} == before
    assert run("plan", "--drift", "--context", context).exit_code == 0


def reverted(repo: ARepository, run: Command) -> bytes:
    """Apply two versions of a contract, and take its text back to the first."""
    run("apply")
    file = repo.root / "contracts" / "item" / "schema.avsc"
    first = file.read_bytes()
    optional = {"type": ["null", "string"], "default": None}
    text = json.loads(first)
    text["fields"].append({"name": "note", **optional})
    file.write_text(json.dumps(text))
    run("apply")
    file.write_bytes(first)
    return first


def test_given_a_text_taken_back_when_planned_then_it_is_told_and_drift_ends_with_10(
    repo: ARepository, run: Command
) -> None:
    reverted(repo, run)

    planned, drift = run("plan"), run("plan", "--drift")
    detailed, applied = run("plan", "--detailed-exit-code"), run("apply")

    for result in (planned, drift, detailed, applied):
        assert "item-value: version 1 is as it is here, but 2 is the latest" in (
            result.output
        )
    assert (planned.exit_code, drift.exit_code, applied.exit_code) == (0, 10, 0)
    # Nothing that `apply` could do about it.
    assert detailed.exit_code == 0
    assert "makes no new version" in applied.output


def test_given_a_text_taken_back_when_pulled_then_it_stays_and_is_told(
    repo: ARepository, run: Command
) -> None:
    first = reverted(repo, run)
    file = repo.root / "contracts" / "item" / "schema.avsc"
    before = texts(repo)

    result = run("pull")

    assert result.exit_code == 0, result.output
    left = (
        "left contracts/item/schema.avsc as it is: it is version 1 of item-value,"
        " of which 2 is the latest"
    )
    assert left in result.stderr
    assert "--latest" in result.stderr
    after = texts(repo)
    assert {name: after[name] for name in before} == before
    assert file.read_bytes() == first
    assert '"version": 2' in after["contracts/.lock.yaml"].decode()

    taken = run("pull", "--latest")

    assert "contracts/item/schema.avsc" in taken.stdout
    assert "note" in file.read_text()
    assert run("plan", "--drift").exit_code == 0


def test_given_a_text_that_is_not_registered_when_pulled_then_it_stays_and_is_told(
    repo: ARepository, run: Command, http: httpx.Client, source: TestedRegistry
) -> None:
    run("apply")
    order_schema(repo, "id", "unfinished")
    http.put(f"{source.url}/config/order-value", json={"compatibility": "FULL"})

    result = run("pull")

    assert "schema.avsc as it is: it is not registered" in result.stderr
    assert "unfinished" in texts(repo)["contracts/order/schema.avsc"].decode()
    manifest = texts(repo)["contracts/order/contract.yaml"].decode()
    assert manifest == MANIFEST.replace("BACKWARD", "FULL")

"""The commands that reports print to accept a finding, as somebody pastes them."""

import json
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from registry.testing import TestedRegistry
from tests.integration.gate.repositories import ARepository
from tests.unit.gate.builders import a_manifest, a_record

Command = Callable[..., Result]
Arranged = Callable[[ARepository, Command], None]

_PRINTED = re.compile(r"^ *waive: +(wirepact waive .*)$", re.MULTILINE)
_REQUIRED = "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE"


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ARepository:
    """Two contracts on their branch, as they are on `main`."""
    for name in ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "GITHUB_BASE_REF"):
        monkeypatch.delenv(name, raising=False)
    for name in ("OWNER", "ENVIRONMENT"):
        monkeypatch.delenv(f"WIREPACT_{name}", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = ARepository(tmp_path / "repo")
    monkeypatch.chdir(made.root)
    made.contract("item", "sku")
    made.contract("order", "id")
    (made.root / "contracts/registry.yaml").write_text(
        "managedBy: the-shop\npolicies: {packs: []}\n"
    )
    made.begin_work()
    return made


@pytest.fixture
def run(
    wirepact: Command, source: TestedRegistry, monkeypatch: pytest.MonkeyPatch
) -> Command:
    monkeypatch.setenv("WIREPACT_URL", source.url)

    def asked(*arguments: object) -> Result:
        return wirepact(*arguments, catch_exceptions=False)

    return asked


def printed(result: Result) -> list[list[str]]:
    """Return the commands that a report prints, said by whom and why."""
    found = _PRINTED.findall(result.stdout)
    told = {"WHY": "Nobody reads it.", "WHO": "ana"}
    return [[told.get(word, word) for word in shlex.split(each)[1:]] for each in found]


def a_required_field(repo: ARepository, _run: Command) -> None:
    repo.contract("item", "sku", "price")


def a_looser_level(repo: ARepository, _run: Command) -> None:
    repo.contract("item", "sku", compatibility="NONE")


def an_amount_that_rounds(repo: ARepository, _run: Command) -> None:
    schema = json.loads(a_record("Item", "sku"))
    schema["fields"].append({"name": "price", "type": "double", "default": 0})
    repo.contract("item", schema=json.dumps(schema))


def an_example_against_a_rule(repo: ARepository, _run: Command) -> None:
    implementation = "size(message.sku) > 3"
    rule = {"type": "custom", "engine": "cel", "name": "long"}
    manifest = a_manifest("item-value", compatibility="BACKWARD")
    quality = [{**rule, "implementation": implementation}]
    manifest["schema"] = [{"name": "Item", "quality": quality}]
    (repo.root / "contracts/item/contract.yaml").write_text(json.dumps(manifest))
    examples = repo.root / "contracts/item/examples/valid"
    examples.mkdir(parents=True)
    (examples / "short.json").write_text('{"sku": "a"}')


def a_locked_contract_gone(repo: ARepository, run: Command) -> None:
    assert run("apply").exit_code == run("lock").exit_code == 0
    shutil.rmtree(repo.root / "contracts/order")


def a_change_of_what_no_text_is_kept(repo: ARepository, run: Command) -> None:
    assert run("apply").exit_code == run("lock").exit_code == 0
    a_required_field(repo, run)


def a_break_in_another_folder(repo: ARepository, _run: Command) -> None:
    repo.contract("basket", "id", folder="more events")
    repo.commit()
    repo.git("branch", "-f", "main")
    repo.contract("basket", "id", "price", folder="more events")


def a_staged_break(repo: ARepository, run: Command) -> None:
    a_required_field(repo, run)
    repo.git("add", "-A")
    repo.git("checkout", "-q", "-b", "main2")


@pytest.mark.parametrize(
    ("arrange", "command", "rule"),
    [
        (a_required_field, "check", _REQUIRED),
        (a_required_field, "breaking --against git:main", _REQUIRED),
        (a_staged_break, "check --staged", _REQUIRED),
        (a_looser_level, "check", "LEVEL_LOOSENED"),
        (an_amount_that_rounds, "lint", "AVRO_NO_FLOAT_MONEY"),
        (an_example_against_a_rule, "test", "EXAMPLE_BREAKS_RULE"),
        (an_example_against_a_rule, "check", "EXAMPLE_BREAKS_RULE"),
        (a_locked_contract_gone, "check --against lock", "CONTRACT_REMOVED"),
        (a_locked_contract_gone, "check --against registry", "CONTRACT_REMOVED"),
        (
            a_change_of_what_no_text_is_kept,
            "check --against lock",
            "HISTORY_INCOMPLETE",
        ),
        (a_break_in_another_folder, "check contracts 'more events'", _REQUIRED),
    ],
)
def test_given_a_finding_when_the_printed_command_is_pasted_then_it_is_waived(
    repo, run, arrange, command, rule
):
    arrange(repo, run)
    words = shlex.split(command)
    before = run(*words)
    assert before.exit_code == 1, before.output
    assert f"[{rule}]" in before.stdout

    pasted = [run(*each) for each in printed(before)]

    assert [each.exit_code for each in pasted] == [0] * len(pasted), pasted[0].output
    if "--staged" in words:
        repo.git("add", "-A")
    after = run(*words)
    assert after.exit_code == 0, after.output
    assert f"waived[{rule}]" in after.stdout


@pytest.mark.parametrize(
    "command",
    [
        ("plan",),
        ("plan", "-o", "plan.json"),
        ("apply",),
        ("apply", "--dry-run"),
        ("push", "contracts/item"),
        ("plan", "-o", "plan.json", "--context", "shop"),
        ("plan", "-o", "plan.json", "contracts"),
    ],
)
def test_given_a_refused_plan_when_its_command_is_pasted_then_it_is_applied(
    repo, run, command
):
    context = command[command.index("--context") :][:2] if "shop" in command else ()
    assert run("apply", *context).exit_code == 0
    a_required_field(repo, run)
    before = run(*command)
    assert before.exit_code == 1

    (pasted,) = [run(*each) for each in printed(before)]

    assert pasted.exit_code == 0, pasted.output
    assert run("check").exit_code == 0
    assert run("apply", *context).exit_code == 0


def test_given_a_plan_as_json_when_waived_from_it_then_the_break_is_found(repo, run):
    assert run("apply").exit_code == 0
    a_required_field(repo, run)
    answer = run("plan", "--json").stdout
    (found,) = json.loads(answer)["actions"][0]["findings"]
    (repo.root / "plan.json").write_text(answer)

    agreed = ("--reason", "Old.", "--approved-by", "ana", "--scope", "register")
    result = run("waive", found["fingerprint"], "--from", "plan.json", *agreed)

    assert result.exit_code == 0, result.output
    assert run("apply").exit_code == 0


def test_given_a_context_when_no_plan_is_written_then_no_command_is_printed(repo, run):
    assert run("apply", "--context", "shop").exit_code == 0
    a_required_field(repo, run)

    result = run("plan", "--context", "shop")

    assert result.exit_code == 1
    assert printed(result) == []


def test_given_an_address_in_arguments_when_refused_then_it_is_in_the_command(
    repo, run, source, monkeypatch
):
    assert run("apply").exit_code == 0
    monkeypatch.delenv("WIREPACT_URL")
    a_required_field(repo, run)

    asked = ("--against", "registry", "--url", source.url)
    (told,) = printed(run("breaking", *asked))

    assert told[told.index("--url") + 1] == source.url
    assert run(*told).exit_code == 0


def test_given_an_address_with_a_password_when_refused_then_it_is_not_printed(
    repo, run, source, monkeypatch
):
    assert run("apply").exit_code == 0
    monkeypatch.delenv("WIREPACT_URL")
    a_required_field(repo, run)

    address = source.url.replace("//", "//ana:secret@")
    result = run("breaking", "--against", "registry", "--url", address)

    assert "secret" not in result.output


def test_given_a_waiver_for_test_when_examples_are_tried_then_it_holds_there_alone(
    repo, run
):
    an_example_against_a_rule(repo, run)
    (command,) = printed(run("test"))
    assert run(*command, "--environment", "test").exit_code == 0

    ends = [run("test", *more).exit_code for more in ((), ("--environment", "test"))]

    assert ends == [1, 0]


def test_given_a_finding_of_elsewhere_when_waived_then_it_is_said_how_it_is_found(
    repo, run
):
    agreed = ("--reason", "Old.", "--approved-by", "ana")

    result = run("waive", "12345678", *agreed)

    assert result.exit_code == 2
    for option in ("--against", "--from", "--contracts"):
        assert option in result.stderr

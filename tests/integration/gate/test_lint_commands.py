"""`wirepact lint` and `wirepact waive`, from files to exit statuses."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from registry.cli.check import breaking, check
from registry.cli.exits import Exit
from registry.cli.lint import lint
from registry.cli.trying import test as try_examples
from registry.cli.waive import waive
from tests.integration.gate.repositories import ARepository

CONTRACTS = Path(__file__).parents[3] / "contracts"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ARepository:
    """A repository with the contracts of this one; nothing of CI is seen."""
    for name in ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "GITHUB_BASE_REF"):
        monkeypatch.delenv(name, raising=False)
    made = ARepository(tmp_path / "a repository")
    shutil.copytree(CONTRACTS, made.root / "contracts")
    made.begin_work()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(made.root)
    return made


def run(command: Any, *arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, catch_exceptions=False)


def reported(command: Any, *arguments: str) -> list[dict[str, Any]]:
    result = run(command, "--format", "json", *arguments)
    return list(json.loads(result.stdout)["findings"])


def edit(file: Path, change: Callable[[str], str]) -> None:
    text = file.read_text("utf-8")
    changed = change(text)
    assert changed != text
    file.write_text(changed, "utf-8")


def make_price_a_double(repository: ARepository) -> None:
    file = repository.root / "contracts/orders/order-item/schema.avsc"
    record = json.loads(file.read_text("utf-8"))
    record["fields"][2]["type"] = "double"
    file.write_text(json.dumps(record, indent=2), "utf-8")


def test_given_our_own_contracts_when_linted_then_they_pass(repository):
    result = run(lint)

    assert result.exit_code == Exit.OK
    assert reported(lint) == []


def test_given_our_own_contracts_when_checked_then_they_pass(repository):
    assert reported(check, "--all") == []


def test_given_an_amount_in_floating_point_when_linted_then_it_fails(repository):
    make_price_a_double(repository)

    result = run(lint)

    assert result.exit_code == Exit.FINDINGS
    assert "contracts/orders/order-item/schema.avsc:" in result.output
    assert [each["rule"] for each in reported(lint)] == ["AVRO_NO_FLOAT_MONEY"]


def test_given_findings_when_each_is_waived_then_the_run_passes_and_shows_them(
    repository,
):
    make_price_a_double(repository)
    for each in reported(lint):
        accepted = run(
            waive,
            each["fingerprint"][:12],
            "--reason",
            "until version 2: “Preise”, 50 %",
            "--approved-by",
            "ana@example.com",
        )
        assert accepted.exit_code == Exit.OK, accepted.output

    result = run(lint)

    assert result.exit_code == Exit.OK
    waived = [each["waiver"] for each in reported(lint)]
    last = datetime.now(UTC).date() + timedelta(days=14)
    assert [each["reason"] for each in waived] == ["until version 2: “Preise”, 50 %"]
    assert {each["expires"] for each in waived} == {last.isoformat()}


def test_given_a_report_when_waived_from_it_then_nothing_is_checked_again(
    repository, tmp_path
):
    make_price_a_double(repository)
    report = tmp_path / "report.json"
    report.write_text(run(lint, "--format", "json").stdout, "utf-8")
    first = reported(lint)[0]
    repository.git("checkout", "-q", "--", "contracts")

    result = run(
        waive,
        first["fingerprint"],
        *("--from", str(report), "--reason", "Old.", "--approved-by", "ana"),
    )

    assert result.exit_code == Exit.OK, result.output
    (file,) = (repository.root / "contracts/waivers").iterdir()
    assert f'rule: "{first["rule"]}"' in file.read_text("utf-8")
    assert [each["rule"] for each in reported(check, "--all")] == ["WAIVER_UNUSED"]
    # Of what is as before, nobody has looked whether it is used.
    assert reported(check) == []
    edit(repository.root / first["file"], lambda text: text + "\n")
    assert [each["rule"] for each in reported(check)] == ["WAIVER_UNUSED"]
    assert reported(breaking) == []


def test_given_what_cannot_be_read_when_waived_then_no_file_is_written(
    repository, tmp_path
):
    where = repository.root / "contracts/orders/order-item/schema.avsc"
    where.write_text("{", "utf-8")
    report = tmp_path / "report.json"
    report.write_text(run(check, "--format", "json").stdout, "utf-8")
    found = next(
        each["fingerprint"]
        for each in reported(check)
        if each["rule"] == "CONTRACT_INVALID_SCHEMA"
    )

    for more in ((), ("--from", str(report))):
        result = run(waive, found, *("--reason", "Old.", "--approved-by", "ana"), *more)

        assert result.exit_code == Exit.USAGE
        assert "CONTRACT_INVALID_SCHEMA cannot be waived" in result.output
    assert not (repository.root / "contracts/waivers").exists()


def test_given_a_waiver_when_asked_for_again_then_the_first_is_kept(repository):
    make_price_a_double(repository)
    print_ = reported(lint)[0]["fingerprint"]
    run(waive, print_, "--reason", "Old.", "--approved-by", "ana")

    again = run(waive, print_, "--reason", "New.", "--approved-by", "bob")

    assert again.exit_code == Exit.USAGE
    (file,) = (repository.root / "contracts/waivers").iterdir()
    assert '"Old."' in file.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["12345678"], "12345678 is the beginning of no finding that there is"),
        (["xyz"], "expected 8 to 64 digits"),
        (["12345678", "--expires", "2099-01-01"], "expected a day from"),
        (["12345678", "--expires", "2020-01-01"], "expected a day from"),
        (["12345678", "--expires", "soon"], "expected a day such as 2027-01-31"),
        (["12345678", "--requested-by", "ana"], "cannot approve it"),
        (["12345678", "--requested-by", "Ana "], "cannot approve it"),
        (["12345678", "--scope", "deploy"], "is not one of 'check', 'register'"),
        (["12345678", "--from", "contracts/registry.yaml"], "is no report in JSON"),
    ],
)
def test_given_a_wrong_call_when_waived_then_it_says_so_and_writes_nothing(
    repository, arguments, reason
):
    result = run(waive, *arguments, "--reason", "Old.", "--approved-by", "ana")

    assert result.exit_code == Exit.USAGE
    assert reason in " ".join(result.output.split())
    assert not (repository.root / "contracts/waivers").exists()


def test_given_a_finding_of_lint_when_waived_for_registering_then_it_is_refused(
    repository,
):
    make_price_a_double(repository)
    print_ = reported(lint)[0]["fingerprint"]
    agreed = ("--reason", "Old.", "--approved-by", "ana")

    result = run(waive, print_, *agreed, "--scope", "check", "--scope", "register")

    assert result.exit_code == Exit.USAGE
    assert "no registry refuses a schema for" in result.output
    assert not (repository.root / "contracts/waivers").exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"fingerprint": "1234567812345678"}, "expected the 64 digits"),
        ({"rule": ""}, "expected a text 'rule'"),
        ({"subject": ""}, "expected a text 'subject'"),
    ],
)
def test_given_a_report_of_what_is_none_when_waived_then_nothing_invalid_is_written(
    repository, tmp_path, change, reason
):
    known = {"fingerprint": "12345678" * 8, "rule": "A", "subject": "b"}
    finding = {**known, "kind": "compatibility", **change}
    report = tmp_path / "report.json"
    report.write_text(json.dumps({"findings": [finding]}), "utf-8")
    agreed = ("--reason", "Old.", "--approved-by", "ana", "--scope", "register")

    result = run(waive, "12345678", "--from", str(report), *agreed)

    assert result.exit_code == Exit.USAGE
    assert reason in result.output
    assert not (repository.root / "contracts/waivers").exists()


def test_given_a_policy_with_a_mistake_when_linted_then_its_place_is_told(repository):
    folder = repository.root / "contracts/policies"
    folder.mkdir()
    (folder / "shop.yaml").write_text(
        "policies:\n  - id: SHOP_RULE\n    expression: contract.name ==\n"
        "    message: No.\n",
        "utf-8",
    )

    result = run(lint)

    assert result.exit_code == Exit.FINDINGS
    assert result.output.count("error[FOLDER_INVALID_SETTINGS] expression: ") == 1
    assert "--> contracts/policies/shop.yaml:3:5\n" in result.output


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("contract.name ==", Exit.FINDINGS),
        ("contract.domain != 'common'", Exit.FINDINGS),
        ("1 == 1", Exit.OK),
    ],
)
def test_given_a_new_policy_when_checked_then_what_is_as_before_is_held_to_it(
    repository, expression, expected
):
    folder = repository.root / "contracts/policies"
    folder.mkdir()
    policy = f"policies:\n  - id: SHOP_RULE\n    expression: {expression}\n"
    (folder / "shop.yaml").write_text(f"{policy}    message: No.\n", "utf-8")

    assert run(check).exit_code == expected


def test_given_a_policy_that_is_gone_when_checked_then_all_is_looked_at(repository):
    folder = repository.root / "contracts/policies"
    folder.mkdir()
    (folder / "shop.yaml").write_text("policies: []\n", "utf-8")
    repository.commit()
    repository.git("branch", "-f", "main")
    shutil.rmtree(folder)

    assert "not looked at" not in run(check).output


@pytest.mark.parametrize("with_examples", [True, False])
@pytest.mark.parametrize("text", ['{"type": "record"}', "{"])
def test_given_no_schema_when_examples_are_tried_then_they_do_not_pass(
    repository, text, with_examples
):
    where = repository.root / "contracts/orders/order-item"
    (where / "schema.avsc").write_text(text, "utf-8")
    shutil.rmtree(where / "examples", ignore_errors=True)
    if with_examples:
        (where / "examples/valid").mkdir(parents=True)
        (where / "examples/valid/one.json").write_text("{}", "utf-8")

    found = reported(try_examples)

    assert "CONTRACT_INVALID_SCHEMA" in {each["rule"] for each in found}
    assert run(try_examples).exit_code == Exit.FINDINGS


def test_given_an_own_policy_when_checked_then_it_is_held(repository):
    folder = repository.root / "contracts/policies"
    folder.mkdir()
    (folder / "shop.yaml").write_text(
        "policies:\n  - id: SHOP_RULE\n    expression: contract.domain != 'common'\n"
        "    message: \"'{name}' is in no domain\"\n",
        "utf-8",
    )

    (only,) = reported(check, "--all")

    assert (only["rule"], only["message"]) == (
        "SHOP_RULE",
        "'common.money' is in no domain",
    )


def test_given_a_new_field_without_a_default_when_checked_then_lint_knows_what_was(
    repository,
):
    file = repository.root / "contracts/orders/order-confirmed/schema.avsc"
    edit(
        file,
        lambda text: text.replace(
            '"fields": [',
            '"fields": [{"name": "note", "type": "string", "doc": "More."},',
        ),
    )

    manifest = repository.root / "contracts/orders/order-confirmed/contract.yaml"
    edit(
        manifest,
        lambda text: text.replace(
            "schemaFile", "compatibility: NONE\n      schemaFile"
        ),
    )

    rules = {each["rule"] for each in reported(check)}

    assert {"AVRO_NEW_FIELD_HAS_DEFAULT"} <= rules
    assert "AVRO_NEW_FIELD_HAS_DEFAULT" not in {each["rule"] for each in reported(lint)}


def test_given_other_settings_when_checked_again_then_what_was_in_order_is_not_any_more(
    repository,
):
    before = reported(check, "--all")
    again = reported(check, "--all")

    settings = repository.root / "contracts/registry.yaml"
    edit(settings, lambda text: text.replace("camelCase", "snake_case"))

    assert before == again == []
    assert {each["rule"] for each in reported(check, "--all")} == {
        "AVRO_FIELD_SNAKE_CASE",
        "JSON_PROPERTY_CASE",
    }


def test_given_staged_settings_when_linted_then_they_count_and_not_those_beside(
    repository,
):
    settings = repository.root / "contracts/registry.yaml"
    edit(settings, lambda text: text.replace("camelCase", "snake_case"))

    beside = run(lint, "--staged")
    repository.git("add", "-A")
    staged = reported(lint, "--staged")

    assert beside.exit_code == Exit.OK
    assert {each["rule"] for each in staged} == {
        "AVRO_FIELD_SNAKE_CASE",
        "JSON_PROPERTY_CASE",
    }


def test_given_a_staged_example_with_a_secret_when_checked_then_it_is_found(
    repository,
):
    name = "contracts/orders/order-item/examples/valid/with-a-key.json"
    example = '{\n  "sku": "AKIAABCDEFGHIJKLMNOP"\n}'
    (repository.root / name).write_text(example, "utf-8")
    repository.git("add", "-A")
    (repository.root / name).unlink()

    (only,) = reported(lint, "--staged")

    assert only["rule"] == "NO_SECRET_IN_EXAMPLES"
    assert only["file"] == name
    where = only["location"]
    assert (where["line"], where["col"], where["endCol"]) == (2, 11, 31)


def test_given_a_secret_in_an_example_when_linted_then_its_line_is_shown_without_it(
    repository,
):
    name = "contracts/orders/order-item/examples/valid/with-a-key.json"
    (repository.root / name).write_text('{"sku": "AKIAABCDEFGHIJKLMNOP"}', "utf-8")

    written = run(lint).output

    assert f'--> {name}:1:10\n1 | {{"sku": "****' in written
    assert "AKIA" not in written


HOSTILE = [
    "a: b # c",
    '"quoted" \\ {name}',
    "a\u2028b\x85c\x7f",
    "- item\n---\n!!x",
    "ñ 🎉",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_given_a_hostile_reason_when_waived_then_it_is_read_as_it_was_written(
    repository, text
):
    make_price_a_double(repository)
    print_ = reported(lint)[0]["fingerprint"]

    result = run(waive, print_, "--reason", text, "--approved-by", text)

    assert result.exit_code == Exit.OK, result.output
    waived = [each["waiver"] for each in reported(lint) if each["waiver"]]
    assert [(each["reason"], each["approved_by"]) for each in waived] == [
        (text, [text])
    ]

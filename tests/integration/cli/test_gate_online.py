"""The gate with a registry at hand: one that is served, asked over its own API."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import Result

from registry.gate import lock
from registry.gate.history import sha256
from tests.integration.gate.repositories import ARepository
from tests.services.stub import Said, stub
from tests.unit.gate.builders import a_record
from wirepact import RegistryClient
from wirepact.schemas import Reference, Schema

Command = Callable[..., Result]


@pytest.fixture
def repo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, registry_url: str
) -> ARepository:
    """Two contracts, of subjects that no other test has; both are registered."""
    made = ARepository(tmp_path / "repo")
    prefix = f"gate-{abs(hash(str(tmp_path)))}"
    for name in ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(made.root)
    made.contract("item", "sku")
    made.contract("basket", schema=a_record("Basket", item="shop.Item"))
    made.prefix = prefix
    for name in ("item", "basket"):
        _renamed(made, name)
    with RegistryClient([registry_url]) as client:
        item = f"{prefix}-item"
        client.register(item, Schema(a_record("Item", "sku")))
        client.register(
            f"{prefix}-basket",
            Schema(
                a_record("Basket", item="shop.Item"),
                references=(Reference("shop.Item", item, 1),),
            ),
        )
    return made


def _renamed(repo: ARepository, name: str) -> None:
    file = repo.root / "contracts" / name / "contract.yaml"
    text = file.read_text().replace(f'"{name}-value"', f'"{repo.prefix}-{name}"')
    file.write_text(text)


def _online(wirepact: Command, url: str) -> Result:
    options = ("--against", "registry", "--url", url, "--format", "json")
    return wirepact("breaking", *options, catch_exceptions=False)


def _change(repo: ARepository, name: str, schema: str) -> None:
    (repo.root / "contracts" / name / "schema.avsc").write_text(schema)


def _by_subject(result: Result, repo: ARepository) -> list[dict[str, Any]]:
    """Return what was found, the item's first."""
    found = {each["subject"]: each for each in json.loads(result.stdout)["findings"]}
    assert found.keys() == {f"{repo.prefix}-{name}" for name in ("item", "basket")}
    return [found[f"{repo.prefix}-{name}"] for name in ("item", "basket")]


def _leveled(repo: ARepository, name: str, level: str) -> None:
    file = repo.root / "contracts" / name / "contract.yaml"
    file.write_text(file.read_text().replace('"BACKWARD"', f'"{level}"'))


def _say(http: httpx.Client, url: str, subject: str, level: str) -> None:
    made = http.put(f"{url}/config/{subject}", json={"compatibility": level})
    assert made.is_success, made.text


def test_given_what_is_registered_when_checked_online_then_it_passes(
    repo, wirepact, registry_url
):
    result = _online(wirepact, registry_url)

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["baseline"].startswith("the registry http")


def test_given_a_break_when_checked_online_then_it_is_the_servers_finding(
    repo, wirepact, registry_url
):
    file = repo.root / "contracts/item/schema.avsc"
    file.write_text(a_record("Item", "sku", "price"))

    result = _online(wirepact, registry_url)

    assert result.exit_code == 1
    item, basket = _by_subject(result, repo)
    assert item["rule"] == "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE"
    assert item["fixes"]
    assert basket["rule"] == item["rule"]
    # It is in no file of this repository, so that no format links to one.
    assert item["old_location"]["file"] == f"registry:{repo.prefix}-item"


def test_given_a_changed_shared_type_when_checked_online_then_its_users_are_tried_too(
    repo, wirepact, registry_url, http
):
    _say(http, registry_url, f"{repo.prefix}-item", "NONE")
    _leveled(repo, "item", "NONE")
    _change(repo, "item", a_record("Item", "sku", "price"))

    result = _online(wirepact, registry_url)

    assert result.exit_code == 1
    (found,) = json.loads(result.stdout)["findings"]
    assert found["rule"] == "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE"
    assert found["subject"] == f"{repo.prefix}-basket"


def test_given_a_new_shared_type_when_checked_online_then_its_user_is_tried_with_it(
    repo, wirepact, registry_url
):
    repo.contract("price", "amount")
    _renamed(repo, "price")
    either = ["null", "shop.Price"]
    text = json.loads(a_record("Basket", item="shop.Item"))
    text["fields"].append({"name": "price", "type": either, "default": None})
    _change(repo, "basket", json.dumps(text))

    passed = _online(wirepact, registry_url)
    text["fields"][-1].pop("default")
    _change(repo, "basket", json.dumps(text))
    refused = _online(wirepact, registry_url)

    assert passed.exit_code == 0, passed.output
    (found,) = json.loads(refused.stdout)["findings"]
    assert found["rule"] == "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE"


def test_given_a_loosened_level_when_checked_online_then_it_is_an_error_as_offline(
    repo, wirepact, registry_url
):
    repo.begin_work()
    _leveled(repo, "item", "NONE")

    online = json.loads(_online(wirepact, registry_url).stdout)["findings"]
    offline = json.loads(wirepact("breaking", "--format", "json").stdout)["findings"]

    (found,) = online
    assert (found["rule"], found["severity"]) == ("LEVEL_LOOSENED", "error")
    assert online == offline


def test_given_what_somebody_else_manages_when_checked_online_then_it_passes(
    repo, wirepact, registry_url, http
):
    contract = {"subject": f"{repo.prefix}-item", "level": "BACKWARD"}
    body = {"contracts": [contract], "owner": "bank"}
    made = http.post(f"{registry_url}/governance/v1/apply", json=body)
    assert made.is_success, made.text

    result = _online(wirepact, registry_url)

    assert result.exit_code == 0, result.output


class TestWhatIsGone:
    """Subjects that these contracts are said to manage, and do not have any more."""

    @pytest.fixture
    def managed(self, repo, registry_url):
        """Both subjects, managed by who the folder says manages its contracts."""
        file = repo.root / "contracts/registry.yaml"
        file.write_text(f"compatibility: BACKWARD\nmanagedBy: {repo.prefix}\n")
        wanted = [{"subject": f"{repo.prefix}-{each}"} for each in ("item", "basket")]
        body = {"contracts": wanted, "owner": repo.prefix}
        made = httpx.post(f"{registry_url}/governance/v1/apply", json=body)
        assert made.is_success, made.text
        return repo

    def test_given_a_contract_gone_when_checked_online_then_it_is_told_as_offline(
        self, managed, wirepact, registry_url
    ):
        shutil.rmtree(managed.root / "contracts/basket")

        result = _online(wirepact, registry_url)

        assert result.exit_code == 1, result.output
        (found,) = json.loads(result.stdout)["findings"]
        assert found["rule"] == "CONTRACT_REMOVED"
        assert found["subject"] == f"{managed.prefix}-basket"
        assert found["file"] == "contracts/registry.yaml"
        assert found["location"]["line"] == 2

    def test_given_all_is_there_when_checked_online_then_nothing_is_missed(
        self, managed, wirepact, registry_url
    ):
        result = _online(wirepact, registry_url)

        assert result.exit_code == 0, result.output
        said = json.loads(result.stdout)
        assert (said["findings"], said["notes"]) == ([], [])

    def test_given_the_same_contracts_in_another_context_when_checked_then_not_gone(
        self, managed, wirepact, registry_url
    ):
        options = ("--url", registry_url, "--context", managed.prefix)
        applied = wirepact("apply", *options, catch_exceptions=False)
        assert applied.exit_code == 0, applied.output

        result = _online(wirepact, registry_url)

        assert result.exit_code == 0, result.output

    def test_given_a_context_that_manifests_name_when_one_is_gone_then_it_is_told(
        self, managed, wirepact, registry_url
    ):
        far = f":.{managed.prefix}:"
        for name in ("here", "gone"):
            file = managed.contract(name, "id")
            text = file.read_text()
            file.write_text(text.replace(f'"{name}-value"', f'"{far}{name}"'))
        wirepact("apply", "--url", registry_url, catch_exceptions=False)
        shutil.rmtree(managed.root / "contracts/gone")

        result = _online(wirepact, registry_url)

        (found,) = json.loads(result.stdout)["findings"]
        assert (found["rule"], found["subject"]) == ("CONTRACT_REMOVED", f"{far}gone")

    @pytest.mark.parametrize(
        "text",
        ["managedBy: [a]\n", "prune: maybe\n", ": : [\n", "waivers: {days: 5}\n"],
    )
    def test_given_settings_that_are_none_when_checked_online_then_that_alone_is_told(
        self, managed, wirepact, registry_url, text
    ):
        (managed.root / "contracts/registry.yaml").write_text(text)
        (managed.root / "contracts/waivers").mkdir()
        (managed.root / "contracts/waivers/one.yaml").write_text("{}")

        result = _online(wirepact, registry_url)

        assert result.exit_code == 1, result.output
        (found,) = json.loads(result.stdout)["findings"]
        assert found["rule"] == "FOLDER_INVALID_SETTINGS"

    def test_given_a_contract_that_cannot_be_read_when_checked_online_then_not_gone(
        self, managed, wirepact, registry_url
    ):
        file = managed.root / "contracts/basket/contract.yaml"
        file.write_text(file.read_text() + "\n]")

        result = _online(wirepact, registry_url)

        found = json.loads(result.stdout)["findings"]
        assert [each["rule"] for each in found] == ["CONTRACT_INVALID_MANIFEST"]

    def test_given_no_owner_when_checked_online_then_it_is_said_that_none_is_missed(
        self, repo, wirepact, registry_url
    ):
        shutil.rmtree(repo.root / "contracts/basket")

        result = _online(wirepact, registry_url)

        assert result.exit_code == 0, result.output
        (note,) = json.loads(result.stdout)["notes"]
        assert "`managedBy` in contracts/registry.yaml" in note


def test_given_a_read_only_subject_when_checked_online_then_a_change_is_refused(
    repo, wirepact, registry_url, http
):
    subject = f"{repo.prefix}-basket"
    mode = f"{registry_url}/mode/{subject}"
    assert http.put(mode, json={"mode": "READONLY"}).is_success

    as_before = _online(wirepact, registry_url)
    text = json.loads(a_record("Basket", item="shop.Item"))
    text["fields"].append({"name": "note", "type": "string", "default": ""})
    _change(repo, "basket", json.dumps(text))
    changed = _online(wirepact, registry_url)

    assert as_before.exit_code == 0, as_before.output
    (found,) = json.loads(changed.stdout)["findings"]
    assert "read-only mode" in found["message"]


def test_given_a_manifest_that_tells_nonsense_when_checked_online_then_it_is_told(
    repo, wirepact, registry_url
):
    file = repo.root / "contracts/item/contract.yaml"
    said = json.loads(file.read_text())
    said["customProperties"][0]["value"]["policies"] = "WIRE"
    file.write_text(json.dumps(said))

    result = _online(wirepact, registry_url)

    assert result.exit_code == 1
    found = json.loads(result.stdout)["findings"]
    assert "CONTRACT_INVALID_MANIFEST" in {each["rule"] for each in found}


def test_given_a_registry_when_locked_then_the_check_needs_it_no_more(
    repo, wirepact, registry_url
):
    written = wirepact("lock", "--history", "--url", registry_url)
    again = wirepact("lock", "--history", "--url", registry_url)

    assert written.exit_code == again.exit_code == 0, written.output
    assert again.stdout == "all is as it was\n"
    locked = lock.read((repo.root / "contracts/.lock.yaml").read_text())
    kept = repo.root / "contracts/item/versions/0001.avsc"
    item = locked[f"{repo.prefix}-item"]
    assert (item.version, item.sha256) == (1, sha256(kept.read_text()))

    file = repo.root / "contracts/item/schema.avsc"
    file.write_text(a_record("Item", "sku", "price"))
    result = wirepact("breaking", "--against", "lock", "--format", "json")

    found = {each["rule"] for each in json.loads(result.stdout)["findings"]}
    assert "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE" in found


def test_given_a_version_of_a_registry_when_compared_then_its_references_come_along(
    repo, wirepact, registry_url
):
    side = f"registry:{repo.prefix}-basket@1"
    file = "contracts/basket/schema.avsc"

    result = wirepact("diff", side, file, "--url", registry_url, catch_exceptions=False)

    assert result.exit_code == 0, result.output
    assert result.stdout == f"no differences between {side} and {file}\n"


@pytest.mark.parametrize(
    ("version", "told"),
    [
        pytest.param("nothing@1", "has no version of nothing", id="no subject"),
        pytest.param("{}-item@7", "has no version 7 of {}-item; it has 1", id="number"),
    ],
)
def test_given_a_version_that_a_registry_lacks_when_compared_then_it_is_said(
    repo, wirepact, registry_url, version, told
):
    side = f"registry:{version}".format(repo.prefix)

    result = wirepact("diff", side, "--url", registry_url, catch_exceptions=False)

    assert result.exit_code == 2
    assert told.format(repo.prefix) in result.stderr


def test_given_a_subject_when_compared_with_a_folder_then_its_contract_is_meant(
    repo, wirepact, registry_url
):
    _change(repo, "item", a_record("Item", "sku", "price"))

    side = f"registry:{repo.prefix}-item@latest"
    result = wirepact("diff", side, "--url", registry_url, "--json")

    (found,) = json.loads(result.stdout)
    assert (found["contract"], found["change"]) == ("test.item-value", "major")


@pytest.mark.parametrize(
    ("action", "told"),
    [
        pytest.param(
            {
                "verdict": "incompatible",
                "level": "FULL",
                "messages": ["what you may not read"],
            },
            "the registry finds it incompatible: what you may not read",
            id="of what may not be quoted",
        ),
        pytest.param(
            {"verdict": "refused"},
            "the registry finds it refused: it does not say why",
            id="of a verdict yet unknown",
        ),
    ],
)
def test_given_a_refusal_without_findings_when_checked_online_then_it_does_not_pass(
    repo, wirepact, action, told
):
    said = {"action": "register", "subject": f"{repo.prefix}-item", **action}
    own = {"action": "own", "subject": said["subject"], "verdict": action["verdict"]}

    with stub(lambda _: Said(body={"actions": [own, said]})) as server:
        result = _online(wirepact, server.url)

    assert result.exit_code == 1
    (found,) = json.loads(result.stdout)["findings"]
    assert found["message"] == told
    (asked,) = server.asked
    assert len(json.loads(asked.body)["contracts"]) == 2


@pytest.mark.parametrize("body", [[], {}, {"actions": None}, {"actions": [{}]}])
def test_given_an_answer_that_is_no_plan_when_checked_online_then_nothing_passes(
    repo, wirepact, body
):
    with stub(lambda _: Said(body=body)) as server:
        result = _online(wirepact, server.url)

    assert result.exit_code == 3
    assert "no registry of this make" in result.stderr

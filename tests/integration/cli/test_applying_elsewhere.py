"""Contracts into a registry of another make: all that it has is Confluent's API."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import Result

from registry.testing import TestedRegistry
from tests.integration.gate.repositories import ARepository
from tests.services.server import NO_AUTHORITIES
from tests.services.stub import Asked, Said, Stub, stub
from tests.unit.gate.builders import a_record
from wirepact import RegistryClient
from wirepact.schemas import Schema

Command = Callable[..., Result]


class Elsewhere:
    """Passes on what all registries know.

    Attributes:
        refuses: Part of the path of writes that fail.

    """

    def __init__(self, url: str) -> None:
        self._url = url
        self.refuses = ""

    def __call__(self, asked: Asked) -> Said:
        if asked.path.startswith("/governance"):
            return Said(404, {"error_code": 404, "message": "HTTP 404 Not Found"})
        is_write = asked.method == "PUT" or asked.path.endswith("/versions")
        if is_write and self.refuses and self.refuses in asked.path:
            return Said(500, {"error_code": 50001, "message": "Error"})
        kept = {"content-type": asked.headers.get("content-type", "application/json")}
        found = httpx.request(
            asked.method,
            f"{self._url}{asked.path}",
            content=asked.body,
            headers=kept,
            verify=NO_AUTHORITIES,
        )
        return Said(found.status_code, found.content)


@pytest.fixture
def elsewhere(source: TestedRegistry) -> Elsewhere:
    return Elsewhere(source.url)


@pytest.fixture
def foreign(elsewhere: Elsewhere) -> Iterator[Stub]:
    with stub(elsewhere) as started:
        yield started


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ARepository:
    made = ARepository(tmp_path / "repo")
    monkeypatch.chdir(made.root)
    monkeypatch.delenv("WIREPACT_OWNER", raising=False)
    made.contract("item", "sku", compatibility="FULL")
    made.contract("basket", schema=a_record("Basket", item="shop.Item"))
    return made


@pytest.fixture
def run(wirepact: Command, foreign: Stub) -> Command:
    def asked(name: str, *arguments: object) -> Result:
        return wirepact(name, "--url", foreign.url, *arguments, catch_exceptions=False)

    return asked


@pytest.fixture
def client(source: TestedRegistry) -> Iterator[RegistryClient]:
    with RegistryClient([source.url]) as found:
        yield found


def writes(foreign: Stub) -> list[str]:
    return [
        each.path
        for each in foreign.asked
        if each.method == "PUT" or each.path.endswith("/versions")
    ]


def test_given_another_make_when_applied_then_a_level_comes_before_its_schema(
    repo: ARepository, run: Command, foreign: Stub, client: RegistryClient
) -> None:
    result = run("apply")

    assert result.exit_code == 0, result.output
    assert writes(foreign) == [
        "/config/item-value",
        "/subjects/item-value/versions",
        "/config/basket-value",
        "/subjects/basket-value/versions",
    ]
    assert client.get_latest("basket-value").schema.references[0].version == 1


def test_given_it_was_applied_when_applied_again_then_nothing_is_written(
    repo: ARepository, run: Command, foreign: Stub
) -> None:
    run("apply")
    before = writes(foreign)

    again, planned = run("apply"), run("plan", "--detailed-exit-code")

    assert writes(foreign) == before
    assert again.exit_code == planned.exit_code == 0, planned.output
    assert "nothing to do" in planned.output


def test_given_it_breaks_off_when_applied_again_then_it_goes_on_from_there(
    repo: ARepository, run: Command, elsewhere: Elsewhere, foreign: Stub
) -> None:
    elsewhere.refuses = "basket"
    broken = run("apply", "--step-log", "steps.jsonl")
    remembered = Path("steps.jsonl").read_text()
    elsewhere.refuses = ""
    foreign.asked.clear()

    done = run("apply", "--step-log", "steps.jsonl")

    assert broken.exit_code == 3
    assert "2 done; it broke off here" in broken.output
    assert json.loads(remembered)["subject"] == "item-value"
    assert done.exit_code == 0
    assert not [each for each in foreign.asked if "item-value" in each.path]


def test_given_a_changed_contract_when_resumed_then_it_is_done_anew(
    repo: ARepository, run: Command, client: RegistryClient
) -> None:
    run("apply", "--step-log", "steps.jsonl")
    text = json.loads(a_record("Item", "sku"))
    text["fields"].append({"name": "note", "type": "string", "default": ""})
    (repo.root / "contracts" / "item" / "schema.avsc").write_text(json.dumps(text))

    result = run("apply", "--step-log", "steps.jsonl")

    assert result.exit_code == 0, result.output
    assert client.list_versions("item-value") == (1, 2)


def test_given_a_breaking_change_when_planned_then_it_is_told_and_ends_with_1(
    repo: ARepository, run: Command
) -> None:
    run("apply")
    file = repo.root / "contracts" / "item" / "schema.avsc"
    file.write_text(a_record("Item", "sku", "more"))

    result = run("plan")

    assert result.exit_code == 1, result.output
    assert "! + item-value" in result.output
    assert "READER_FIELD_MISSING_DEFAULT_VALUE" in result.output


def test_given_what_cannot_be_known_when_planned_then_the_status_says_so(
    repo: ARepository, run: Command
) -> None:
    result = run("plan")

    assert result.exit_code == 4, result.output
    assert "best effort" in result.output


def test_given_a_refused_schema_when_applied_then_it_ends_with_1_and_says_where(
    repo: ARepository, run: Command, client: RegistryClient
) -> None:
    client.register("item-value", Schema(a_record("Item", "other")))

    result = run("apply")

    assert result.exit_code == 1
    assert "1 done; it broke off here" in result.output


def test_given_another_make_when_pruned_then_it_is_refused(
    repo: ARepository, run: Command
) -> None:
    (repo.root / "contracts" / "registry.yaml").write_text("prune: true\n")

    result = run("apply", "--prune", "--owner", "example.com/shop")

    assert result.exit_code == 1
    assert "nothing is pruned" in result.output


def test_given_what_was_applied_when_pulled_then_no_file_changes(
    repo: ARepository, run: Command
) -> None:
    run("apply")
    files = [each for each in (repo.root / "contracts").rglob("*") if each.is_file()]
    before = {each: each.read_bytes() for each in files}

    result = run("pull")

    assert result.output == "contracts/.lock.yaml\n"
    assert {each: each.read_bytes() for each in files} == before


def test_given_a_text_taken_back_then_plan_tells_it_and_pull_leaves_it(
    repo: ARepository, run: Command
) -> None:
    file = repo.root / "contracts" / "item" / "schema.avsc"
    first = file.read_text()
    run("apply")
    schema = json.loads(a_record("Item", "sku", "note"))
    schema["fields"][1]["default"] = ""
    file.write_text(json.dumps(schema))
    run("apply")
    file.write_text(first)

    planned, drift, pulled = run("plan"), run("plan", "--drift"), run("pull")

    told = "item-value: version 1 is as it is here, but 2 is the latest"
    assert told in planned.output
    assert (planned.exit_code, drift.exit_code) == (0, 10)
    assert "it is version 1 of item-value, of which 2 is the latest" in pulled.stderr
    assert file.read_text() == first
    assert "note" not in first
    taken = run("pull", "--latest")
    assert taken.exit_code == 0
    assert "note" in file.read_text()

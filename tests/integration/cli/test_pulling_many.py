"""pull and lock of many contracts: asked for together, page by page."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import Result

from registry.testing import TestedRegistry
from tests.integration.gate.repositories import ARepository
from tests.services.server import NO_AUTHORITIES
from tests.services.stub import Asked, Said, Stub, stub
from tests.unit.gate.builders import a_record
from wirepact import RegistryClient
from wirepact.schemas import Reference, Schema

Command = Callable[..., Result]
BATCH = "/governance/v1/subjects:batchGet"
CONTRACTS = 30


class Passing:
    """Passes on whatever is asked.

    Attributes:
        fits: How many subjects an answer has at the most.

    """

    def __init__(self, url: str) -> None:
        self._url = url
        self.fits = CONTRACTS

    def __call__(self, asked: Asked) -> Said:
        body: Any = asked.body
        left = 0
        if asked.path == BATCH:
            said = json.loads(asked.body)
            left = max(0, len(said["subjects"]) - self.fits)
            said["subjects"] = said["subjects"][: self.fits]
            body = json.dumps(said).encode()
        found = httpx.request(
            asked.method,
            f"{self._url}{asked.path}",
            content=body,
            headers={"content-type": "application/json"},
            verify=NO_AUTHORITIES,
        )
        if asked.path == BATCH:
            return Said(found.status_code, {**found.json(), "left": left})
        return Said(found.status_code, found.content)


@pytest.fixture
def passing(source: TestedRegistry) -> Passing:
    return Passing(source.url)


@pytest.fixture
def between(passing: Passing) -> Iterator[Stub]:
    with stub(passing) as started:
        yield started


@pytest.fixture
def run(wirepact: Command, between: Stub) -> Command:
    def asked(name: str, *arguments: object) -> Result:
        between.asked.clear()
        return wirepact(name, "--url", between.url, *arguments, catch_exceptions=False)

    return asked


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ARepository:
    made = ARepository(tmp_path / "repo")
    monkeypatch.chdir(made.root)
    monkeypatch.setenv("WIREPACT_OWNER", "shop")
    for number in range(CONTRACTS):
        made.contract(f"c{number}", schema=a_record(f"C{number}", "id"))
    return made


def paths(between: Stub) -> list[str]:
    return [each.path for each in between.asked]


def test_given_many_contracts_when_pulled_or_locked_then_each_look_is_one_request(
    repo: ARepository, run: Command, between: Stub
) -> None:
    run("apply")

    pulled = run("pull", "--history")
    assert pulled.exit_code == 0, pulled.output
    assert paths(between) == [BATCH, BATCH]
    assert len([*repo.root.rglob("0001.avsc")]) == CONTRACTS

    assert run("lock", "--history").output == "all is as it was\n"
    assert paths(between) == [BATCH]


def test_given_answers_that_are_full_when_pulled_then_the_rest_is_asked_for(
    repo: ARepository, run: Command, between: Stub, passing: Passing
) -> None:
    run("apply")
    whole = run("lock")
    lock = (repo.root / "contracts" / ".lock.yaml").read_text()
    passing.fits = 7

    again = run("lock")

    assert whole.output == "contracts/.lock.yaml\n"
    assert again.output == "all is as it was\n"
    assert paths(between) == [BATCH] * 5
    assert lock.count('"version": 1') == CONTRACTS


def test_given_schemas_that_use_others_when_begun_then_one_request_has_them_all(
    repo: ARepository, run: Command, between: Stub, source: TestedRegistry
) -> None:
    elsewhere = repo.root / "elsewhere"
    elsewhere.mkdir()
    with RegistryClient([source.url]) as client:
        client.register("a-value", Schema(a_record("A", "id")))
        uses = (Reference("shop.A", "a-value", 1),)
        client.register("b-value", Schema(a_record("B", a="shop.A"), references=uses))

    result = run("pull", "--all", elsewhere)

    assert result.exit_code == 0, result.output
    # None for the contracts that there are, as there are none.
    assert paths(between) == ["/subjects?subjectPrefix=", BATCH, BATCH]
    assert run("plan", elsewhere, "--drift").output.startswith("  ~ a-value managed by")

"""A run that passed is made again once anything that it depends on has changed."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from registry.cli import gating
from registry.cli.check import breaking, check
from tests.integration.gate.repositories import ARepository, run_apart

UNDERSTANDING = (
    "registry.gate.snapshots",
    "registry.gate.looks",
    "registry.gate.linting",
    "registry.application.parsing",
    "ruamel",
)


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ARepository:
    made = ARepository(tmp_path / "repo")
    _contract(made, "id")
    made.begin_work()
    _contract(made, "id", "more")
    for name in ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "GITHUB_BASE_REF"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(made.root)
    return made


@pytest.fixture
def kept(tmp_path: Path) -> Callable[[], int]:
    """Return how many results are kept; a run that is made keeps more of them."""
    folder = tmp_path / "cache/wirepact/gate"
    return lambda: len([*folder.glob("??/*")])


def _contract(repo: ARepository, *fields: str) -> None:
    """Write a contract that nothing but warnings is said of."""
    told = [{"name": each, "type": "string", "default": ""} for each in fields]
    record = {"type": "record", "name": "Order", "namespace": "shop", "fields": told}
    file = repo.contract("order", schema=json.dumps(record))
    manifest = {**json.loads(file.read_text()), "team": {"name": "team-shop"}}
    file.write_text(json.dumps(manifest))


def _run(*arguments: str, command: str = "check") -> Result:
    commands = {"check": check, "breaking": breaking}
    return CliRunner().invoke(commands[command], arguments, catch_exceptions=False)


@pytest.mark.parametrize("command", ["check", "breaking"])
@pytest.mark.parametrize("form", ["text", "json", "sarif", "junit", "rdjsonl"])
def test_given_a_run_that_passed_when_made_again_then_the_same_is_told(
    repo, kept, command, form
):
    first = _run("--format", form, command=command)
    before = kept()
    second = _run("--format", form, command=command)

    assert (first.exit_code, second.exit_code, kept()) == (0, 0, before)
    assert _timeless(second.stdout) == _timeless(first.stdout)


def _timeless(text: str) -> str:
    """Return a report without the one line that tells when it was written."""
    return "".join(
        line for line in text.splitlines(keepends=True) if "timestamp=" not in line
    )


def test_given_a_run_that_passed_when_made_again_then_nothing_is_understood(repo):
    _run()
    out, imported = run_apart("check")
    assert "ends: 0" in out
    assert not {*UNDERSTANDING} & imported


def _schema(repo: ARepository) -> None:
    _contract(repo, "id", "other")


def _manifest(repo: ARepository) -> None:
    file = repo.root / "contracts/order/contract.yaml"
    file.write_text(f"{file.read_text()}# a comment\n")


def _added(name: str, text: str) -> Callable[[ARepository], None]:
    def add(repo: ARepository) -> None:
        file = repo.root / "contracts" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    return add


def _ignored(repo: ARepository) -> None:
    (repo.root / ".gitignore").write_text("*.yaml\n")
    _added("policies/ours.yaml", "policies: []\n")(repo)


def _base(repo: ARepository) -> None:
    repo.git("stash", "-q")
    repo.git("checkout", "-q", "main")
    repo.commit("another")
    repo.git("checkout", "-q", "work")
    repo.git("merge", "-q", "main")
    repo.git("stash", "pop", "-q")


def _removed(repo: ARepository) -> None:
    (repo.root / "contracts/order/schema.avsc").unlink()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(_schema, id="a schema"),
        pytest.param(_manifest, id="a manifest"),
        pytest.param(_removed, id="a file that is gone"),
        pytest.param(_base, id="the merge base"),
        pytest.param(_ignored, id="a file that git ignores"),
        pytest.param(_added("order/examples/valid/a.json", "{}"), id="an example"),
        pytest.param(_added("waivers/a.yaml", "fingerprint: a\n"), id="a waiver"),
        pytest.param(_added("registry.yaml", "compatibility: FULL\n"), id="defaults"),
        pytest.param(_added("policies/a.yaml", "policies: []\n"), id="a policy"),
        pytest.param(_added("order/versions/0001.avsc", '"int"'), id="a version"),
        pytest.param(_added("order/notes.txt", "anything"), id="any file"),
    ],
)
def test_given_a_run_that_passed_when_anything_changes_then_it_is_made_again(
    repo, kept, change
):
    assert _run().exit_code == 0
    before = kept()

    change(repo)
    result = _run()

    assert kept() > before or result.exit_code


@pytest.mark.parametrize("more", [["--all"], ["--against", "git:HEAD"], ["--staged"]])
def test_given_a_run_that_passed_when_asked_otherwise_then_it_is_made(repo, kept, more):
    _run()
    before = kept()

    _run(*more)

    assert kept() > before


def test_given_a_check_that_passed_when_asked_what_breaks_then_it_is_another_run(
    repo, kept
):
    _run(command="breaking")
    before = kept()

    _run(command="check")

    assert kept() > before


def test_given_a_run_that_passed_when_the_day_is_over_then_it_is_made_again(
    repo, kept, monkeypatch
):
    _run()
    before = kept()

    # A waiver may have ended meanwhile.
    monkeypatch.setattr(gating, "today", lambda: date(2099, 1, 1))
    _run()

    assert kept() > before


def test_given_a_staged_run_that_passed_when_the_index_changes_then_it_is_made_again(
    repo, kept
):
    repo.git("add", "-A")
    _run("--staged")
    before = kept()
    _schema(repo)
    _run("--staged")
    assert kept() == before

    repo.git("add", "-A")
    _run("--staged")

    assert kept() > before

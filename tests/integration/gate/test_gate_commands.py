"""The commands of the gate, as CI runs them: what they print, and how they end."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from registry.cli.check import breaking, check
from registry.cli.diff import diff
from tests.integration.gate.repositories import ARepository, run_apart


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ARepository:
    made = ARepository(tmp_path / "repo")
    made.contract("order", "id")
    made.begin_work()
    for name in ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "GITHUB_BASE_REF"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(made.root)
    return made


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(breaking, arguments, catch_exceptions=False)


def test_given_a_break_when_checked_then_it_ends_with_one(repo):
    repo.contract("order", "id", "total")

    result = _run()

    assert result.exit_code == 1
    assert "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE" in result.stdout


def test_given_a_break_when_checked_softly_then_it_is_told_and_ends_well(repo):
    repo.contract("order", "id", "total")

    result = _run("--soft")

    assert result.exit_code == 0
    assert "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE" in result.stdout


def test_given_no_baseline_when_checked_then_it_ends_with_two_and_what_to_do(repo):
    repo.git("branch", "-D", "main")

    result = _run()

    assert result.exit_code == 2
    assert "fetch-depth: 0" in result.stderr
    assert "--allow-missing-baseline" in result.stderr


def test_given_no_baseline_when_that_is_allowed_then_all_is_new(repo):
    repo.git("branch", "-D", "main")

    result = _run("--allow-missing-baseline", "--format", "json")

    assert result.exit_code == 0
    assert json.loads(result.stdout)["baseline"].startswith("nothing: ")


@pytest.mark.parametrize("stated", ["foo", "git:", "dir:", "HEAD"])
def test_given_what_is_no_baseline_when_none_is_allowed_then_it_is_still_refused(
    repo, stated
):
    result = _run("--allow-missing-baseline", "--against", stated)

    assert result.exit_code == 2
    assert f"found '{stated}'" in result.stderr


def test_given_a_result_kept_when_checked_again_then_it_is_the_same(repo, tmp_path):
    schema = {"name": "total", "type": "string", "default": ""}
    file = repo.root / "contracts/order/schema.avsc"
    record = json.loads(file.read_text())
    record["fields"].append(schema)
    file.write_text(json.dumps(record))

    first = _run("--format", "json")
    second = _run("--format", "json")

    assert [*(tmp_path / "cache/wirepact/gate").glob("??/*")]
    assert first.stdout == second.stdout
    assert first.exit_code == 0


def test_given_a_break_when_checked_again_then_it_is_found_again(repo):
    repo.contract("order", "id", "total")

    assert [_run().exit_code, _run().exit_code] == [1, 1]


@pytest.mark.parametrize("damage", [b"", b"[1,2", b'{"a": 1}', b"\xff\xfe", b"[{}, 7]"])
def test_given_a_damaged_cache_when_checked_then_the_answer_is_the_same(
    repo, tmp_path, damage
):
    repo.contract("order", "id", "total")
    first = _run("--format", "json")
    kept = [*(tmp_path / "cache/wirepact/gate").glob("??/*")]
    for each in kept:
        each.write_bytes(damage)

    assert kept
    assert _run("--format", "json").stdout == first.stdout


def test_given_a_cache_that_cannot_be_written_when_checked_then_it_works(
    repo, tmp_path
):
    (tmp_path / "cache").write_text("a file, not a folder")
    repo.contract("order", "id", "total")

    assert _run().exit_code == 1


def test_given_no_cache_wanted_when_checked_then_nothing_is_kept(repo, tmp_path):
    repo.contract("order", "id", "total")

    _run("--no-cache")

    assert not (tmp_path / "cache").exists()


def test_given_no_url_when_checked_against_a_registry_then_it_is_asked_for(repo):
    result = _run("--against", "registry")

    assert result.exit_code == 2
    assert "WIREPACT_URL" in result.stderr


def test_given_a_registry_that_is_away_when_checked_then_it_ends_with_three(repo):
    result = _run("--against", "registry", "--url", "http://127.0.0.1:9")

    assert result.exit_code == 3


def test_given_a_version_that_says_too_little_when_checked_then_it_is_a_warning(repo):
    repo.contract("order")

    result = CliRunner().invoke(check, ["--format", "json"], catch_exceptions=False)

    found = [each["rule"] for each in json.loads(result.stdout)["findings"]]
    assert "SEMVER_MATCHES_CHANGE" in found


def test_when_contracts_are_checked_then_no_client_and_no_server_is_imported(repo):
    repo.contract("order", "id", "total")
    out, imported = run_apart("check")
    assert "ends: 1" in out
    heavy = {
        "httpx",
        "sqlmodel",
        "sqlalchemy",
        "litestar",
        "granian",
        "wirepact.client",
    }
    assert not heavy & imported


class TestDiff:
    def _diff(self, *arguments: str) -> Result:
        return CliRunner().invoke(diff, arguments, catch_exceptions=False)

    def test_given_a_commit_when_compared_then_every_row_tells_its_levels(self, repo):
        repo.contract("order", "id", "total")

        (found,) = json.loads(self._diff("git:main", "--json").stdout)

        assert found["change"] == "major"
        assert found["suggestedVersion"] == "2.0.0"
        (row,) = found["rows"]
        assert (row["path"], row["kind"]) == ("Order.total", "added")
        broken = {name for name, is_allowed in row["levels"].items() if not is_allowed}
        assert broken == {"BACKWARD", "BACKWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE"}

    def test_given_two_files_when_compared_then_no_project_is_needed(
        self, tmp_path, monkeypatch
    ):
        monkeypatch.chdir(tmp_path)
        Path("a.proto").write_text(
            'syntax = "proto3"; message Order { string id = 1; int32 n = 2; }'
        )
        Path("b.proto").write_text(
            'syntax = "proto3"; message Order { string id = 1; }'
        )

        out = self._diff("a.proto", "b.proto").stdout

        assert "removed Order.n" in out

    def test_given_a_text_that_only_explains_more_when_compared_then_it_is_a_patch(
        self, tmp_path, monkeypatch
    ):
        monkeypatch.chdir(tmp_path)
        Path("a.json").write_text('{"type": "object"}')
        Path("b.json").write_text('{"type": "object", "description": "An order."}')

        assert "patch change" in self._diff("a.json", "b.json").stdout

    def test_given_two_languages_when_compared_then_it_is_refused(
        self, tmp_path, monkeypatch
    ):
        monkeypatch.chdir(tmp_path)
        Path("a.json").write_text("{}")
        Path("b.avsc").write_text('"string"')

        result = self._diff("a.json", "b.avsc")

        assert result.exit_code == 2
        assert "JSON" in result.stderr

    @pytest.mark.parametrize(
        "side", ["git:v9", "nothing.avsc", "registry:order", "lock"]
    )
    def test_given_a_side_that_is_not_there_when_compared_then_it_is_said(
        self, repo, side
    ):
        result = self._diff(side)

        assert result.exit_code == 2
        assert result.stderr

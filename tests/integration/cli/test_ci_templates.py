"""The templates for CI, run as the services run them, in scratch repositories."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.integration.cli import broken_work
from tests.integration.gate.repositories import ARepository

ROOT = Path(__file__).parents[3]
ACTION = ROOT / "clients/ci/github-action/action.yml"
GITLAB = ROOT / "clients/ci/gitlab/contracts.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
STARTED = ROOT / "registry/gate/scaffolding/templates"
INPUT = re.compile(r"\$\{\{ *inputs\.([a-z-]+) *\}\}")
GH = """#!/bin/sh
echo "$@" >> "$GH_LOG"
case "$*" in *--paginate*) printf '%s' "$GH_KNOWN";; esac
"""


def _yaml(file: Path) -> Any:
    return YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))


@pytest.fixture
def repository(tmp_path: Path) -> ARepository:
    """A repository whose branch `work` breaks what `main` promises."""
    return broken_work.broken(tmp_path / "work tree")


def _run(
    script: str, folder: Path, env: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GIT_", "GITHUB_", "CI_", "WIREPACT_"))
        and name not in ("GITLAB_CI", "TF_BUILD", "CI")
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    bash = shutil.which("bash") or "bash"
    return subprocess.run(
        [bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={**kept, "PATH": path, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def _step(name: str) -> dict[str, Any]:
    steps = _yaml(ACTION)["runs"]["steps"]
    found: dict[str, Any] = next(each for each in steps if each["name"] == name)
    return found


def _action(
    name: str, repository: ARepository, **given: str
) -> subprocess.CompletedProcess[str]:
    """Run a step of the action as the runner does, with inputs and their defaults."""
    defaults = {key: each["default"] for key, each in _yaml(ACTION)["inputs"].items()}
    inputs = {**defaults, **{key.replace("_", "-"): v for key, v in given.items()}}
    step = _step(name)
    env = {
        key: INPUT.sub(lambda found: inputs[found[1]], value)
        for key, value in step["env"].items()
    }
    temp = repository.root.parent
    log = temp / "gh.log"
    runner = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_BASE_REF": "main",
        "GITHUB_REPOSITORY": "shop/events",
        "RUNNER_TEMP": str(temp),
        "GH_LOG": str(log),
        "PATH": f"{temp / 'bin'}{os.pathsep}{Path(sys.executable).parent}"
        f"{os.pathsep}{os.environ['PATH']}",
    }
    return _run(step["run"], repository.root, {**runner, **env})


def test_given_a_breaking_change_then_the_action_fails_with_reports(
    repository: ARepository,
):
    done = _action("check", repository, sarif="a b.sarif", junit="c.xml")

    assert done.returncode == 1, done.stderr
    assert "::error file=contracts/order/schema.avsc" in done.stdout
    sarif = json.loads((repository.root / "a b.sarif").read_text())
    assert sarif["version"] == "2.1.0"
    assert (repository.root / "c.xml").exists()


def test_given_a_compatible_change_then_the_action_passes(repository: ARepository):
    broken_work.mend(repository)

    done = _action("check", repository)

    assert done.returncode == 0, done.stdout + done.stderr


def test_given_an_input_that_is_a_script_then_it_is_not_run(repository: ARepository):
    hostile = 'contracts"; touch "$RUNNER_TEMP/run"; $(touch "$RUNNER_TEMP/run")'

    done = _action("check", repository, paths=hostile, against="`touch run`")

    assert done.returncode == 2
    assert not (repository.root.parent / "run").exists()
    assert not (repository.root / "run").exists()


def test_the_action_puts_no_expression_into_a_script():
    scripts = [each.get("run", "") for each in _yaml(ACTION)["runs"]["steps"]]

    assert not any("${{" in script for script in scripts)


@pytest.mark.parametrize("command", ["lint", "test"])
def test_given_a_baseline_when_the_action_needs_none_then_it_is_left_out(
    command: str, repository: ARepository
):
    done = _action("check", repository, command=command, against="git:main")

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_action_tries_examples_too(repository: ARepository):
    done = _action("check", repository, command="test")

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("known", "method"), [("", "POST"), ("17\n", "PATCH")])
def test_the_action_keeps_one_comment(
    known: str, method: str, repository: ARepository, monkeypatch: pytest.MonkeyPatch
):
    binaries = repository.root.parent / "bin"
    binaries.mkdir()
    (binaries / "gh").write_text(GH)
    (binaries / "gh").chmod(0o755)
    monkeypatch.setenv("GH_KNOWN", known)
    _action("check", repository, comment="true")

    done = _action("comment", repository, comment="true")

    calls = (repository.root.parent / "gh.log").read_text().splitlines()
    assert done.returncode == 0, done.stderr
    assert f"--method {method}" in calls[-1]
    assert (repository.root.parent / "contracts.md").read_text().startswith("<!--")


def test_the_comment_is_left_out_for_forks():
    condition = _step("comment")["if"]

    assert "head.repo.full_name == github.repository" in condition


def test_the_action_installs_the_version_that_is_asked_for(tmp_path: Path):
    (tmp_path / "python").write_text('#!/bin/sh\necho "$@"\n')
    (tmp_path / "python").chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"

    told = [
        _run(_step("install")["run"], tmp_path, {"VERSION": version, "PATH": path})
        for version in ("", "0.1.0")
    ]

    assert [each.stdout.split()[-1] for each in told] == [
        "wirepact-registry",
        "wirepact-registry==0.1.0",
    ]


def _gitlab(file: Path, repository: ARepository) -> subprocess.CompletedProcess[str]:
    (job,) = (each for each in _yaml(file).values() if "script" in each)
    variables = {
        **{name: str(value) for name, value in job.get("variables", {}).items()},
        "GITLAB_CI": "true",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
    }
    return _run("\n".join(job["script"]), repository.root, variables)


@pytest.mark.parametrize("file", [GITLAB, STARTED / "gitlab.yml"], ids=lambda f: f.name)
def test_given_a_breaking_change_then_the_job_of_gitlab_fails_with_reports(
    file: Path, repository: ARepository
):
    broken = _gitlab(file, repository)
    report = json.loads((repository.root / "gl-code-quality-report.json").read_text())
    broken_work.mend(repository)
    passed = _gitlab(file, repository)

    assert broken.returncode == 1, broken.stderr
    assert report[0]["location"]["path"] == "contracts/order/schema.avsc"
    assert (repository.root / "contracts.xml").exists()
    assert passed.returncode == 0, passed.stdout + passed.stderr


def test_given_a_breaking_change_then_the_workflow_that_init_writes_fails(
    repository: ARepository,
):
    (job,) = _yaml(STARTED / "github.yml")["jobs"].values()
    steps = [each["run"] for each in job["steps"] if "run" in each]
    checks = [each for each in steps if each.startswith("wirepact")]
    env = {"GITHUB_ACTIONS": "true", "GITHUB_BASE_REF": "main"}

    broken = _run("\n".join(checks), repository.root, env)
    broken_work.mend(repository)
    passed = _run("\n".join(checks), repository.root, env)

    assert len(checks) == 2
    assert broken.returncode == 1, broken.stderr
    assert passed.returncode == 0, passed.stdout + passed.stderr


def test_given_a_breaking_change_that_is_staged_then_the_hook_fails(
    repository: ARepository,
):
    (hook,) = _yaml(HOOKS)
    before = _run(hook["entry"], repository.root, {})
    broken_work.put(repository, "id", "added", "more")
    unstaged = _run(hook["entry"], repository.root, {})
    repository.git("add", "-A")

    staged = _run(hook["entry"], repository.root, {})

    assert before.returncode == 0, before.stdout + before.stderr
    assert unstaged.returncode == 0, unstaged.stdout + unstaged.stderr
    assert staged.returncode == 1, staged.stdout + staged.stderr
    assert "more" in staged.stdout


@pytest.mark.parametrize("command", ["check", "breaking"])
def test_given_no_commit_yet_when_what_is_staged_is_looked_at_then_all_of_it_is_new(
    command: str, tmp_path: Path
):
    fresh = ARepository(tmp_path / "fresh")
    broken_work.put(fresh, "id")
    fresh.git("add", "-A")

    staged = _run(f"wirepact {command} --staged", fresh.root, {})
    others = _run(f"wirepact {command}", fresh.root, {})

    assert staged.returncode == 0, staged.stdout + staged.stderr
    assert "compared with nothing" in staged.stdout
    # What is not staged may be part of anything: there it is still said.
    assert others.returncode == 2

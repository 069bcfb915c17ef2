"""The templates for CI with all their steps, from the install line on."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.integration.cli import broken_work
from tests.integration.gate.repositories import ARepository
from tests.services import installing
from tests.services.installing import ROOT, Shelf

ACTION = ROOT / "clients/ci/github-action/action.yml"
GITLAB = ROOT / "clients/ci/gitlab/contracts.yml"
STARTED = ROOT / "registry/gate/scaffolding/templates"
HOW_TO = ROOT / "docs/how-to"
INPUT = re.compile(r"\$\{\{ *inputs\.([a-z-]+) *\}\}")
BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
FORBIDDEN = ("GIT_", "GITHUB_", "CI_", "WIREPACT_", "PIP_", "PYTHON", "VIRTUAL_ENV")
SIGNS = frozenset({"CI", "GITLAB_CI", "TF_BUILD"})

Run = Callable[..., subprocess.CompletedProcess[str]]


def _yaml(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    return installing.shelf(tmp_path_factory.mktemp("shelf"))


@pytest.fixture
def repository(tmp_path: Path) -> ARepository:
    """A repository whose branch `work` breaks what `main` promises."""
    return broken_work.broken(tmp_path / "work tree")


@pytest.fixture
def run(tmp_path: Path, shelf: Shelf, repository: ARepository) -> Run:
    """Runs a script as CI does, in an environment that has only pip."""
    programs = installing.environment(tmp_path / "fresh")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(FORBIDDEN) and name not in SIGNS
    }
    path = f"{programs}{os.pathsep}{_without_ours(kept['PATH'])}"

    def script(text: str, given: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        bash = shutil.which("bash") or "bash"
        return subprocess.run(
            [bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", text],
            cwd=repository.root,
            env={**kept, **shelf.settings(), "PATH": path, **given},
            capture_output=True,
            text=True,
            check=False,
        )

    return script


def _without_ours(path: str) -> str:
    """Leave out where the command is installed for the tests."""
    own = str(Path(sys.executable).parent)
    return os.pathsep.join(each for each in path.split(os.pathsep) if each != own)


def _steps(**given: str) -> list[tuple[str, dict[str, str]]]:
    """Return the scripts of the action with their variables, as a runner has them."""
    action = _yaml(ACTION.read_text())
    defaults = {key: each["default"] for key, each in action["inputs"].items()}
    inputs = {**defaults, **{key.replace("_", "-"): v for key, v in given.items()}}
    return [
        (
            step["run"],
            {
                key: INPUT.sub(lambda found: inputs[found[1]], value)
                for key, value in step["env"].items()
            },
        )
        for step in action["runs"]["steps"]
        # The comment has a condition that does not hold here.
        if "run" in step and "if" not in step
    ]


def test_given_each_command_with_all_inputs_when_the_action_is_run_then_it_does_it(
    run: Run, repository: ARepository
):
    runner = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_BASE_REF": "main",
        "RUNNER_TEMP": str(repository.root.parent),
    }
    ended: dict[str, int] = {}

    for command in ("check", "breaking", "lint", "test"):
        sarif, junit = f"{command}.sarif", f"{command}.xml"
        install, check = _steps(
            command=command,
            against="merge-base",
            sarif=sarif,
            junit=junit,
            comment="true",
            version="0.1.0",
        )
        if not ended:
            installed = run(install[0], {**runner, **install[1]})
            assert installed.returncode == 0, installed.stderr
        ended[command] = run(check[0], {**runner, **check[1]}).returncode
        assert (repository.root / sarif).exists()
        assert (repository.root / junit).exists()
        (repository.root.parent / "contracts.md").unlink()

    assert ended == {"check": 1, "breaking": 1, "lint": 0, "test": 0}


def _job(text: str) -> str:
    """Return all that a job of GitLab, or the steps of one of GitHub, run."""
    found = _yaml(text)
    (job,) = found.get("jobs", found).values()
    if isinstance(job, dict) and "script" in job:
        return "\n".join([*job.get("before_script", ()), *job["script"]])
    steps = job["steps"] if isinstance(job, dict) else job
    return "\n".join(each["run"] for each in steps if "run" in each)


def _shown(page: str, beginning: str) -> str:
    """Return the example of a page that begins so."""
    blocks = BLOCK.findall((HOW_TO / page).read_text(encoding="utf-8"))
    (found,) = (each for each in blocks if each.startswith(beginning))
    return str(found)


JOBS = {
    "gitlab-template": GITLAB.read_text(),
    "gitlab-of-init": (STARTED / "gitlab.yml").read_text(),
    "github-of-init": (STARTED / "github.yml").read_text(),
    "gitlab-of-the-page": _shown("gate-changes-in-ci.md", "# GitLab"),
    "github-of-the-page": _shown("gate-changes-in-ci.md", "# GitHub"),
}


@pytest.mark.parametrize("name", JOBS)
def test_given_a_breaking_change_when_a_job_is_run_as_it_stands_then_it_fails_by_it(
    name: str, run: Run, repository: ARepository
):
    variables = {
        "GITLAB_CI" if "gitlab" in name else "GITHUB_ACTIONS": "true",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "GITHUB_BASE_REF": "main",
        "CONTRACTS_FOLDER": "contracts",
        "CONTRACTS_FAIL_ON": "error",
        "CONTRACTS_VERSION": "",
    }
    script = _job(JOBS[name])

    broken = run(script, variables)
    broken_work.mend(repository)
    passed = run(script, variables)

    assert broken.returncode == 1, broken.stdout + broken.stderr
    assert "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE" in broken.stdout
    assert passed.returncode == 0, passed.stdout + passed.stderr


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """This repository as others clone it, with a tag for what is here now."""
    made = ARepository(tmp_path / "published")
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        shutil.copy(ROOT / name, made.root / name)
    left = shutil.ignore_patterns("__pycache__", "tests", "*.egg-info")
    for name in ("registry", "clients/python"):
        shutil.copytree(ROOT / name, made.root / name, ignore=left)
    made.commit()
    made.git("tag", "v0.1.0")
    return made.root


def test_given_the_hook_when_committing_then_breaks_are_refused_from_the_first_one_on(
    tmp_path: Path, shelf: Shelf, published: Path
):
    project = ARepository(tmp_path / "project")
    example = _shown("describe-a-contract.md", "- repo:")
    told = re.sub(r"repo: \S+", f"repo: {published}", example)
    (project.root / ".pre-commit-config.yaml").write_text(f"repos:\n{told}")
    broken_work.put(project, "id")
    hook = [sys.executable, "-m", "pre_commit"]
    env = {
        **{k: v for k, v in os.environ.items() if not k.startswith(FORBIDDEN)},
        **shelf.settings(),
        # All of ours comes from the clone.
        "PIP_FIND_LINKS": "",
        "PRE_COMMIT_HOME": str(tmp_path / "hooks"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "t",
        "GIT_AUTHOR_EMAIL": "t@example.com",
        "GIT_COMMITTER_NAME": "t",
        "GIT_COMMITTER_EMAIL": "t@example.com",
    }

    def do(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=project.root,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )

    installed = do(*hook, "install")
    project.git("add", "-A")
    first = do("git", "commit", "-m", "first")
    broken_work.put(project, "id", "added")
    breaking = do("git", "commit", "-a", "-m", "breaking")
    broken_work.put(project, "id", team="bills")
    harmless = do("git", "commit", "-a", "-m", "harmless")

    assert installed.returncode == 0, installed.stderr
    assert first.returncode == 0, first.stdout + first.stderr
    assert "check event contracts" in first.stderr + first.stdout
    assert breaking.returncode == 1, breaking.stdout + breaking.stderr
    told = breaking.stdout + breaking.stderr
    assert "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE" in told
    assert harmless.returncode == 0, harmless.stdout + harmless.stderr

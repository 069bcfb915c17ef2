"""Real git repositories with contracts in them."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from registry.compiler.in_place import InPlaceCompiler
from registry.engine import engine
from registry.gate import baselines, checking, commits, views
from registry.gate.cache import Cache
from registry.gate.checking import Run
from registry.gate.project import Project
from registry.gate.report import Located, Report
from registry.gate.snapshots import Reading, Snapshot
from registry.gate.views import View
from tests.unit.gate.builders import a_record, write_contract

ONLY_COMPATIBILITY = (views.COMPATIBILITY,)
_CONFIG = (
    "user.name=t",
    "user.email=t@example.com",
    "core.hooksPath=",
    "protocol.file.allow=always",
)
PARSING = engine(InPlaceCompiler)


class ARepository:
    """A repository whose `main` has one commit, with the work on a branch `work`.

    Attributes:
        prefix: Of its subjects, where they are not those of the builders.

    """

    prefix = ""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", ".")

    def git(self, *arguments: str) -> str:
        config = [word for each in _CONFIG for word in ("-c", each)]
        kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        done = subprocess.run(
            ["git", *config, *arguments],
            cwd=self.root,
            env={**kept, "GIT_CONFIG_GLOBAL": os.devnull},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def contract(
        self, name: str, *fields: str, folder: str = "contracts", **settings: object
    ) -> Path:
        """Write a contract of a record whose fields are texts without defaults."""
        schema = settings.pop("schema", None) or a_record(_type(name), *fields)
        settings.setdefault("compatibility", "BACKWARD")
        where = self.root / folder / name
        return write_contract(where, f"{name}-value", str(schema), **settings)

    def commit(self, message: str = "change") -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def begin_work(self) -> None:
        self.commit("base")
        self.git("checkout", "-q", "-b", "work")

    def snapshot(
        self, *folders: str, is_staged: bool = False, cache: Cache | None = None
    ) -> Snapshot:
        project = self.project(*folders)
        tree = project.staged_tree() if is_staged else project.working_tree()
        return Snapshot(tree, project.folders, PARSING, Reading(PARSING, cache))

    def project(self, *folders: str) -> Project:
        return Project.of([self.root / each for each in folders or ("contracts",)])

    def check(
        self,
        against: str = "merge-base",
        *folders: str,
        env: Mapping[str, str] = {},
        is_whole: bool = False,
        views: tuple[View, ...] = ONLY_COMPATIBILITY,
    ) -> Report:
        now = self.snapshot(*folders)
        baseline = baselines.find(against, self.project(*folders), now, env)
        return checking.check(now, baseline, Run(views, is_whole=is_whole))

    def check_staged(self) -> Report:
        now = self.snapshot(is_staged=True)
        project = self.project()
        baseline = baselines.of_commit(commits.head(project), project, now)
        return checking.check(now, baseline, Run(ONLY_COMPATIBILITY))


def _type(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))


def told(report: Report) -> list[tuple[str, str]]:
    """Return what was found: rules, and the contracts' ids."""
    return [(each.finding.rule, each.contract or "") for each in report.findings]


def files(report: Report) -> list[str]:
    return sorted({str(each.file) for each in report.looks})


def only(report: Report) -> Located:
    (found,) = report.findings
    return found


def run_apart(command: str) -> tuple[str, frozenset[str]]:
    """Run a command in a process of its own.

    Returns:
        What it prints and how it ends (`ends: 0`), and the modules that it imports.

    """
    script = (
        f"import sys; sys.argv = ['wirepact', {command!r}]\n"
        "from wirepact.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: print('ends:', end.code)\n"
        "print('imported:', *sorted(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    out, _, imported = done.stdout.partition("imported:")
    return out, frozenset(imported.split())

"""Which continuous integration a run is in, and what that one reads besides a log."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from registry.gate.writers.writing import Form

_TRUE: Final = frozenset({"true", "1"})


@dataclass(frozen=True, slots=True)
class Extra:
    """A form that a service reads, written although nobody has asked for it.

    Attributes:
        file: None for the job's log.
        is_added: Whether the file has other parts, which stay.

    """

    form: Form
    file: Path | None = None
    is_added: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """A service, by the variables that it sets.

    Attributes:
        sign: The variable that is true in its jobs, and set in no others.
        job: The variables that together tell a job of a workflow from all others.
        log: What it reads out of the log.
        file: What it reads out of a file of a fixed name in the working folder.
        page: What it reads out of a file that a variable names.

    """

    name: str
    sign: str
    job: tuple[str, ...]
    log: Form | None = None
    file: tuple[Form, str] | None = None
    page: tuple[Form, str] | None = None


GITHUB: Final = Service(
    name="GitHub Actions",
    sign="GITHUB_ACTIONS",
    job=("GITHUB_WORKFLOW", "GITHUB_JOB"),
    log=Form.GITHUB,
    page=(Form.GITHUB_SUMMARY, "GITHUB_STEP_SUMMARY"),
)
GITLAB: Final = Service(
    name="GitLab CI",
    sign="GITLAB_CI",
    job=("CI_JOB_NAME",),
    file=(Form.GITLAB, "gl-code-quality-report.json"),
)
AZURE: Final = Service(
    name="Azure Pipelines",
    sign="TF_BUILD",
    job=("BUILD_DEFINITIONNAME", "SYSTEM_JOBNAME"),
    log=Form.AZURE,
)
SERVICES: Final = (GITHUB, GITLAB, AZURE)


def find(environ: Mapping[str, str]) -> Service | None:
    """Return the service whose job this is; None on a desk and in other services."""
    for each in SERVICES:
        if environ.get(each.sign, "").lower() in _TRUE:
            return each
    return None


def job(environ: Mapping[str, str]) -> str:
    """Return what names this job of this workflow; empty where nothing does."""
    service = find(environ)
    if service is None:
        return ""
    return "/".join(environ.get(each, "") for each in service.job)


def extras(environ: Mapping[str, str]) -> tuple[Extra, ...]:
    """Return what the service of this job reads besides the text in its log."""
    service = find(environ)
    if service is None:
        return ()
    found: list[Extra] = []
    if service.log is not None:
        found.append(Extra(service.log))
    if service.file is not None:
        form, name = service.file
        found.append(Extra(form, Path(name)))
    if service.page is not None:
        form, variable = service.page
        if named := environ.get(variable):
            found.append(Extra(form, Path(named), is_added=True))
    return tuple(found)

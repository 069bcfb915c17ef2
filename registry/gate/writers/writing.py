"""The one way to write a report: a form, and the text in it."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from importlib import import_module
from typing import Final

from registry.gate.report import Report
from registry.gate.writers.circumstances import NOWHERE, Circumstances


class Form(StrEnum):
    """What a report can be written as; the values are what commands take."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"
    GITHUB = "github"
    GITHUB_SUMMARY = "github-summary"
    GITLAB = "gitlab"
    AZURE = "azure"
    RDJSONL = "rdjsonl"
    MARKDOWN = "markdown"


# Imported when asked for: a run writes one or two forms, and starts at once.
_MODULES: Final[Mapping[Form, str]] = {
    Form.TEXT: "terminal",
    Form.JSON: "structured",
    Form.SARIF: "sarif",
    Form.JUNIT: "junit",
    Form.GITHUB: "github",
    Form.GITHUB_SUMMARY: "summary",
    Form.GITLAB: "gitlab",
    Form.AZURE: "azure",
    Form.RDJSONL: "reviewdog",
    Form.MARKDOWN: "comment",
}


def write(report: Report, form: Form, circumstances: Circumstances = NOWHERE) -> str:
    """Return a report in a form, ending with a line feed unless it is empty.

    Equal reports under equal circumstances give equal texts. There is no character
    in it that UTF-8 cannot encode.
    """
    module = import_module(f"registry.gate.writers.{_MODULES[form]}")
    writer: Callable[[Report, Circumstances], str] = module.write
    return writer(report, circumstances)

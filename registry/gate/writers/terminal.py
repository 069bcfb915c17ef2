"""For people: what is wrong, where it stands, who breaks, why, and what mends it."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import PurePosixPath
from typing import Final

from registry.gate.report import Located, Report
from registry.gate.writers import wording
from registry.gate.writers.circumstances import Circumstances
from registry.gate.writers.escaping import inert, line
from registry.gate.writers.excerpt import Excerpt, excerpt, hidden

_TextOf = Callable[[PurePosixPath], str | None]

_COLOURS: Final[Mapping[str, str]] = {
    "error": "\x1b[1;31m",
    "warning": "\x1b[1;33m",
    "waived": "\x1b[1;36m",
    "passed": "\x1b[1;32m",
    "failed": "\x1b[1;31m",
    "quiet": "\x1b[2m",
}
_SECRET: Final = frozenset({"NO_SECRET_IN_EXAMPLES"})
"""Rules about what is not to be read in a log; the place of it is enough."""

_PLAIN: Final = "\x1b[0m"


class _Paint:
    """Colours texts, or leaves them alone."""

    def __init__(self, is_coloured: bool) -> None:  # noqa: FBT001 - all it has
        self._is_coloured = is_coloured

    def __call__(self, text: str, colour: str) -> str:
        if not self._is_coloured:
            return text
        return f"{_COLOURS[colour]}{text}{_PLAIN}"


def write(report: Report, circumstances: Circumstances) -> str:
    """Return the report for a terminal, or plain where that is no terminal."""
    paint = _Paint(circumstances.is_coloured)
    # Many findings are in one file.
    text_of = cache(circumstances.text_of)
    lines: list[str] = []
    for located in report.findings:
        lines += [*_finding(located, text_of, circumstances, paint), ""]
    lines += wording.remarks(report)
    lines += wording.hints(report)
    told = wording.headline(report, circumstances)
    verdict = told.partition(":")[0]
    lines.append(paint(verdict, verdict) + told.removeprefix(verdict))
    return inert("\n".join(lines)) + "\n"


def _finding(
    located: Located,
    text_of: _TextOf,
    circumstances: Circumstances,
    paint: _Paint,
) -> Iterator[str]:
    finding = located.finding
    level = wording.level_of(located)
    yield f"{paint(f'{level}[{line(finding.rule)}]', level)} {line(finding.message)}"
    # Never a file's name in front: an agent takes a line that begins with "::" for
    # a command.
    source = [*_source(located, text_of, circumstances.width, paint)]
    # What stands in no line of this file has only its name to be known by.
    name = "" if source or not finding.path else f": {line(finding.path, 200)}"
    yield f" --> {wording.place(located)}{name}"
    yield from source
    yield from _reasons(located)
    yield from _ways_out(located, circumstances, paint)


def _source(
    located: Located, text_of: _TextOf, width: int, paint: _Paint
) -> Iterator[str]:
    where = located.finding.location
    text = None if where is None else text_of(located.file)
    if where is None or text is None:
        return
    if located.finding.rule in _SECRET:
        text = hidden(text, where)
    gutter = len(str(where.line))
    found = excerpt(text, where, width - gutter - 3)
    if found is not None:
        yield f"{found.number} | {found.shown}"
        label = _label(located, found)
        carets = paint(found.carets, wording.level_of(located))
        yield f"{' ' * gutter} | {carets}{label}"


def _label(located: Located, found: Excerpt) -> str:
    element = line(located.finding.path, 200)
    name = f" {element}" if element else ""
    where = located.finding.location
    until = f" (to line {where.end_line})" if where and found.is_longer else ""
    return name + until


def _reasons(located: Located) -> Iterator[str]:
    finding = located.finding
    for each in finding.broken:
        yield f" breaks: {wording.broken(located, each)}"
    if located.apps:
        yield f" apps:   {wording.apps(located)}"
    if finding.why:
        yield f" why:    {line(finding.why)}"
    if finding.old_location is not None:
        yield f" before: {wording.earlier(located)}"


def _ways_out(
    located: Located, circumstances: Circumstances, paint: _Paint
) -> Iterator[str]:
    finding = located.finding
    for number, fix in enumerate(finding.fixes, start=1):
        yield f" fix {number}:  {wording.fixed(fix)}"
    if located.waived is not None:
        yield f" {wording.waiver(located)}"
        return
    yield paint(f" more:   wirepact explain {line(finding.rule)}", "quiet")
    if located.is_waivable:
        yield paint(f" waive:  {wording.waiving(located, circumstances)}", "quiet")

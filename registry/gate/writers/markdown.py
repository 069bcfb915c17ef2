"""Reports in Markdown, within the room that a page gives them."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from registry.gate.report import Located, Report
from registry.gate.writers import wording
from registry.gate.writers.circumstances import Circumstances
from registry.gate.writers.escaping import inert, line

_PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")
# Sites look for these after Markdown is done with its escapes: people, groups, issues.
_REFERENCE: Final = re.compile(r"([@#])")
_UNSEEN: Final = "\u200b"
_TICKS: Final = re.compile("`+")
_MARKS: Final = {"error": "❌", "warning": "⚠️", "waived": "☑️"}


def prose(text: str) -> str:
    """Return foreign text in which Markdown and the sites around it find nothing."""
    escaped = _PUNCTUATION.sub(r"\\\1", line(text))
    return _REFERENCE.sub(rf"\1{_UNSEEN}", escaped)


def code(text: str) -> str:
    """Return foreign text as a span of code, whatever backticks are in it."""
    shown = inert(line(text)).strip()
    if not shown:
        return ""
    ticks = "`" * (max(map(len, _TICKS.findall(shown)), default=0) + 1)
    pad = " " if "`" in (shown[0], shown[-1]) else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def body(report: Report, circumstances: Circumstances, most_bytes: int) -> str:
    """Return the report; findings that have no room are counted at its end."""
    head = f"### Contracts: {prose(wording.headline(report, circumstances))}\n\n"
    closing = (*wording.remarks(report), *wording.hints(report))
    tail = "".join(f"* {prose(each)}\n" for each in closing)
    tail = f"\n{tail}" if tail else ""
    # What closes the report is worth a quarter of the room, not all of it.
    tail = _cut(tail, most_bytes // 4)
    room = (
        most_bytes - _size(head) - _size(tail) - _size(_missing(len(report.findings)))
    )
    blocks = (_finding(each, circumstances) for each in report.findings)
    shown = list(_fitting(blocks, room))
    left_out = len(report.findings) - len(shown)
    return head + "".join(shown) + (_missing(left_out) if left_out else "") + tail


def _missing(number: int) -> str:
    return f"\n+{number} more findings, for which there is no room here.\n"


def _size(text: str) -> int:
    return len(text.encode())


def _cut(text: str, most_bytes: int) -> str:
    """Return the whole lines of a text that fit."""
    return "".join(_fitting(text.splitlines(keepends=True), most_bytes))


def _fitting(blocks: Iterable[str], room: int) -> Iterator[str]:
    for block in blocks:
        room -= _size(block)
        if room < 0:
            return
        yield block


def _finding(located: Located, circumstances: Circumstances) -> str:
    return "".join(f"{each}\n" for each in _lines(located, circumstances))


def _lines(located: Located, circumstances: Circumstances) -> Iterator[str]:
    finding = located.finding
    level = wording.level_of(located)
    where = code(wording.place(located))
    yield f"* {_MARKS[level]} **{level}** {code(finding.rule)} {where}:"
    yield f"  {prose(finding.message)}"
    if finding.path:
        yield f"  * element: {code(finding.path)}"
    for each in finding.broken:
        yield f"  * breaks: {prose(wording.broken(located, each))}"
    if located.apps:
        yield f"  * apps: {prose(wording.apps(located))}"
    if finding.why:
        yield f"  * why: {prose(finding.why)}"
    if finding.old_location is not None:
        yield f"  * before: {prose(wording.earlier(located))}"
    for fix in finding.fixes:
        yield f"  * fix: {prose(wording.fixed(fix))}"
    if located.waived is not None:
        yield f"  * {prose(wording.waiver(located))}"
        return
    if located.is_waivable:
        command = code(wording.waiving(located, circumstances))
        yield f"  * to accept it for a time: {command}"

"""Pages for people: one for each contract, and one that lists them.

Whatever a contract says is text: nothing in it becomes a heading, a link or markup.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from registry.gate.rendering.described import Described, by_domain
from registry.gate.rendering.elements import Element
from registry.gate.rendering.names import file_name
from registry.gate.writers.markdown import code, prose

_INDEX: Final = "README.md"
_FENCE: Final = re.compile("`{3,}")


def texts(contracts: Sequence[Described]) -> dict[str, str]:
    """Return a page for each contract, and one that leads to them."""
    pages = {f"{each.id}.md": _page(each) for each in contracts}
    return {**pages, _INDEX: _index(contracts)} if pages else {}


def _index(contracts: Sequence[Described]) -> str:
    lines = ["# Contracts"]
    for domain, found in by_domain(contracts).items():
        lines += ["", f"## {prose(domain)}", ""]
        rows = [
            (
                f"[{prose(each.name)}]({file_name(f'{each.id}.md', for_links=True)})",
                prose(each.said("version")),
                prose(each.said("status")),
                prose(each.team),
                prose(each.described_as("purpose")),
            )
            for each in found
        ]
        titles = ("contract", "version", "status", "owner", "purpose")
        lines += _table(titles, rows)
    return "\n".join((*lines, ""))


def _page(it: Described) -> str:
    blocks = [f"# {prose(it.name)}", *_description(it), "\n".join(_facts(it))]
    for title, lines in (
        ("Fields", _fields(it)),
        ("Quality", _quality(it)),
        ("Support", _support(it)),
        ("Service levels", _levels(it)),
        ("Examples", _examples(it)),
    ):
        made = [*lines]
        if made:
            blocks += [f"## {title}", "\n".join(made)]
    return "\n\n".join((*blocks, ""))


def _description(it: Described) -> Iterator[str]:
    for name, label in (
        ("purpose", ""),
        ("usage", "Usage: "),
        ("limitations", "Limits: "),
    ):
        if said := it.described_as(name):
            yield f"{label}{prose(said)}"


def _facts(it: Described) -> Iterator[str]:
    manifest = it.contract.manifest
    facts = (
        ("id", it.id),
        ("version", it.said("version")),
        ("status", it.said("status")),
        ("owner", it.team),
        ("domain", it.said("domain")),
        ("topic", it.topic),
        ("subject", str(manifest.subject)),
        ("language", manifest.schema_type.value),
        ("compatibility", it.level),
        ("tags", ", ".join(it.tags())),
    )
    yield from _table(("", ""), ((name, _code(said)) for name, said in facts if said))


def _fields(it: Described) -> Iterator[str]:
    said = {
        each.get("name"): each
        for each in it.objects[:1]
        for each in each.get("properties") or ()
        if isinstance(each, dict)
    }
    rows = [*_rows(it.elements, "", said)]
    if rows:
        titles = ("field", "type", "required", "classification", "description")
        yield from _table(titles, rows)


def _rows(
    elements: Iterable[Element], around: str, said: dict[Any, dict[str, Any]]
) -> Iterator[Sequence[str]]:
    for each in elements:
        path = f"{around}{each.name}"
        own = said.get(each.name, {}) if not around else {}
        required = {True: "yes", False: "no", None: ""}[each.is_required]
        tags = [tag for tag in own.get("tags") or () if isinstance(tag, str)]
        marks = [str(own.get("classification") or ""), *tags]
        yield (
            _code(path),
            _code(each.physical),
            required,
            prose(", ".join(mark for mark in marks if mark)),
            prose(str(own.get("description") or each.description)),
        )
        inner = each.each if each.each is not None else each
        dots = "[]." if each.each is not None else "."
        yield from _rows(inner.inside, f"{path}{dots}", said)


def _quality(it: Described) -> Iterator[str]:
    for each in it.objects[:1]:
        quality = each.get("quality")
        for rule in quality if isinstance(quality, list) else ():
            if isinstance(rule, dict):
                name = str(rule.get("name") or rule.get("type") or "rule")
                told = rule.get("implementation") or rule.get("query")
                shown = f": {_code(told)}" if isinstance(told, str) else ""
                yield f"- {prose(name)}{shown}"


def _support(it: Described) -> Iterator[str]:
    for each in it.listed("support"):
        more = [str(each[name]) for name in ("tool", "scope") if each.get(name)]
        said = f" ({prose(', '.join(more))})" if more else ""
        yield f"- {_code(str(each.get('channel', '')))}{said}"


def _levels(it: Described) -> Iterator[str]:
    for each in it.listed("slaProperties"):
        unit = f" {each['unit']}" if each.get("unit") else ""
        value = f"{each.get('value')}{unit}"
        yield f"- {prose(str(each.get('property', '')))}: {prose(value)}"


def _examples(it: Described) -> Iterator[str]:
    for at, (name, value) in enumerate(it.examples.items()):
        text = json.dumps(value, indent=2, ensure_ascii=False)
        # In a string only: a fence that is longer than any in it holds it.
        longest = max((len(each) for each in _FENCE.findall(text)), default=2)
        fence = "`" * (longest + 1)
        yield from ([""] if at else [])
        yield from (f"{prose(name)}:", "", f"{fence}json", text, fence)


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield f"|{'---|' * len(titles)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _code(text: str) -> str:
    """Return a span of code that may stand in a table."""
    return code(text).replace("|", r"\|")

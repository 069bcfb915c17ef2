"""The parts of docs/reference that are made from the code, so that they stay true.

Run as a module (`COMMAND`), this writes them anew.
"""

import dataclasses
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click
from litestar import Litestar

from registry import bootstrap
from registry.application import cases
from registry.cli.commands import COMMANDS
from registry.cli.exits import MEANINGS
from registry.domain.errors import RegistryError
from registry.domain.formats.avro import rules as avro
from registry.domain.formats.jsonschema import rules as jsonschema
from registry.domain.formats.protobuf import rules as protobuf
from registry.domain.formats.protobuf.policy_rules import (
    FILE,
    POLICY_RULES,
    REUSE,
    WIRE,
    WIRE_JSON,
)
from registry.domain.rules import Rule, Severity
from registry.domain.secrets import Secret
from registry.gate import examples, odcs
from registry.settings import PREFIX, Address, Settings, SettingsError, load
from tests.unit.docs import lint_pages, role_pages
from wirepact.cli.commands import COMMANDS as SDK_COMMANDS

FOLDER: Final = Path(__file__).parents[3] / "docs" / "reference"
COMMAND: Final = ".venv/bin/python -m tests.unit.docs.reference_pages"

RULES: Final[Mapping[str, Rule]] = {
    **avro.RULES,
    **protobuf.RULES,
    **jsonschema.RULES,
}
POLICIES: Final = {"WIRE": WIRE, "WIRE_JSON": WIRE_JSON, "FILE": FILE}

_BEGIN: Final = "<!-- made from the code: begin -->"
_END: Final = "<!-- made from the code: end -->"
_PLACEHOLDER: Final = re.compile(r"{(\w+)}")
_METHODS: Final = ("get", "post", "put", "delete")


def rules() -> Iterator[str]:
    """Yield a section for each rule: errors first, each under its id as an anchor."""
    every = (*cases.RULES.values(), *RULES.values())
    for severity, title in (
        (Severity.ERROR, "Errors: the schema is refused"),
        (Severity.WARNING, "Warnings: the schema is accepted"),
    ):
        yield f"## {title}\n"
        for rule in every:
            if rule.severity is severity:
                yield from _rule(rule)
    yield "## Policies: the schema is refused where a subject has chosen them\n"
    yield from _policies()


def _policies() -> Iterator[str]:
    """Yield a row for each rule of the policies, under its id as an anchor."""
    yield "| rule | policies | what must hold | why, and what to do |"
    yield "|---|---|---|---|"
    for rule in POLICY_RULES.values():
        chosen = (name for name, of in POLICIES.items() if rule in of or rule in REUSE)
        where = ", ".join(f"`{name}`" for name in chosen)
        anchor = f'<a id="{rule.id}"></a>`{rule.id}`'
        yield f"| {anchor} | {where} | {rule.purpose} | {rule.why} |"


def settings() -> Iterator[str]:
    """Yield a row for each environment variable."""
    yield "| variable | default | meaning | accepted |"
    yield "|---|---|---|---|"
    meanings = _attributes(Settings)
    for each in dataclasses.fields(Settings):
        name = PREFIX + each.name.upper()
        meaning = meanings.get(each.name) or _first_line(Address)
        default = _shown(each.default)
        yield f"| `{name}` | `{default}` | {meaning} | {_accepted(name)} |"


def errors() -> Iterator[str]:
    """Yield a row for each error that a use case can raise."""
    yield "| status | `error_code` | when |"
    yield "|---|---|---|"
    # The reason that stands for others with its code comes first.
    found: dict[int, type[RegistryError]] = {}
    for each in _subclasses(RegistryError):
        found.setdefault(each.code, each)
    for code in sorted(found, key=str):
        yield f"| {str(code)[:3]} | {code} | {_first_line(found[code])} |"


def endpoints() -> Iterator[str]:
    """Yield a table for each group of endpoints, from the OpenAPI document."""
    groups: dict[str, list[str]] = {}
    for path, item in sorted(_openapi()["paths"].items()):
        for method in _METHODS:
            if (operation := item.get(method)) is not None:
                row = f"| `{method.upper()} {path}` | {operation['summary']} |"
                groups.setdefault(operation["tags"][0], []).append(row)
    for group, rows in sorted(groups.items()):
        yield f"### {group}\n\n| endpoint | does |\n|---|---|"
        yield from rows
        yield ""


def commands() -> Iterator[str]:
    """Yield a section for each command: what it does, its arguments and options."""
    table = {**SDK_COMMANDS, **COMMANDS}
    for name in sorted(table):
        module, _, attribute = table[name][0].partition(":")
        yield from _command(
            f"wirepact {name}", getattr(import_module(module), attribute)
        )


def _command(name: str, command: click.Command) -> Iterator[str]:
    yield f"## {name}\n"
    context = click.Context(command, info_name=name)
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"`{name} {usage}`\n"
    yield f"{inspect.cleandoc(command.help or '')}\n"
    options = [each for each in command.params if isinstance(each, click.Option)]
    if options:
        yield "| option | meaning |"
        yield "|---|---|"
        yield from map(_option, options)
        yield ""
    if isinstance(command, click.Group):
        for each in sorted(command.commands):
            yield from _command(f"{name} {each}", command.commands[each])


def _option(option: click.Option) -> str:
    names = ", ".join(f"`{each}`" for each in option.opts)
    required = " Needed." if option.required else ""
    return f"| {names} | {option.help or ''}{required} |"


def exits() -> Iterator[str]:
    """Yield a row for each status that a command can end with."""
    yield "| exit status | means | what to do |"
    yield "|---|---|---|"
    for status, (meaning, advice) in MEANINGS.items():
        yield f"| {status.value} | {meaning} | {advice} |"


def manifest_rules() -> Iterator[str]:
    """Yield the rules of manifests and of examples."""
    for rule in (*odcs.RULES.values(), *examples.RULES.values()):
        yield f'<a id="{rule.id}"></a>'
        yield f"* `{rule.id}`: {rule.purpose} {rule.why}"


def roles() -> Iterator[str]:
    """Yield who may do what, and which route asks for what."""
    yield from role_pages.roles(_framework())


PAGES: Final[Mapping[str, Callable[[], Iterable[str]]]] = {
    "rules.md": rules,
    "settings.md": settings,
    "errors.md": errors,
    "http-api.md": endpoints,
    "cli.md": commands,
    "exit-codes.md": exits,
    "manifest.md": manifest_rules,
    "lint-rules.md": lint_pages.lint,
    "roles.md": roles,
    "policies.md": lint_pages.policies,
}


def renewed(name: str, present: str) -> str:
    """Return a page with the part that is made from the code as it must be now."""
    before, _, rest = present.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    made = "\n".join(PAGES[name]()).strip()
    return f"{before}{_BEGIN}\n\n{made}\n\n{_END}{after}"


def _rule(rule: Rule) -> Iterator[str]:
    yield f'<a id="{rule.id}"></a>\n\n### {rule.id}\n'
    yield f"{rule.purpose}\n"
    yield f"* Why: {rule.why}"
    yield f"* Told as: {_PLACEHOLDER.sub(_italic, rule.message)}."
    if rule.confluent_type is not None:
        yield f"* In Confluent's messages: `{rule.confluent_type}`"
    yield f"* Source: {rule.source}\n"


def _italic(placeholder: re.Match[str]) -> str:
    return f"*{placeholder[1].replace('_', ' ')}*"


def _attributes(cls: type) -> dict[str, str]:
    """Return what a class's docstring says of each attribute."""
    text = (inspect.getdoc(cls) or "").partition("Attributes:\n")[2]
    entries = re.findall(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", text, re.MULTILINE)
    return {name: " ".join(meaning.split()) for name, meaning in entries}


def _shown(value: Any) -> str:
    if isinstance(value, int) and value >= 1024 * 1024:
        return f"{value // (1024 * 1024)} MiB"
    return getattr(value, "name", None) or str(value)


def _accepted(name: str) -> str:
    """Return what the settings themselves say that they expect."""
    try:
        load({name: "\0"})
    except SettingsError as error:
        return str(error).partition("expected ")[2]
    return "any text"


def _first_line(documented: Any) -> str:
    return (inspect.getdoc(documented) or "").partition("\n\n")[0].replace("\n", " ")


def _subclasses(cls: type[RegistryError]) -> Iterator[type[RegistryError]]:
    for each in cls.__subclasses__():
        if each.__module__.startswith("registry.") and hasattr(each, "code"):
            yield each
        yield from _subclasses(each)


def _openapi() -> dict[str, Any]:
    return _framework().openapi_schema.to_schema()


def _framework() -> Litestar:
    answer: Any = bootstrap.server(Settings(database_url=Secret("sqlite:///unused.db")))
    app = answer.__self__
    while not isinstance(app, Litestar):
        app = app._app
    return app


def main() -> None:
    """Write every page anew."""
    for name in PAGES:
        page = FOLDER / name
        page.write_text(renewed(name, page.read_text(encoding="utf-8")), "utf-8")


if __name__ == "__main__":
    main()

"""The parts of the reference of lint and policies that are made from the tables."""

from collections.abc import Iterator
from typing import Final

from registry.domain.lint import LintRule
from registry.domain.model import SchemaType
from registry.gate import lint_rules, waivers
from registry.gate.languages.board import LANGUAGES
from registry.gate.policies import BROKEN
from registry.gate.policy_packs import ALWAYS, PACKS, Policy

_TITLES: Final = {
    SchemaType.AVRO: "Avro",
    SchemaType.PROTOBUF: "Protobuf",
    SchemaType.JSON: "JSON Schema",
}
_PACKS: Final = {
    "core": "holds unless a folder chooses other packs",
    "strict": "for teams that want the habits of the best",
    "regulated": "for what is about persons and money",
}


def lint() -> Iterator[str]:
    """Yield a table for each language, each rule under its id as an anchor."""
    for kind, language in LANGUAGES.items():
        yield f"## {_TITLES[kind]}\n"
        yield from _rules(language.RULES)
    yield "## All languages\n"
    yield from _rules(lint_rules.OWN)


def policies() -> Iterator[str]:
    """Yield a table for each pack, then the rules about waivers."""
    for name, pack in PACKS.items():
        yield f"## The pack `{name}`: {_PACKS[name]}\n"
        yield "| policy | each | severity | what must hold | why, and what to do |"
        yield "|---|---|---|---|---|"
        yield from map(_policy, pack)
        yield ""
        yield "```cel"
        for policy in pack:
            when = "" if policy.when == ALWAYS else f", where {policy.when}"
            yield f"// {policy.id}{when}\n{policy.expression}"
        yield "```\n"
    yield "## Policies that cannot be applied\n"
    yield (
        f'<a id="{BROKEN}"></a>`{BROKEN}`: an expression came to nothing, or to'
        " something else than true or false: it asked for a member that is not there,"
        " or went round too often. It has the severity of its policy.\n"
    )
    yield "## Waivers\n"
    yield from _rules(waivers.RULES)


def _rules(rules: tuple[LintRule, ...]) -> Iterator[str]:
    yield "| rule | level | severity | fix | what must hold | why | source |"
    yield "|---|---|---|---|---|---|---|"
    for rule in rules:
        level = "if named" if rule.level is None else rule.level.name
        cells = (
            f'<a id="{rule.id}"></a>`{rule.id}`',
            level,
            rule.severity.value,
            "yes" if rule.is_fixable else "no",
            rule.purpose,
            rule.why,
            rule.source,
        )
        yield f"| {' | '.join(cells)} |"
    yield ""


def _policy(policy: Policy) -> str:
    cells = (
        f'<a id="{policy.id}"></a>`{policy.id}`',
        policy.scope.value,
        policy.severity.value,
        policy.purpose,
        f"{policy.why} {policy.fix}",
    )
    return f"| {' | '.join(cells)} |"

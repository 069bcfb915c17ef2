"""What `registry.yaml` says of lint."""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Final

from registry.domain.lint import Case, LintLevel
from registry.gate import lint_rules
from registry.gate.members import Members

_LEVELS: Final = {each.name: each for each in LintLevel}
_CASES: Final = {each.value: each for each in Case}


@dataclass(frozen=True, slots=True)
class PathIgnore:
    """That remarks of some rules are not wanted for some files.

    Attributes:
        path: A pattern for names of files relative to the folder of contracts; `*`
            stands for any characters, slashes among them.
        rules: Their ids; empty for all.

    """

    path: str
    rules: frozenset[str]
    reason: str

    def covers(self, rule: str, file: PurePosixPath) -> bool:
        is_meant = not self.rules or rule in self.rules
        return is_meant and fnmatchcase(str(file), self.path)


@dataclass(frozen=True, slots=True)
class LintSettings:
    """How much is asked for, and where not.

    Attributes:
        fields: How the names of fields are written in Avro and JSON Schema.
        use: Rules that are looked at whatever the level.
        allows_inline: Whether a schema's own text may say what is not wanted in it.

    """

    level: LintLevel = LintLevel.STANDARD
    fields: Case = Case.SNAKE
    use: frozenset[str] = frozenset()
    ignores: tuple[PathIgnore, ...] = ()
    allows_inline: bool = True


def of(defaults: Members) -> LintSettings:
    """Return what a folder's `registry.yaml` says of lint.

    Raises:
        ManifestError: It is not what it must be.

    """
    lint = defaults.inside("lint")
    lint.only("level", "naming", "use", "ignore", "inlineIgnores")
    naming = lint.inside("naming")
    naming.only("fields")
    allows_inline = lint.find("inlineIgnores", bool)
    return LintSettings(
        level=lint.one_of("level", _LEVELS, LintLevel.STANDARD),
        fields=naming.one_of("fields", _CASES, Case.SNAKE),
        use=frozenset(_rules(lint, "use")),
        ignores=tuple(map(_ignore, lint.each("ignore"))),
        allows_inline=allows_inline is not False,
    )


def _ignore(entry: Members) -> PathIgnore:
    entry.only("path", "rules", "reason")
    path, reason = entry.get_text("path"), entry.get_text("reason")
    return PathIgnore(path, frozenset(_rules(entry, "rules")), reason)


def _rules(members: Members, key: str) -> Iterator[str]:
    for index, rule in enumerate(members.texts(key)):
        if rule not in lint_rules.every() and rule not in lint_rules.FORMER:
            raise members.error(f"unknown rule '{rule}'", key, index)
        yield rule

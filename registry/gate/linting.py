"""Lint of one contract: what should be otherwise before anyone depends on it.

Nothing is compared with a subject's level here: a finding is advice, and fails a run
only where its rule says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final

from registry.application.parsing import Parsing, Source
from registry.domain import lint as tables
from registry.domain.errors import InvalidSchemaError
from registry.domain.levels import Level
from registry.domain.lint import Around, LintRule, Remark
from registry.domain.model import SchemaType
from registry.domain.places import Place
from registry.domain.rules import Severity
from registry.domain.schema import Edit, ParsedSchema, Strictness
from registry.domain.verdict import Category, Finding, Fix, Replacement, fingerprint
from registry.gate import ignores, remarks
from registry.gate.contracts import Contract
from registry.gate.ignores import Ignore
from registry.gate.languages.board import LANGUAGES
from registry.gate.lint_rules import (
    IGNORE_SWITCHED_OFF,
    IGNORE_WITHOUT_REASON,
)
from registry.gate.lint_settings import LintSettings
from registry.gate.report import Kind, Located

DOCS: Final = "docs/reference/lint-rules.md"
_DRAFT: Final = "draft"


@dataclass(frozen=True, slots=True)
class Linted:
    """A contract, and what is known around it.

    Attributes:
        file: Of the schema, relative to the repository.
        in_folder: The same, relative to the folder of contracts: what the settings'
            patterns are held against.
        source: The schema's text, and the texts that it needs.
        earlier: The version before this one; None where there is none.
        strictness: With which a registry would parse it.

    """

    contract: Contract
    file: PurePosixPath
    in_folder: PurePosixPath
    source: Source
    earlier: ParsedSchema | None = None
    strictness: Strictness = Strictness.STRICT

    @property
    def called(self) -> str:
        """What others know the schema's file by."""
        # Only Protobuf imports files; a name in another language is that of a type.
        is_imported = self.source.schema_type is SchemaType.PROTOBUF
        return (is_imported and self.contract.name) or self.file.name

    @property
    def is_draft(self) -> bool:
        return bool(self.contract.manifest.document.value.get("status") == _DRAFT)


def lint(linted: Linted, engine: Parsing, settings: LintSettings) -> Iterator[Located]:
    """Yield what the rules find in a contract's schema.

    A schema that is not to be registered is told as such, or by the rule that it
    breaks; the other rules are still held against it as far as it can be understood.
    """
    language = linted.source.schema_type
    rules = tables.chosen(LANGUAGES[language].RULES, settings.level, settings.use)
    try:
        schema = engine.parse(linted.source, linted.strictness)
    except InvalidSchemaError as error:
        yield remarks.invalid(linted.contract, error)
        try:
            schema = engine.parse(linted.source, Strictness.LENIENT)
        except InvalidSchemaError:
            return
    around = Around(
        linted.called,
        str(linted.contract.manifest.document.value.get("domain") or ""),
        settings.fields,
        linted.earlier,
    )
    pass_by = _Ignoring(linted, settings, ignores.of(language, schema))
    yield from _about_ignores(linted, settings, schema, pass_by.asked)
    for rule, remark in tables.remarks(rules, schema, around):
        if not remark.spot.source and not pass_by.covers(rule, remark):
            fixes = _fixes(linted, engine, around, rule, remark)
            yield _located(linted, rule, remark, schema.place(remark.spot), fixes)


@dataclass(frozen=True, slots=True)
class _Ignoring:
    linted: Linted
    settings: LintSettings
    asked: tuple[Ignore, ...]

    def covers(self, rule: LintRule, remark: Remark) -> bool:
        by_path = any(
            each.covers(rule.id, self.linted.in_folder)
            for each in self.settings.ignores
        )
        return by_path or (
            self.settings.allows_inline
            and any(
                each.has_reason and each.covers(rule.id, remark.spot)
                for each in self.asked
            )
        )


def _about_ignores(
    linted: Linted,
    settings: LintSettings,
    schema: ParsedSchema,
    asked: tuple[Ignore, ...],
) -> Iterator[Located]:
    for each in asked:
        element = f"{each.spot.pointer}:{each.rule}"
        if not settings.allows_inline:
            message = f"the schema itself says that {each.rule} is not wanted here"
            rule = IGNORE_SWITCHED_OFF
        elif not each.has_reason:
            message = f"nothing says why {each.rule} is not wanted here"
            rule = IGNORE_WITHOUT_REASON
        else:
            continue
        remark = Remark(each.spot, element, message)
        yield _located(linted, rule, remark, schema.place(each.spot))


def _located(
    linted: Linted,
    rule: LintRule,
    remark: Remark,
    place: Place | None,
    fixes: tuple[Fix, ...] = (),
) -> Located:
    subject = str(linted.contract.subject)
    finding = Finding(
        rule=rule.id,
        category=Category.LINT,
        severity=Severity.WARNING if linted.is_draft else rule.severity,
        subject=subject,
        schema_type=linted.source.schema_type,
        message=remark.message,
        path=remark.element,
        change=None,
        location=place,
        old_location=None,
        checked=None,
        broken=(),
        why=rule.why,
        fixes=fixes,
        docs_url=f"{DOCS}#{rule.id}",
        fingerprint=fingerprint(rule.id, subject, remark.element, None, None),
    )
    return Located(finding, Kind.LINT, linted.contract.manifest.id, linted.file)


def _fixes(
    linted: Linted,
    engine: Parsing,
    around: Around[ParsedSchema],
    rule: LintRule,
    remark: Remark,
) -> tuple[Fix, ...]:
    """Return the remark's own edits, if the remark is gone once they are made."""
    if not remark.edits or rule.check is None:
        return ()
    text = Edit.apply(linted.source.text, remark.edits)
    try:
        schema = engine.parse(replace(linted.source, text=text), linted.strictness)
    except InvalidSchemaError:
        return ()
    if any(each.element == remark.element for each in rule.check(schema, around)):
        return ()
    edits = tuple(
        Replacement(Place.of(linted.source.text, each.start, each.end), each.text)
        for each in remark.edits
    )
    # What the change does to the subject's level is not looked at here.
    return (Fix(remark.title, edits, Level.NONE, text),)

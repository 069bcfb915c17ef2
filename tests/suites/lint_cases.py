"""The case folders of lint: a schema, and exactly what one rule says of it.

Beside the schema there may be an earlier version of it, a folder of what it imports,
and `around.json` with what is known around it.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from registry import bootstrap
from registry.application.parsing import Source
from registry.compiler.in_place import InPlaceCompiler
from registry.domain.errors import InvalidSchemaError
from registry.domain.lint import Around, Case, LintRule, refused_by, remarks
from registry.domain.model import SchemaType
from registry.domain.schema import ParsedSchema, ResolvedReference, Strictness
from registry.gate.languages import board
from registry.settings import Settings

CASES = Path(__file__).parents[1] / "cases" / "lint"
ENGINE = bootstrap.engine(Settings(), InPlaceCompiler())
LANGUAGES = {
    SchemaType.AVRO: "schema.avsc",
    SchemaType.PROTOBUF: "schema.proto",
    SchemaType.JSON: "schema.json",
}
FOLDERS = sorted(path.parent for path in CASES.rglob("expect.json"))


def case_id(case: Path) -> str:
    return f"{case.parent.name}/{case.name}"


def language_of(case: Path) -> SchemaType:
    return next(each for each in LANGUAGES if (case / LANGUAGES[each]).exists())


def rule_of(case: Path) -> LintRule:
    rules = board.LANGUAGES[language_of(case)].RULES
    return next(each for each in rules if each.id == case.parent.name)


@cache
def imports(case: Path) -> tuple[ResolvedReference, ...]:
    folder = case / "imports"
    return tuple(
        ResolvedReference(
            path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8")
        )
        for path in sorted(folder.rglob("*.proto"))
    )


def source(case: Path, *, is_earlier: bool = False) -> Source | None:
    language = language_of(case)
    name = LANGUAGES[language]
    file = case / (name.replace("schema", "earlier") if is_earlier else name)
    if not file.exists():
        return None
    return Source(language, file.read_text(encoding="utf-8"), imports(case))


def around(case: Path) -> Around[ParsedSchema]:
    file = case / "around.json"
    said = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    earlier = source(case, is_earlier=True)
    return Around(
        file=said.get("file", LANGUAGES[language_of(case)]),
        domain=said.get("domain", ""),
        fields=Case(said.get("fields", Case.SNAKE)),
        earlier=None if earlier is None else ENGINE.parse(earlier, Strictness.LENIENT),
    )


def found(case: Path) -> list[dict[str, Any]]:
    """Return what the case's rule says of it, the parser's refusal included."""
    given, rule = source(case), rule_of(case)
    assert given is not None
    said = [*_refusal(given, rule)]
    try:
        schema = ENGINE.parse(given, Strictness.LENIENT)
    except InvalidSchemaError:
        return said
    for _, remark in remarks([rule], schema, around(case)):
        place = schema.place(remark.spot)
        told = {"element": remark.element, "message": remark.message}
        at = [place.line, place.column] if place else None
        said.append({**told, "at": at})
    return said


def _refusal(given: Source, rule: LintRule) -> list[dict[str, Any]]:
    try:
        ENGINE.parse(given, Strictness.STRICT)
    except InvalidSchemaError as error:
        if refused_by([rule], error.reason) is rule:
            place = error.place
            at = [place.line, place.column] if place else None
            return [{"element": "", "message": error.reason, "at": at}]
    return []

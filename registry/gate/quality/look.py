"""Whether the rules of a contract are about what its schema has."""

from collections.abc import Iterator
from dataclasses import replace

from registry.domain.places import Place
from registry.domain.rules import Severity
from registry.gate import odcs, rules, told, yaml_text
from registry.gate.quality import expressions, types, written
from registry.gate.quality.expressions import Fault
from registry.gate.quality.placing import place
from registry.gate.quality.written import Written
from registry.gate.report import Kind, Located
from registry.gate.situations import Situation


def look(it: Situation) -> Iterator[Located]:
    """Hold the rules of a contract to its schema.

    Raises:
        InvalidSchemaError: There is no schema to hold them to.

    """
    for rule, fault in _faults(it):
        yield _found(it, rule, fault)


def invalid(it: Situation) -> frozenset[str]:
    """Return the names of the rules that cannot be executed, whatever the value.

    Raises:
        InvalidSchemaError: There is no schema to hold them to.

    """
    return frozenset(
        rule.name for rule, fault in _faults(it) if fault.severity is Severity.ERROR
    )


def _faults(it: Situation) -> Iterator[tuple[Written, Fault]]:
    manifest = it.contract.manifest
    declared = types.of(it.now.parsing, it.source, told.message(manifest))
    for each in written.rules(manifest):
        fault = expressions.fault(each, declared)
        if fault is not None:
            yield each, fault


def _found(it: Situation, rule: Written, fault: Fault) -> Located:
    manifest = it.contract.manifest
    at, is_exact = _place(it, rule, fault)
    where = ""
    if fault.line is not None and not is_exact:
        where = f" (line {fault.line}, column {fault.column} of the expression)"
    located = rules.found(
        odcs.RULE_INVALID,
        Kind.RULES,
        manifest.file,
        f"rule '{rule.name}': {fault.reason}{where}",
        contract=manifest.id,
        subject=str(manifest.subject),
        schema_type=manifest.schema_type,
        place=at,
        about=f"{rule.name}|{rule.expression}",
        docs=odcs.DOCS,
    )
    if fault.severity is Severity.ERROR:
        return located
    return replace(located, finding=replace(located.finding, severity=fault.severity))


def _place(it: Situation, rule: Written, fault: Fault) -> tuple[Place | None, bool]:
    """Return where a fault is, and whether at the very character."""
    member = it.contract.manifest.document.places.get(rule.pointer)
    if member is None or fault.line is None:
        return member, False
    lines = rule.expression.split("\n")
    offset = sum(len(each) + 1 for each in lines[: fault.line - 1]) + fault.column - 1
    text = it.now.text(it.contract.manifest.file, yaml_text.MAX_BYTES)
    exact = place(text, member, rule.expression, offset)
    if exact is None:
        return member, False
    return replace(exact, end_column=exact.column + fault.length), True

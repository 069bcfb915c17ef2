"""The examples of a contract: what its schema takes, and what it has to refuse.

`valid/*.json` go through encode and decode, and meet the contract's rules;
`invalid/*.json` have to be refused. Where `<name>.reason.txt` stands beside one, it
gives a part of what has to be said then, such as the name of a rule.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final

from registry.domain import json_text
from registry.domain.errors import InvalidSchemaError
from registry.domain.limits import Limits, check_json
from registry.domain.places import Place
from registry.domain.rules import Rule, Severity
from registry.gate import odcs, rules, told
from registry.gate.contracts import Contract
from registry.gate.example_folders import folder_of
from registry.gate.misfits import MisfitError, Try
from registry.gate.payloads.trying import trial
from registry.gate.quality import written
from registry.gate.quality.unmet import NO_RULES, Trials, Unmet
from registry.gate.report import Kind, Located
from registry.gate.situations import Situation

_VALID: Final = "valid"
_INVALID: Final = "invalid"
_EXAMPLE: Final = ".json"
_REASON: Final = ".reason.txt"
_MAX_BYTES: Final = 1024 * 1024
_LONGEST_REASON: Final = 500
_SOURCE: Final = "Wirepact, examples of contracts"

REFUSED: Final = Rule(
    id="EXAMPLE_REFUSED",
    purpose="A valid example can be written and read with the contract's schema.",
    why="Whoever copies the example into a program gets the same error there.",
    message="{element}",
    source=_SOURCE,
)
ACCEPTED: Final = Rule(
    id="EXAMPLE_ACCEPTED",
    purpose="An invalid example is refused by the contract's schema, or by a rule.",
    why="What should be kept out of the topic gets in.",
    message="{element}",
    source=_SOURCE,
)
BREAKS_RULE: Final = Rule(
    id="EXAMPLE_BREAKS_RULE",
    purpose="A valid example meets the contract's rules.",
    why="Whoever sends what the example shows is refused by the same rule.",
    message="{element}",
    source=_SOURCE,
)
OTHER_REASON: Final = Rule(
    id="EXAMPLE_OTHER_REASON",
    purpose="An invalid example is refused for the reason that is written down.",
    why="An example that is refused for another reason no longer shows what it was"
    " written for.",
    message="{element}",
    source=_SOURCE,
)
UNREADABLE: Final = Rule(
    id="EXAMPLE_UNREADABLE",
    purpose="The files in the folders of examples are examples, in JSON.",
    why="A file that nobody looks at proves nothing.",
    message="{element}",
    source=_SOURCE,
)
RULES: Final[Mapping[str, Rule]] = {
    rule.id: rule for rule in (REFUSED, BREAKS_RULE, ACCEPTED, OTHER_REASON, UNREADABLE)
}


@dataclass(frozen=True, slots=True)
class _Example:
    name: str
    content: bytes
    is_valid: bool
    reason: bytes | None

    @property
    def wanted(self) -> str:
        said = _on_one_line(self.reason)[:_LONGEST_REASON]
        return f"expected to be refused because of '{said}'"

    def wants_other_than(self, told: str) -> bool:
        """Say whether a reason is written down, and it is no part of what is told."""
        wanted = _on_one_line(self.reason).casefold()
        return wanted not in " ".join(told.split()).casefold()


def look(it: Situation) -> Iterator[Located]:
    """Yield what is wrong with the examples of a contract, by file.

    Raises:
        InvalidSchemaError: There is no schema to try them with.

    """
    message = told.message(it.contract.manifest)
    tried = trial(it.now.parsing, it.source, message)
    looking = _Looking(it.contract, tried, _rules(it))
    folder = folder_of(it.contract)
    files = it.now.tree.inside(folder)
    for kind, is_valid in ((_INVALID, False), (_VALID, True)):
        prefix = f"{folder}/{kind}/"
        inside = {
            name: files[name] for name in sorted(files) if name.startswith(prefix)
        }
        for name, content in inside.items():
            if name.endswith(_REASON):
                yield from looking.reason(name, inside)
            else:
                beside = inside.get(f"{name.removesuffix(_EXAMPLE)}{_REASON}")
                example = _Example(name, content, is_valid, beside)
                yield from looking.example(example)


def _rules(it: Situation) -> Trials:
    if not written.has_any(it.contract.manifest) and it.beside.rule_set is None:
        return NO_RULES
    from registry.gate.quality import trials  # Late: most contracts have no rules.

    return trials.of(it)


@dataclass(frozen=True, slots=True)
class _Looking:
    contract: Contract
    tried: Try
    rules: Trials

    def reason(self, name: str, inside: Mapping[str, bytes]) -> Iterator[Located]:
        if f"{name.removesuffix(_REASON)}{_EXAMPLE}" not in inside:
            reason = "expected an example beside the reason, found none"
            yield self._found(UNREADABLE, name, reason)

    def example(self, example: _Example) -> Iterator[Located]:
        if not example.name.endswith(_EXAMPLE):
            reason = f"expected a file {_EXAMPLE} or {_REASON}"
            yield self._found(UNREADABLE, example.name, reason)
            return
        try:
            text = _text(example.content)
            value = json_text.read(text)
        except InvalidSchemaError as error:
            yield self._found(UNREADABLE, example.name, error.reason, error.place)
            return
        try:
            read = self.tried(value)
        except MisfitError as misfit:
            yield from self._refused(example, text, misfit)
        else:
            unmet = self.rules.unmet(read)
            if example.is_valid:
                yield from self._breaks(example, unmet)
            else:
                yield from self._taken(example, unmet)

    def _refused(
        self, example: _Example, text: str, misfit: MisfitError
    ) -> Iterator[Located]:
        place = json_text.place(text, misfit.pointer)
        if example.is_valid:
            yield self._found(REFUSED, example.name, misfit.reason, place)
        elif example.wants_other_than(str(misfit)):
            reason = f"{example.wanted}, but it was because: {misfit.reason}"
            yield self._found(OTHER_REASON, example.name, reason, place)

    def _breaks(self, example: _Example, unmet: Iterable[Unmet]) -> Iterator[Located]:
        for each in unmet:
            severity = Severity.WARNING if each.is_mild else Severity.ERROR
            rule = replace(BREAKS_RULE, severity=severity)
            yield self._found(rule, example.name, str(each), about=each.rule)

    def _taken(self, example: _Example, unmet: Sequence[Unmet]) -> Iterator[Located]:
        """Yield what is wrong with an invalid example that fits the schema.

        A rule that clients go on after keeps nothing out; an example may name it.
        """
        counted = (
            unmet if example.reason else [each for each in unmet if not each.is_mild]
        )
        if not counted:
            if self.rules.is_whole:
                takes = "and the rules take" if self.rules.are_there else "takes"
                reason = f"expected to be refused, but the schema {takes} it"
                yield self._found(ACCEPTED, example.name, reason)
        elif all(example.wants_other_than(str(each)) for each in counted):
            reasons = "; ".join(map(str, counted))
            reason = f"{example.wanted}, but it was because: {reasons}"
            yield self._found(OTHER_REASON, example.name, reason)

    def _found(
        self,
        rule: Rule,
        name: str,
        reason: str,
        place: Place | None = None,
        about: str = "",
    ) -> Located:
        manifest = self.contract.manifest
        place = place or Place(1, 1, 1, 1)
        # Relative to the contract: it may move with its folder.
        about = f"{PurePosixPath(name).name}#{about or place.pointer}"
        return rules.found(
            rule,
            Kind.EXAMPLES,
            PurePosixPath(name),
            reason,
            contract=manifest.id,
            subject=str(manifest.subject),
            schema_type=manifest.schema_type,
            place=place,
            about=about,
            docs=odcs.DOCS,
        )


def _on_one_line(reason: bytes | None) -> str:
    return " ".join((reason or b"").decode(errors="replace").split())


def _text(content: bytes) -> str:
    if len(content) > _MAX_BYTES:
        reason = f"expected at most {_MAX_BYTES} bytes, found {len(content)}"
        raise InvalidSchemaError(reason)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        reason = f"expected text in UTF-8, found another byte at offset {error.start}"
        raise InvalidSchemaError(reason) from error
    check_json(text, Limits(max_schema_bytes=_MAX_BYTES))
    return text

"""The examples of a contract: what its schema takes, and what it has to refuse.

`valid/*.json` go through encode and decode; `invalid/*.json` have to be refused. Where
`<name>.reason.txt` stands beside one, it gives a part of what has to be said then.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from registry.domain import json_text
from registry.domain.errors import InvalidSchemaError
from registry.domain.limits import Limits, check_json
from registry.domain.places import Place
from registry.domain.rules import Rule
from registry.gate import odcs, rules
from registry.gate.contracts import Contract
from registry.gate.example_folders import folder_of, registry_entry
from registry.gate.misfits import MisfitError, Try
from registry.gate.payloads.trying import trial
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
    purpose="An invalid example is refused by the contract's schema.",
    why="What should be kept out of the topic gets in.",
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
    rule.id: rule for rule in (REFUSED, ACCEPTED, OTHER_REASON, UNREADABLE)
}


@dataclass(frozen=True, slots=True)
class _Example:
    name: str
    content: bytes
    is_valid: bool
    reason: bytes | None


def look(it: Situation) -> Iterator[Located]:
    """Yield what is wrong with the examples of a contract, by file.

    Raises:
        InvalidSchemaError: There is no schema to try them with.

    """
    said = registry_entry(it.contract).get("message")
    message = said if isinstance(said, str) else None
    tried = trial(it.now.parsing, it.source, message)
    looking = _Looking(it.contract, tried)
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


@dataclass(frozen=True, slots=True)
class _Looking:
    contract: Contract
    tried: Try

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
            self.tried(value)
        except MisfitError as misfit:
            yield from self._refused(example, text, misfit)
        else:
            if not example.is_valid:
                reason = "expected to be refused, but the schema takes it"
                yield self._found(ACCEPTED, example.name, reason)

    def _refused(
        self, example: _Example, text: str, misfit: MisfitError
    ) -> Iterator[Located]:
        place = json_text.place(text, misfit.pointer)
        if example.is_valid:
            yield self._found(REFUSED, example.name, misfit.reason, place)
        elif example.reason is not None:
            wanted = " ".join(example.reason.decode(errors="replace").split())
            if wanted.casefold() not in " ".join(str(misfit).split()).casefold():
                reason = (
                    f"expected to be refused because of '{wanted[:_LONGEST_REASON]}',"
                    f" but it was because: {misfit.reason}"
                )
                yield self._found(OTHER_REASON, example.name, reason, place)

    def _found(
        self, rule: Rule, name: str, reason: str, place: Place | None = None
    ) -> Located:
        manifest = self.contract.manifest
        place = place or Place(1, 1, 1, 1)
        # Relative to the contract: it may move with its folder.
        about = f"{PurePosixPath(name).name}#{place.pointer}"
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

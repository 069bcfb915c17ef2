"""The examples of a contract: what its schema takes, and what it has to refuse.

`valid/*.json` go through encode and decode; `invalid/*.json` have to be refused. Where
`<name>.reason.txt` stands beside one, it gives a part of what has to be said then.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from registry.application.parsing import Parsing, Source
from registry.domain import json_text
from registry.domain.errors import InvalidSchemaError
from registry.domain.limits import Limits, check_json
from registry.domain.places import Place
from registry.domain.rules import Rule
from registry.gate import odcs, rules
from registry.gate.contracts import Contract
from registry.gate.misfits import MisfitError, Try
from registry.gate.payloads.trying import trial
from registry.gate.project import Snapshot
from registry.gate.report import Kind, Located

FOLDER: Final = "examples"
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


def folder_of(contract: Contract) -> str:
    """Return where a contract's examples are: beside its manifest, unless it says so.

    Relative as its manifest's name is, with forward slashes, without one at the end.
    """
    entry = registry_entry(contract)
    said = entry.get("examples")
    name = said.strip("/") if isinstance(said, str) else FOLDER
    around = PurePosixPath(contract.manifest.file.as_posix()).parent
    parts = [part for part in PurePosixPath(name or FOLDER).parts if part != "."]
    # One that leads out of the contract's folder has no files of the contract.
    return around.joinpath(*(part for part in parts if part != "..")).as_posix()


def folder_for(now: Snapshot, manifest: str) -> str | None:
    """Return where the examples of a manifest's file are; None if it cannot be read.

    A manifest that does not speak of examples is not parsed for that.
    """
    said = now.tree.read((manifest,)).get(manifest, b"")
    if FOLDER.encode() not in said and b"\\" not in said:
        return f"{manifest.rpartition('/')[0]}/{FOLDER}".removeprefix("/")
    found = now.find(manifest)
    return None if found is None else folder_of(found)


def look(
    contract: Contract, source: Source, parsing: Parsing, files: Mapping[str, bytes]
) -> Iterator[Located]:
    """Yield what is wrong with the examples of a contract, by file.

    A schema that cannot be parsed yields nothing: that is found elsewhere.

    Args:
        source: The contract's schema with all that it refers to.
        files: What there is in `folder_of(contract)`, by names such as it returns.

    """
    if not files:
        # The codecs take longer to import than most checks.
        return
    said = registry_entry(contract).get("message")
    try:
        tried = trial(parsing, source, said if isinstance(said, str) else None)
    except InvalidSchemaError:
        return
    looking = _Looking(contract, tried)
    folder = folder_of(contract)
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


def registry_entry(contract: Contract) -> dict[str, Any]:
    """Return what a manifest says to the registry."""
    entries = contract.manifest.document.value.get("customProperties") or ()
    found = (
        each.get("value")
        for each in entries
        if isinstance(each, dict) and each.get("property") == "registry"
    )
    value = next(found, None)
    return value if isinstance(value, dict) else {}


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

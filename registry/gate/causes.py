"""Where a break stands whose cause is no part of the contract's own text.

A shared type that changes breaks those that use it. There the change itself is shown,
in the shared type's file; where that is not known, the place that refers to it.
"""

import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from registry.domain.errors import RegistryError
from registry.domain.places import Place
from registry.domain.rules import Spot
from registry.domain.schema import ParsedSchema
from registry.gate import closures
from registry.gate.contracts import Contract
from registry.gate.report import Located
from registry.gate.snapshots import Snapshot

_LAST: Final = re.compile(r"[^./#:]+$")
_FRAGMENT: Final = '(?:#[^"]*)?'
"""What an address in a JSON Schema may end in."""


class Causes:
    """The texts that a contract refers to, each parsed once, where it is a cause."""

    def __init__(self, contract: Contract, now: Snapshot) -> None:
        self._contract = contract
        self._now = now
        self._known: dict[str, tuple[Contract, ParsedSchema] | None] = {}

    def at_change(self, located: Located, spot: Spot) -> Located:
        """Put what a referenced text is the cause of at its place there.

        A finding with fixes stays in the contract's own file, which they are about.
        """
        finding = located.finding
        if finding.location is not None:
            return located
        provided = None if finding.fixes else self._provided(spot.source)
        place = provided and provided[1].place(replace(spot, source=""))
        if provided is None or place is None:
            return at_reference(located, self._contract)
        user = self._contract.manifest.id
        message = f"{finding.message} (in a type that {user} uses)"
        return replace(
            located,
            finding=replace(finding, location=place, message=message),
            file=PurePosixPath(provided[0].manifest.schema_file.as_posix()),
        )

    def _provided(self, name: str) -> tuple[Contract, ParsedSchema] | None:
        if name not in self._known:
            self._known[name] = self._found(name)
        return self._known[name]

    def _found(self, name: str) -> tuple[Contract, ParsedSchema] | None:
        """Return what defines a name, parsed; None for a name of the language's own."""
        language = self._contract.manifest.schema_type
        providers = self._now.named(language, name) if name else ()
        if len(providers) != 1:
            return None
        try:
            source = closures.source_of(self._now, providers[0])
            return providers[0], self._now.parsing.parse(source)
        except RegistryError:
            return None


def at_reference(located: Located, contract: Contract) -> Located:
    """Put what has no place at what the contract's text refers to others by."""
    finding = located.finding
    if finding.location is not None:
        return located
    # The one that is spoken of, as far as its name tells.
    needs = sorted(contract.needs, key=lambda name: _last(name) not in finding.path)
    places = (_reference(contract.text, name) for name in needs)
    place = next((each for each in places if each is not None), None)
    return replace(located, finding=replace(finding, location=place))


def _reference(text: str, name: str) -> Place | None:
    for written in (name, _last(name)):
        found = re.search(f'"{re.escape(written)}{_FRAGMENT}"', text)
        if found is not None:
            return Place.of(text, *found.span())
    return None


def _last(name: str) -> str:
    found = _LAST.search(name)
    return found[0] if found else name

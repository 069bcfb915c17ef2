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
from registry.gate import closures
from registry.gate.contracts import Contract
from registry.gate.report import Located
from registry.gate.snapshots import Snapshot

_LAST: Final = re.compile(r"[^./#:]+$")
_FRAGMENT: Final = '(?:#[^"]*)?'
"""What an address in a JSON Schema may end in."""


def at_change(
    located: Located, contract: Contract, now: Snapshot, spot: Spot
) -> Located:
    """Put what a referenced text is the cause of at its place there.

    A finding with fixes stays in the contract's own file, which they are about.
    """
    if located.finding.location is not None:
        return located
    language = contract.manifest.schema_type
    providers = now.named(language, spot.source) if spot.source else ()
    if located.finding.fixes or len(providers) != 1:
        return at_reference(located, contract)
    provider = providers[0]
    place = _place(provider, now, spot)
    if place is None:
        return at_reference(located, contract)
    finding = located.finding
    message = f"{finding.message} (in a type that {contract.manifest.id} uses)"
    return replace(
        located,
        finding=replace(finding, location=place, message=message),
        file=PurePosixPath(provider.manifest.schema_file.as_posix()),
    )


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


def _place(provider: Contract, now: Snapshot, spot: Spot) -> Place | None:
    try:
        schema = now.parsing.parse(closures.source_of(now, provider))
    except RegistryError:
        return None
    return schema.place(replace(spot, source=""))


def _reference(text: str, name: str) -> Place | None:
    for written in (name, _last(name)):
        found = re.search(f'"{re.escape(written)}{_FRAGMENT}"', text)
        if found is not None:
            return Place.of(text, *found.span())
    return None


def _last(name: str) -> str:
    found = _LAST.search(name)
    return found[0] if found else name

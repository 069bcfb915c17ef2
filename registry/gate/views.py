"""All ways to look at a contract, and what each of them depends on.

What looks is imported once there is something new to see: most of what a run is asked
about was found in order by an earlier one.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from registry.gate import example_folders, told
from registry.gate.quality import written
from registry.gate.report import Kind, Located
from registry.gate.situations import Situation
from registry.gate.snapshots import Snapshot, version

Looking = Callable[[Situation], Iterable[Located]]


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at a contract.

    Attributes:
        facts: All that it depends on; what was once found in order is not looked at
            again while they are the same. None where that is not known.
        folder: The folder that it looks into beside the manifest and the schema, by
            the manifest's file; None where there is none.

    """

    kind: Kind
    look: Looking
    facts: Callable[[Situation], Iterable[str]] | None = None
    folder: Callable[[Snapshot, str], str | None] | None = None


def _late(name: str) -> Looking:
    module, _, function = name.partition(":")

    def look(it: Situation) -> Iterable[Located]:
        found: Looking = getattr(import_module(f"registry.gate.{module}"), function)
        return found(it)

    return look


def _parsed(it: Situation) -> Iterable[Located]:
    it.now.parsing.parse(it.source)
    return ()


def _of_examples(it: Situation) -> Iterable[Located]:
    is_there = it.now.tree.inside(example_folders.folder_of(it.contract))
    return _late("examples:look")(it) if is_there else ()


def _of_rules(it: Situation) -> Iterable[Located]:
    is_there = written.has_any(it.contract.manifest)
    return _late("quality.look:look")(it) if is_there else ()


def _manifest(it: Situation) -> Iterator[str]:
    yield it.contract.manifest.file.as_posix()
    yield repr(it.contract.manifest.document.value)
    yield "" if it.before is None else repr(told.entry(it.before))


def _rules(it: Situation) -> Iterator[str]:
    # Most contracts have none, and are all the same in that.
    if written.has_any(it.contract.manifest):
        yield from _manifest(it)
        yield from it.facts()


def _versions(it: Situation) -> Iterator[str]:
    yield version(it.contract)
    yield repr(it.suggestion)


def _examples(it: Situation) -> Iterator[str]:
    yield from _manifest(it)
    yield from it.facts()
    files = it.now.tree.inside(example_folders.folder_of(it.contract))
    for name, content in sorted(files.items()):
        yield name
        yield content.decode("latin-1")


MANIFEST: Final = View(Kind.MANIFEST, _late("odcs:look"), _manifest)
RULES: Final = View(Kind.RULES, _of_rules, _rules)
SCHEMA: Final = View(Kind.SCHEMA, _parsed)
COMPATIBILITY: Final = View(
    Kind.COMPATIBILITY, _late("looks:compatibility"), Situation.facts
)
SEMVER: Final = View(Kind.POLICY, _late("looks:semver"), _versions)
EXAMPLES: Final = View(
    Kind.EXAMPLES, _of_examples, _examples, example_folders.folder_for
)

COMPARING: Final = (COMPATIBILITY, SEMVER)
"""Those that compare with what came before."""

ALL: Final = (MANIFEST, RULES, *COMPARING, EXAMPLES)
"""All ways in which `wirepact check` looks at a contract, in order."""

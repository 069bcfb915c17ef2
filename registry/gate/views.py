"""All ways to look at a contract, those that need no baseline among them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from registry.gate import examples, odcs, rules
from registry.gate.checking import VIEWS, Situation, View
from registry.gate.report import Kind, Located


def of_manifest(it: Situation) -> Iterator[Located]:
    """Hold a manifest to the standard that it is a document of."""
    manifest = it.contract.manifest
    for fault in odcs.faults(manifest.document):
        located = rules.found(
            fault.rule,
            Kind.MANIFEST,
            manifest.file,
            fault.reason,
            contract=manifest.id,
            subject=str(manifest.subject),
            place=fault.place,
            about=fault.pointer,
            docs=odcs.DOCS,
        )
        finding = replace(located.finding, severity=fault.severity)
        yield replace(located, finding=finding)


def of_examples(it: Situation) -> Iterator[Located]:
    """Take the examples of a contract through encode and decode."""
    files = it.now.tree.inside(examples.folder_of(it.contract))
    return examples.look(it.contract, it.source, it.now.parsing, files)


MANIFEST: Final = View(Kind.MANIFEST, of_manifest)
EXAMPLES: Final = View(Kind.EXAMPLES, of_examples, folder=examples.folder_for)

ALL: Final = (MANIFEST, *VIEWS, EXAMPLES)
"""All ways in which `wirepact check` looks at a contract, in order."""

"""The form of a rule table: one row for each way that a schema can break a promise."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """Whether a finding refuses the schema."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of a rule table. Its id is final; a retired row stays and names its heir.

    Templates are filled by `str.format` with `reader` and `writer`, with `path` and
    `element`, and with what the violation carries in `details`.

    Attributes:
        id: `<FORMAT>_<REASON>`, the reason in the field's own words.
        purpose: What must hold, one sentence.
        why: What would go wrong at run time, one sentence.
        message: For people; `reader` and `writer` read like "version 3".
        source: The specification that the rule comes from.
        severity: Only errors decide a verdict.
        confluent_type: The difference type of Confluent's answers; None for ours.
        wire: The whole message of Confluent's answers; `reader` and `writer` are
            filled with "new" and "old". Empty for a rule that is ours alone.

    """

    id: str
    purpose: str
    why: str
    message: str
    source: str
    severity: Severity = Severity.ERROR
    confluent_type: str | None = None
    wire: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an element was defined.

    Attributes:
        pointer: JSON pointer into the text (for Protobuf: the descriptor path).
        source: Empty for the schema's own text, else the name of the reference whose
            text it is.

    """

    pointer: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which a reader cannot read, or misreads, what a writer wrote.

    Attributes:
        path: As on the wire: where in the reader's structure.
        element: The name a person would use: `OrderCreated.items.sku`.
        reader_spot: The element in the reader's text.
        writer_spot: The element in the writer's text; its parent where it is missing.
        details: Further values for the rule's templates; `element` is what to call
            the element in a sentence, where that is not its name.
        writer_lacks: Whether the element is missing in the writer altogether.
        reader_lacks: The same of the reader; its spot is then that of the parent.
        anchor: What names the place whatever else changes, where that is not the
            element without its root.

    """

    rule: Rule
    path: str
    element: str
    reader_spot: Spot
    writer_spot: Spot
    details: Mapping[str, str] = field(default_factory=dict)
    writer_lacks: bool = False
    reader_lacks: bool = False
    anchor: str = ""

    def wire(self, reader: str, writer: str) -> str:
        """Return the message of Confluent's answers."""
        return self._filled(self.rule.wire, reader, writer)

    def message(self, reader: str, writer: str) -> str:
        """Return the sentence for people."""
        return self._filled(self.rule.message, reader, writer)

    def _filled(self, template: str, reader: str, writer: str) -> str:
        values = {"element": self.element, **self.details}
        return template.format(reader=reader, writer=writer, path=self.path, **values)

"""What a client hands in to be registered, looked up or compared."""

from dataclasses import dataclass

from registry.domain.model import Metadata, Reference, RuleSet
from registry.domain.tags import NO_TAGGING, Tagging


@dataclass(frozen=True, slots=True)
class Submission:
    """A schema as a request words it.

    Attributes:
        text: None or blank stands for the text of the subject's latest version.
        schema_type: As written; None means Avro.
        references: As written; a version may be `LATEST`.
        metadata: None inherits what the latest version has.
        rule_set: None inherits what the latest version has.
        version: 0 for none; `LATEST` for "the next one, and stamp it"; else what the
            new version's number has to be.
        schema_id: Only a registry in IMPORT mode takes one.
        normalize: None leaves it to the configuration.
        tagging: Changes the tags that the text has.
        propagates_tags: Whether what the latest version tags is tagged here as well.

    """

    text: str | None
    schema_type: str | None = None
    references: tuple[Reference, ...] = ()
    metadata: Metadata | None = None
    rule_set: RuleSet | None = None
    version: int = 0
    schema_id: int | None = None
    normalize: bool | None = None
    tagging: Tagging = NO_TAGGING
    propagates_tags: bool = False

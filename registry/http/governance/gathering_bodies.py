"""Bodies of what is read of many subjects at once."""

from typing import Self

import msgspec

from registry.application.gathering import Asked, Gathered, Holding
from registry.domain.model import Content, Subject
from registry.http.confluent.bodies import ReferenceBody, SchemaBody
from registry.http.confluent.configuration import ConfigBody


class WantedSubjectsBody(msgspec.Struct):
    """What is asked for.

    Attributes:
        history: All live versions of each; else the latest alone.
        references: What these refer to as well, directly or not.

    """

    subjects: list[str]
    history: bool = False
    references: bool = False

    def to_asked(self) -> Asked:
        subjects = [*map(Subject.parse, self.subjects)]
        return Asked(subjects, self.history, self.references)


class HoldingBody(msgspec.Struct):
    """What there is of a subject.

    Attributes:
        level: In force.
        config: What the subject itself says; null if it says nothing.
        owner: Who manages it; null for nobody.
        versions: Live ones, oldest first; empty for a subject that is not there.

    """

    subject: str
    level: str
    config: ConfigBody | None
    policies: tuple[str, ...]
    owner: str | None
    versions: list[SchemaBody]

    @classmethod
    def of(cls, found: Holding) -> Self:
        return cls(
            str(found.subject),
            found.level.name,
            None if found.config is None else ConfigBody.of(found.config),
            found.policies,
            found.owner,
            [SchemaBody.of(each, each.content.text) for each in found.versions],
        )


class ReferredBody(msgspec.Struct, rename="camel", omit_defaults=True):
    """A version that others refer to; it may have been deleted since."""

    subject: str
    version: int
    schema_type: str
    schema: str
    references: list[ReferenceBody] | None = None

    @classmethod
    def of(cls, subject: Subject, version: int, content: Content) -> Self:
        here = Subject("")
        references = [ReferenceBody.of(each, here) for each in content.references]
        return cls(
            str(subject),
            version,
            content.schema_type,
            content.text,
            references or None,
        )


class GatheredBody(msgspec.Struct):
    """What was found.

    Attributes:
        subjects: The first of those that were asked for, in their order.
        references: What their versions refer to; empty unless that was asked for.
        left: How many of the last subjects are not answered, as the answer would be
            too large: they are to be asked for anew.

    """

    subjects: list[HoldingBody]
    references: list[ReferredBody]
    left: int

    @classmethod
    def of(cls, found: Gathered, asked: Asked) -> Self:
        return cls(
            [*map(HoldingBody.of, found.holdings)],
            [
                ReferredBody.of(subject, version, content)
                for (subject, version), content in sorted(
                    found.referred.items(), key=lambda each: each[0]
                )
            ],
            len(asked.subjects) - len(found.holdings),
        )

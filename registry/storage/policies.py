"""The settings along the way from subjects to the whole registry, out of one read."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from registry.application.stored import Policy, Revision
from registry.domain.configuration import Mode
from registry.domain.model import GLOBAL_CONTEXT, Subject
from registry.storage.appending import unborn
from registry.storage.rows import Row, to_config

Place = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Rows:
    """What `statements.POLICY` has returned.

    Attributes:
        single: Rows by kind, context and subject, of which there is one each.
        named: The stricter policies, by context and subject.

    """

    single: dict[Place, Row]
    named: dict[tuple[str, str], list[str]]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Self:
        single: dict[Place, Row] = {}
        named: dict[tuple[str, str], list[str]] = {}
        for row in rows:
            kind, context, subject = row[:3]
            if kind == "policy":
                named.setdefault((context, subject), []).append(row[4])
            else:
                single[kind, context, subject] = row
        return cls(single, named)

    def policy(self, subject: Subject) -> Policy:
        context, name = subject.context, subject.name
        chain = dict.fromkeys(((context, name), (context, ""), (GLOBAL_CONTEXT, "")))
        configs = (self.single.get(("config", *place)) for place in chain)
        modes = (self.single.get(("mode", *place)) for place in chain)
        return Policy(
            self._revision(subject),
            tuple(to_config(row[5:]) for row in configs if row is not None),
            tuple(Mode(row[4]) for row in modes if row is not None),
            tuple(sorted(self.named.get((context, name), ()))),
        )

    def _revision(self, subject: Subject) -> Revision:
        own = self.single.get(("context", subject.context, ""))
        row = self.single.get(("subject", subject.context, subject.name))
        settings = self.single["context", GLOBAL_CONTEXT, ""] if own is None else own
        return Revision(
            unborn(settings[3]) if own is None else settings[3],
            None if row is None else row[3],
        )

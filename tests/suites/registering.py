"""Short ways to fill a store, for the suites that look at what is in it then."""

from dataclasses import dataclass, field

from registry.application.ports import SchemaStore, Transactions
from registry.application.stored import (
    AuditEntry,
    NewVersion,
    Origin,
    Removed,
    Revision,
    StaleRevisionError,
    Visibility,
)
from registry.domain.identity import identity_bytes
from registry.domain.model import (
    Content,
    Metadata,
    Reference,
    RuleSet,
    SchemaId,
    SchemaType,
    Subject,
    Version,
)

NOW_MS = 1_700_000_000_123


def a_content(
    text: str = '"string"',
    *references: Reference,
    schema_type: SchemaType = SchemaType.AVRO,
    metadata: Metadata | None = None,
    rule_set: RuleSet | None = None,
) -> Content:
    return Content(schema_type, text, references, metadata, rule_set)


def an_entry(target: str = "a", action: str = "test.write") -> AuditEntry:
    return AuditEntry(Origin("ann", "r-1"), action, target, None, "{}", NOW_MS)


def a_version(
    subject: Subject,
    version: int,
    content: Content,
    replaces: tuple[Version, ...] = (),
) -> NewVersion:
    return NewVersion(
        subject, Version(version), content, identity_bytes(content), NOW_MS, replaces
    )


@dataclass
class Decision:
    """A version to be written, and what it was decided on."""

    new: NewVersion
    based_on: Revision
    entry: AuditEntry = field(default_factory=an_entry)

    def __call__(self, store: SchemaStore) -> SchemaId:
        return store.append(self.new, self.based_on, self.entry)


def decided(
    transactions: Transactions,
    subject: Subject,
    content: Content,
    replaces: tuple[Version, ...] = (),
) -> Decision:
    """Do what a registration does before it writes."""
    with transactions.read() as store:
        policy = store.policy(subject)
        uses = store.uses_of(subject)
    version = uses[-1].version + 1 if uses else 1
    new = a_version(subject, version, content, replaces)
    return Decision(new, policy.revision)


def register(
    transactions: Transactions,
    subject: Subject,
    content: Content,
    replaces: tuple[Version, ...] = (),
) -> SchemaId:
    """Write a content as the next version, as often as it takes."""
    while True:
        decision = decided(transactions, subject, content, replaces)
        try:
            return transactions.write(decision)
        except StaleRevisionError:
            continue


def soft_delete(transactions: Transactions, subject: Subject, *versions: int) -> None:
    def act(store: SchemaStore) -> None:
        store.lock(subject.context)
        store.soft_delete(subject, [Version(each) for each in versions], NOW_MS)
        store.record(subject.context, an_entry(str(subject)))

    transactions.write(act)


def hard_delete(
    transactions: Transactions, subject: Subject, *versions: int
) -> Removed:
    def act(store: SchemaStore) -> Removed:
        store.lock(subject.context)
        removed = store.hard_delete(subject, [Version(each) for each in versions])
        store.record(subject.context, an_entry(str(subject)))
        return removed

    return transactions.write(act)


def numbers(
    transactions: Transactions, subject: Subject, visibility: Visibility
) -> list[int]:
    with transactions.read() as store:
        return [each.version for each in store.history(subject, visibility)]

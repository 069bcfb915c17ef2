"""Tags in the texts of schemas: brought along, asked for, and changed by themselves."""

from collections.abc import Iterable
from dataclasses import dataclass

from registry.application import lookup, registration
from registry.application.ports import Ports
from registry.application.stored import Origin, Visibility
from registry.application.submission import Submission
from registry.domain.errors import InvalidRuleSetError
from registry.domain.model import Metadata, RuleSet, SchemaVersion, Subject
from registry.domain.rule_sets import merged_rule_set, without_rules
from registry.domain.tags import Tagged, Tagging, carrying


@dataclass(frozen=True, slots=True)
class Amendment:
    """What a new version has in another way than the one that it is made from.

    Attributes:
        version: What the new version's number has to be; 0 for any.
        metadata: None keeps what there is.
        rule_set: None keeps what there is, but for the rules below.
        rules_to_merge: Come in place of their namesakes.
        rules_to_remove: Names.

    """

    tagging: Tagging
    version: int = 0
    metadata: Metadata | None = None
    rule_set: RuleSet | None = None
    rules_to_merge: RuleSet | None = None
    rules_to_remove: tuple[str, ...] = ()


def amend(
    ports: Ports, subject: Subject, wanted: int, amendment: Amendment, origin: Origin
) -> SchemaVersion:
    """Register a version again with other tags, metadata or rules, and return that.

    When nothing changes, the version that there is is returned.

    Raises:
        SubjectNotFoundError, VersionNotFoundError: As `lookup.get_version`.
        InvalidRuleSetError: There are rules to be merged or removed beside a rule set.

        Else as `registration.register`.

    """
    found = lookup.get_version(ports, subject, wanted, Visibility.LIVE)
    content = found.content
    metadata = content.metadata if amendment.metadata is None else amendment.metadata
    submission = Submission(
        content.text,
        content.schema_type,
        content.references,
        metadata,
        _rule_set(amendment, content.rule_set),
        amendment.version,
        normalize=False,
        tagging=amendment.tagging,
    )
    return registration.register(ports, found.subject, submission, origin)


def tags_of(ports: Ports, found: SchemaVersion, wanted: Iterable[str]) -> Tagged:
    """Return which parts of a schema carry one of the tags; `*` stands for any."""
    asked = tuple(wanted)
    if not asked:
        return {}
    form = ports.parsing.format(found.content.schema_type)
    schema = lookup.parsed(ports, found.subject, found.content)
    return carrying(form.inline_tags(schema), asked)


def _rule_set(amendment: Amendment, present: RuleSet | None) -> RuleSet | None:
    merged, removed = amendment.rules_to_merge, amendment.rules_to_remove
    if amendment.rule_set is None:
        return without_rules(merged_rule_set(present, merged), removed)
    if merged is not None or removed:
        raise InvalidRuleSetError(
            "ruleSet should be omitted if specifying rulesToMerge or rulesToRemove"
        )
    return amendment.rule_set

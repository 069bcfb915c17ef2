"""From the version that a message was written with to the one that it is wanted in.

Without I/O: what has to be asked of the registry is asked by whoever runs the steps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from wirepact._resolving import Ask, Asking
from wirepact.codec_options import CodecOptions, Registration
from wirepact.codecs.language import ResolvedSchema
from wirepact.errors import DecodeError, NotFoundError
from wirepact.rules.execution import Migration, Step, migrated
from wirepact.rules.ruleset import Mode, migration_rules
from wirepact.schemas import PROTOBUF, RegisteredSchema, Schema

Resolve = Callable[[Schema, int | None], Asking[ResolvedSchema]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The version that values are brought to.

    Attributes:
        step: What leads to it from values as they were written; None if the schemas
            themselves say how.

    """

    resolved: ResolvedSchema
    step: Step | None


def wanted(
    written: Schema, subject: str, options: CodecOptions, resolve: Resolve
) -> Asking[Wanted | None]:
    """Return the version that a message of a subject is wanted in.

    Returns:
        None if the schema of the message is none of the subject's versions.

    Raises:
        RuleError: A rule on the way cannot be executed here, or is none.
        DecodeError: There are rules on the way, and the schemas are Protobuf's.

    """
    try:
        target: RegisteredSchema = yield _target(subject, options)
        source: RegisteredSchema = yield Ask("lookup", (subject, written))
    except NotFoundError:
        return None
    resolved = yield from resolve(target.schema, target.id)
    mode = Mode.UPGRADE if source.version < target.version else Mode.DOWNGRADE
    first, last = sorted((source, target), key=lambda each: each.version)
    way = yield from _between(subject, first, last)
    steps = []
    for earlier, later in way if mode is Mode.UPGRADE else reversed(way):
        rules = later.schema.rule_set
        if not migration_rules(rules, mode).rules:
            continue
        if written.schema_type == PROTOBUF:
            raise DecodeError(
                f"version {later.version} of {subject} has migration rules, which are"
                " executed for Avro and JSON only"
            )
        onto = later if mode is Mode.UPGRADE else earlier
        after = yield from resolve(onto.schema, onto.id)
        steps.append(Migration(rules, after))
    return Wanted(resolved, migrated(steps, mode, subject))


def _target(subject: str, options: CodecOptions) -> Ask:
    if options.registration is Registration.PINNED and subject in options.pinned:
        version = options.pinned[subject]
        return Ask("get_version", (subject, version), {"deleted": True})
    return Ask("get_latest", (subject,))


def _between(
    subject: str, first: RegisteredSchema, last: RegisteredSchema
) -> Asking[list[tuple[RegisteredSchema, RegisteredSchema]]]:
    """Return the pairs of neighbours from one version to another, in order."""
    versions = [first]
    for number in range(first.version + 1, last.version):
        try:
            found: RegisteredSchema = yield Ask(
                "get_version", (subject, number), {"deleted": True}
            )
        except NotFoundError:
            # Removed for good, and nothing was ever written with it any more.
            continue
        versions.append(found)
    if last.version != first.version:
        versions.append(last)
    return list(pairwise(versions))

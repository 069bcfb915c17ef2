"""Asking whether a schema would be accepted, without registering it."""

from collections.abc import Sequence
from dataclasses import replace

from registry.application import candidates
from registry.application.compatibility import Verdict
from registry.application.ledger import Ledger
from registry.application.ports import Ports, SchemaReader
from registry.application.stored import Visibility
from registry.application.submission import Submission
from registry.application.trials import Trial
from registry.domain.configuration import in_scope
from registry.domain.errors import VersionNotFoundError
from registry.domain.levels import Level
from registry.domain.model import LATEST, SchemaVersion, Subject, Version
from registry.domain.promises import Promise, newest


def against_version(
    ports: Ports, subject: Subject, wanted: int, submission: Submission
) -> Verdict:
    """Hold a schema against one version, at the subject's level.

    `LATEST` of a subject without live versions is compatible with everything.

    Raises:
        VersionNotFoundError: There is no such live version, or no such subject.
        InvalidSchemaError: The text is no schema.

    """
    with ports.transactions.read() as store:
        live = _version(store, subject, wanted)
    return trial(ports, subject, submission, live).verdict()


def against_history(ports: Ports, subject: Subject, submission: Submission) -> Verdict:
    """Hold a schema against what registration would hold it against.

    Raises:
        InvalidSchemaError: The text is no schema.

    """
    return trial(ports, subject, submission).verdict()


def trial(
    ports: Ports,
    subject: Subject,
    submission: Submission,
    history: Sequence[SchemaVersion] | None = None,
    level: Level | None = None,
    policies: tuple[str, ...] | None = None,
) -> Trial:
    """Prepare a check.

    Args:
        history: What to hold the schema against, oldest first; None for all that
            registration would.
        level: None for the one in scope.
        policies: None for the subject's own.

    Raises:
        InvalidSchemaError: The text is no schema.

    """
    with ports.transactions.read() as store:
        policy = store.policy(subject)
        config = in_scope(policy.configs, ports.defaults)
        if level is not None:
            config = replace(config, level=level)
        promise = Promise.of(config, policy.policies if policies is None else policies)
        draft = candidates.draft(ports.parsing, store, subject, submission, config)
        if history is None:
            seen = Visibility.ALL if promise.policies else Visibility.LIVE
            history = store.history(subject, seen)
    parsed = candidates.new(ports.parsing, draft, config)
    held = candidates.inheriting(parsed, newest(history), config)
    ledger = Ledger(ports.parsing.limits.max_comparison_units)
    return Trial(ports, subject, held, history, promise, ledger)


def _version(store: SchemaReader, subject: Subject, wanted: int) -> list[SchemaVersion]:
    if wanted == LATEST:
        latest = store.find_latest(subject)
        return [] if latest is None else [latest]
    found = store.find_version(subject, Version(wanted), Visibility.LIVE)
    if found is None:
        raise VersionNotFoundError(wanted)
    return [found]

"""What makes two contents the same: the bytes that are hashed.

Source: Confluent's schema GUID. The schema type and the subject are not part of it.
"""

import hashlib
from collections.abc import Iterator
from uuid import UUID

from registry.domain.model import Content, Metadata, Rule, RuleSet

_PRESENT = b"\x01"


def identity_bytes(content: Content) -> bytes:
    """Return the bytes that GUID and uniqueness key are digests of."""
    return b"".join(_parts(content))


def guid(identity: bytes) -> UUID:
    """Return Confluent's GUID of the bytes: an MD5, printed as a UUID."""
    # The digest names a content; nothing relies on it to be hard to forge.
    return UUID(bytes=hashlib.md5(identity, usedforsecurity=False).digest())


def sha256(identity: bytes) -> bytes:
    """Return the digest that decides whether two contents are the same (32 bytes)."""
    return hashlib.sha256(identity).digest()


def _parts(content: Content) -> Iterator[bytes]:
    yield content.text.encode()
    for reference in content.references:
        yield reference.name.encode()
        yield reference.subject.encode()
        yield reference.version.to_bytes(4, "big")
    if content.metadata is not None:
        yield _PRESENT
        yield from _metadata(content.metadata)
    if content.rule_set is not None:
        yield _PRESENT
        yield from _rule_set(content.rule_set)


def _metadata(metadata: Metadata) -> Iterator[bytes]:
    for path, tags in sorted(metadata.tags.items()):
        yield path.encode()
        yield from (tag.encode() for tag in sorted(tags))
    for key, value in sorted(metadata.properties.items()):
        yield key.encode()
        yield value.encode()
    yield from (name.encode() for name in sorted(metadata.sensitive))


def _rule_set(rule_set: RuleSet) -> Iterator[bytes]:
    lists = (rule_set.migration_rules, rule_set.domain_rules, rule_set.encoding_rules)
    for rules in lists:
        for rule in rules or ():
            yield from _rule(rule)
    if rule_set.enable_at is not None:
        yield rule_set.enable_at.encode()


def _rule(rule: Rule) -> Iterator[bytes]:
    params = [text for pair in sorted((rule.params or {}).items()) for text in pair]
    texts = (
        rule.name,
        rule.doc,
        rule.kind,
        rule.mode,
        rule.type,
        *sorted(rule.tags or ()),
        *params,
        rule.expr,
        rule.on_success,
        rule.on_failure,
    )
    yield from (text.encode() for text in texts if text is not None)
    if rule.disabled:
        yield _PRESENT

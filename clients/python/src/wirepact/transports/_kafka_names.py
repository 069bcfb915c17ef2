"""Which names topics of Kafka can have; the broker in memory takes the same.

Source: Apache Kafka 3, `org.apache.kafka.common.internals.Topic`.
"""

import re
from typing import Final

_MOST_CHARS: Final = 249
_LETTERS: Final = re.compile(r"[A-Za-z0-9._-]+")
_PATHS: Final = (".", "..")


def find_topic_fault(topic: str) -> str | None:
    """Return why a topic cannot have a name; None if it can."""
    if len(topic) > _MOST_CHARS:
        return (
            f"the name of the topic {topic} has {len(topic)} characters, and Kafka"
            f" takes at most {_MOST_CHARS}"
        )
    if not _LETTERS.fullmatch(topic) or topic in _PATHS:
        return (
            f"a topic is 1 to {_MOST_CHARS} letters, digits, dots, _ and -,"
            f" and not {topic!a}"
        )
    return None

"""What a topic may be called: by Kafka's rules, which the other brokers take too."""

import re
from typing import Final

_FOREIGN: Final = re.compile(r"[^A-Za-z0-9._-]")
_MOST: Final = 249
"""Characters: with the number of a partition, a topic is the name of a folder."""

_LONGEST_SHOWN: Final = 60


class TopicError(Exception):
    """Kafka takes no topic of this name, or nobody could tell what it is about."""


def hold_topic(name: str) -> None:
    """Refuse what cannot be a topic.

    Raises:
        TopicError: It cannot.

    Source: Kafka, `Topic.validate`.
    """
    foreign = _FOREIGN.search(name)
    if foreign is not None:
        raise TopicError(
            "a topic is named with letters of ASCII, digits, '.', '_' and '-';"
            f" {_shown(name)} has {foreign[0]!r} at character {foreign.start() + 1}"
        )
    if not any(map(str.isalnum, name)):
        raise TopicError(f"a topic's name has a letter or a digit; {name!r} has none")
    if len(name) > _MOST:
        raise TopicError(
            f"a topic has at most {_MOST} characters; {_shown(name)} has {len(name)}"
        )


def _shown(name: str) -> str:
    return repr(name if len(name) <= _LONGEST_SHOWN else f"{name[:_LONGEST_SHOWN]}…")

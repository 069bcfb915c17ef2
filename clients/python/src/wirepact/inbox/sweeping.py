"""Forgetting what was handled long ago, now and then."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from wirepact.errors import InboxUnavailableError
from wirepact.inbox.port import Inbox

logger = logging.getLogger(__name__)

RETENTION: Final = timedelta(days=14)
"""For how long a handled message is remembered.

It must be longer than any message can come back: than the broker keeps it, and than a
dead letter lies before it is sent again.
"""

EVERY: Final = timedelta(hours=1)


async def sweep(
    inbox: Inbox,
    retention: timedelta = RETENTION,
    *,
    every: timedelta = EVERY,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    chance: Callable[[], float] = random.random,
) -> None:
    """Forget what is older, again and again, until the task is cancelled.

    An outage is none of its business: the next time will come. The first time comes
    within one interval, at random, so that services that start together do not all
    begin at once.

    Raises:
        ValueError: The retention is negative.

    """
    if retention < timedelta(0):
        raise ValueError(f"a retention cannot be negative: {retention}")
    await sleep(chance() * every.total_seconds())
    while True:
        try:
            count = await inbox.forget(retention)
        except InboxUnavailableError as error:
            logger.warning("handled messages are forgotten later: %s", error)
        else:
            logger.debug("%d handled messages were forgotten", count)
        await sleep(every.total_seconds())

"""Which subject a topic was bound to, asked for once a minute at most."""

import logging
from collections.abc import Callable
from typing import Final

from wirepact._exchange import Exchange
from wirepact._flights import Flights
from wirepact._requests import Requests
from wirepact._steps import Aside, Steps
from wirepact.cache import CachePolicy
from wirepact.errors import NotFoundError, RegistryUnavailableError, WirepactError
from wirepact.retry import RetryPolicy, Surroundings
from wirepact.subjects import (
    Role,
    SubjectStrategy,
    SubjectUnknownError,
    subject_name,
)

logger = logging.getLogger("wirepact.cache")

ANY_NAMESPACE: Final = "-"
_MOST_TOPICS: Final = 10_000


class Associations:
    """The bonds of topics, as one client has come to know them."""

    def __init__(
        self,
        exchange: Exchange,
        requests: Requests,
        policy: CachePolicy,
        retries: RetryPolicy,
        around: Surroundings,
    ) -> None:
        self._exchange = exchange
        self._requests = requests
        self._policy = policy
        self._around = around
        self._flight_s = retries.total_timeout_s
        self._flights = Flights()
        self._known: dict[tuple[str, Role], tuple[str, float]] = {}

    def subject(self, topic: str, role: Role) -> Steps[str]:
        """Return the subject that the topic is bound to, else the one of its name.

        While the registry is down, what was known stays. What was never known is not
        guessed: a record must not come under another subject for an hour.
        """
        key = (topic, role)
        known, until = self._known.get(key, ("", 0.0))
        if not known:
            begin = self._begin(topic, role)
            return (yield from self._flights.join(key, begin, self._flight_s))
        if self._around.clock() >= until:
            # Marked first, so that one request goes out, and nobody waits for it.
            self._keep(key, known)
            yield Aside(lambda: self._refreshed(topic, role))
        return known

    def _refreshed(self, topic: str, role: Role) -> Steps[None]:
        begin = self._begin(topic, role)
        try:
            yield from self._flights.join((topic, role), begin, self._flight_s)
        except RegistryUnavailableError as error:
            logger.warning("topic %s stays bound as it was: %s", topic, error)
        except WirepactError:
            # Nobody waits for it, so this is the only place where it is said.
            logger.exception("cannot refresh what topic %s is bound to", topic)

    def _begin(self, topic: str, role: Role) -> Callable[[], Steps[str]]:
        def begin() -> Steps[str]:
            found = yield from self._asked(topic, role)
            self._keep((topic, role), found)
            return found

        return begin

    def _asked(self, topic: str, role: Role) -> Steps[str]:
        call = self._requests.associations(topic, role, ANY_NAMESPACE)
        try:
            found = yield from self._exchange.perform(call)
        except NotFoundError:
            # A registry that knows no associations answers so.
            found = ()
        if len(found) > 1:
            names = ", ".join(each.subject for each in found)
            raise SubjectUnknownError(f"topic {topic} is bound to several: {names}")
        if found:
            return self._requests.bare(found[0].subject)
        return subject_name(SubjectStrategy.TOPIC, topic, role)

    def _keep(self, key: tuple[str, Role], subject: str) -> None:
        if len(self._known) >= _MOST_TOPICS:
            self._known.clear()
        ttl_s = self._policy.drawn_ttl_s(self._around.random)
        self._known[key] = (subject, self._around.clock() + ttl_s)

"""Performs calls: chooses the server, reads the answer, tries again within bounds."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar
from urllib.parse import urlencode, urljoin, urlsplit

from wirepact import _answers
from wirepact._authorization import Authorization, Fixed
from wirepact._requests import Call
from wirepact._servers import Server, Servers
from wirepact._steps import Answer, Failure, Pause, Send, Steps
from wirepact.errors import (
    RegistryResponseError,
    RegistryUnavailableError,
    UnexpectedAnswerError,
)
from wirepact.retry import (
    OUTAGE_STATUSES,
    RETRIED_STATUSES,
    RetryBudget,
    RetryPolicy,
    Surroundings,
)

Result = TypeVar("Result")

_MEDIA_TYPE: Final = "application/vnd.schemaregistry.v1+json"
_HEADERS: Final = {
    "accept": f"{_MEDIA_TYPE}, application/json;q=0.5",
    "accept-encoding": "identity",
    # Confluent's cloud leaves GUIDs and times out of its answers without it.
    "confluent-accept-unknown-properties": "true",
    "user-agent": "wirepact",
}
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_KEEP_METHOD: Final = frozenset({307, 308})
_MOST_REDIRECTS: Final = 3


@dataclass(frozen=True, slots=True)
class _Done(Generic[Result]):
    result: Result


@dataclass(frozen=True, slots=True)
class _Setback:
    """An attempt that brought nothing.

    Attributes:
        is_undone: The registry has surely not acted on the request.
        is_outage: It speaks of the server's state, not of the request.
        is_final: The next attempt would bring the same.

    """

    reason: str
    is_undone: bool = False
    is_outage: bool = True
    is_final: bool = False
    is_unexpected: bool = False
    retry_after_s: float = 0.0


@dataclass(slots=True)
class _Trial(Generic[Result]):
    """One call on its way."""

    call: Call[Result]
    request_id: str
    deadline: float
    is_urgent: bool
    asked: set[Server] = field(default_factory=set)
    setbacks: list[tuple[str, _Setback]] = field(default_factory=list)
    rounds: int = 0
    is_renewed: bool = False


class Exchange:
    """Performs calls against the servers of one registry."""

    def __init__(
        self,
        servers: Servers,
        authorization: Authorization,
        policy: RetryPolicy,
        around: Surroundings,
        new_id: Callable[[], str],
    ) -> None:
        self._servers = servers
        self._authorization = authorization
        self._policy = policy
        self._around = around
        self._new_id = new_id
        self._budget = RetryBudget()

    def perform(self, call: Call[Result], *, is_urgent: bool = True) -> Steps[Result]:
        """Return the result of a call.

        Args:
            is_urgent: Somebody waits for it. What nobody waits for is tried at each
                server once, and not again while they are in trouble.

        Raises:
            RegistryResponseError: The registry refuses it.
            RegistryUnavailableError: No usable answer, after all retries.

        """
        deadline = self._around.clock() + self._policy.total_timeout_s
        trial = _Trial(call, self._new_id(), deadline, is_urgent)
        self._budget.pay_in()
        while (server := self._servers.choose(trial.asked)) is not None:
            outcome = yield from self._attempt(server, trial)
            if isinstance(outcome, _Done):
                result: Result = outcome.result
                return result
            trial.asked.add(server)
            trial.setbacks.append((server.url, outcome))
            pause_s = self._pause_s(trial, outcome)
            if pause_s is None:
                break
            if pause_s:
                yield Pause(pause_s)
        raise self._unavailable(trial)

    def _attempt(
        self, server: Server, trial: _Trial[Result]
    ) -> Steps[_Done[Result] | _Setback]:
        try:
            reply = yield from self._authorized(server, trial)
        except RegistryUnavailableError as error:
            # There is no token to be had: the registry has not been asked.
            is_strange = isinstance(error, UnexpectedAnswerError)
            return _Setback(
                str(error), is_undone=True, is_outage=False, is_unexpected=is_strange
            )
        try:
            outcome = self._judged(trial.call, reply)
        except RegistryResponseError:
            # Who refuses is well.
            self._servers.succeed(server)
            raise
        if isinstance(outcome, _Setback) and outcome.is_outage:
            self._servers.fail(server, outcome.retry_after_s)
        else:
            self._servers.succeed(server)
        return outcome

    def _authorized(
        self, server: Server, trial: _Trial[Any]
    ) -> Steps[Answer | Failure | _Setback]:
        authorization = self._authorization_for(server)
        who = yield from authorization.headers()
        reply = yield from self._sent(server, trial, who)
        if isinstance(reply, Answer) and reply.status == 401 and not trial.is_renewed:
            # A token can be withdrawn before it expires.
            trial.is_renewed = True
            if authorization.refused(who):
                who = yield from authorization.headers()
                reply = yield from self._sent(server, trial, who)
        return reply

    def _sent(
        self, server: Server, trial: _Trial[Any], who: Mapping[str, str]
    ) -> Steps[Answer | Failure | _Setback]:
        """Send the request, and follow redirections that stay on the server."""
        request = self._request(server, trial, who)
        for _ in range(_MOST_REDIRECTS + 1):
            reply = yield request
            if not isinstance(reply, Answer) or reply.status not in _REDIRECTS:
                answer: Answer | Failure = reply
                return answer
            target = urljoin(request.url, reply.headers.get("location", ""))
            if not _may_follow(request, reply, target):
                return _strange(f"it redirects to {_origin(target)}: not followed")
            timeout_s = self._left_s(trial)
            request = Send(
                request.method, target, request.headers, request.content, timeout_s
            )
        return _strange("it redirects in a circle")

    def _request(
        self, server: Server, trial: _Trial[Any], who: Mapping[str, str]
    ) -> Send:
        call = trial.call
        query = f"?{urlencode(call.query)}" if call.query else ""
        headers = {**_HEADERS, "x-request-id": trial.request_id, **who}
        content = b""
        if call.body is not None:
            headers["content-type"] = _MEDIA_TYPE
            content = json.dumps(call.body).encode()
        url = f"{server.url}{call.path}{query}"
        return Send(call.method, url, headers, content, self._left_s(trial))

    def _judged(
        self, call: Call[Result], reply: Answer | Failure | _Setback
    ) -> _Done[Result] | _Setback:
        if isinstance(reply, _Setback):
            return reply
        if isinstance(reply, Failure):
            return _Setback(
                reply.reason, is_undone=not reply.was_sent, is_final=reply.is_final
            )
        if reply.status in RETRIED_STATUSES:
            return self._busy(reply)
        try:
            return _Done(_answers.result(call, reply))
        except UnexpectedAnswerError as error:
            return _strange(str(error))

    def _busy(self, answer: Answer) -> _Setback:
        return _Setback(
            f"HTTP {answer.status}",
            is_undone=answer.status == 429,
            is_outage=answer.status in OUTAGE_STATUSES,
            retry_after_s=_answers.retry_after_s(answer, self._around.wall_clock()),
        )

    def _authorization_for(self, server: Server) -> Authorization:
        if server.credentials is None:
            return self._authorization
        return Fixed({"authorization": server.credentials.header})

    def _pause_s(self, trial: _Trial[Any], setback: _Setback) -> float | None:
        """Return how long to wait before the next attempt; None if there is none."""
        if setback.is_final or not (trial.call.is_repeatable or setback.is_undone):
            return None
        if len(trial.setbacks) >= self._policy.attempts:
            return None
        pause_s = 0.0
        if not self._servers.has_more(trial.asked):
            if not trial.is_urgent:
                return None
            pause_s = self._policy.pause_s(trial.rounds, self._around.random)
            trial.rounds += 1
            trial.asked.clear()
            if setback.retry_after_s > self._policy.longest_retry_after_s:
                return None
            pause_s = max(pause_s, setback.retry_after_s)
        # Past the breaker's threshold the pause would end at a closed door.
        if pause_s >= self._left_s(trial) or self._servers.admits_in_s > pause_s:
            return None
        return pause_s if self._budget.withdraw() else None

    def _left_s(self, trial: _Trial[Any]) -> float:
        return trial.deadline - self._around.clock()

    def _unavailable(self, trial: _Trial[Any]) -> RegistryUnavailableError:
        again_s = self._servers.admits_in_s
        if not trial.setbacks:
            words = f"{trial.call}: not asked: the registry keeps failing"
            return RegistryUnavailableError(words, again_s)
        met = Counter(f"{url}: {each.reason}" for url, each in trial.setbacks)
        said = "; ".join(
            f"{words} ({times} times)" if times > 1 else words
            for words, times in met.items()
        )
        words = f"{trial.call}: no usable answer: {said}"
        last = trial.setbacks[-1][1]
        kind = UnexpectedAnswerError if last.is_unexpected else RegistryUnavailableError
        return kind(words, max(last.retry_after_s, again_s) or None)


def _strange(reason: str) -> _Setback:
    return _Setback(reason, is_unexpected=True)


def _may_follow(request: Send, answer: Answer, target: str) -> bool:
    """Only on the same server: credentials and schemas are nobody else's business."""
    keeps = answer.status in _KEEP_METHOD or request.method == "GET"
    return keeps and _origin(target) == _origin(request.url)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

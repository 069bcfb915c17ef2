"""A thousand clients and one registry that goes away and comes back: who asks when.

Time is simulated: what happens next is the earliest of what is due. The clients run the
SDK's real core; chance is seeded, so that each run is the same.
"""

import heapq
import logging
import random
from collections import Counter
from itertools import count

import pytest

from tests.unit.sdk.by_hand import REFUSED, answer, version
from wirepact._core import ClientOptions, Core
from wirepact._steps import Aside, Failure, Pause, Send
from wirepact.errors import RegistryUnavailableError
from wirepact.retry import Surroundings

CLIENTS = 1000
SUBJECTS = ("orders-value",)
READ_EVERY_S = 20.0
CALM_FROM, DOWN_FROM, UP_FROM, END = 120.0, 300.0, 390.0, 570.0
WINDOW_S = 20.0


class Simulation:
    """What is due, in its order, and what the registry was asked when."""

    def __init__(self, outage):
        self.now = 0.0
        self.asked_at = []
        self.served: Counter[str] = Counter()
        self._outage = outage
        self._due = []
        self._order = count()
        self._random = random.Random(20)

    def at(self, when, act):
        heapq.heappush(self._due, (when, next(self._order), act))

    def run(self):
        while self._due and self._due[0][0] < END:
            self.now, _, act = heapq.heappop(self._due)
            act()

    def add_client(self):
        around = Surroundings(
            lambda: self.now,
            lambda: self.now,
            random.Random(self._random.random()).random,
        )
        core = Core.of("http://registry", ClientOptions(surroundings=around))
        # Services start one after the other; each then reads at its own pace.
        begin = self._random.uniform(0.0, 60.0)
        for subject in SUBJECTS:
            self._read_again(
                core, subject, begin + self._random.uniform(0, READ_EVERY_S)
            )

    def _read_again(self, core, subject, when):
        def read():
            self._go_on(core.catalogue.latest(subject))
            self._read_again(core, subject, self.now + READ_EVERY_S)

        self.at(when, read)

    def _go_on(self, steps, outcome=None):
        try:
            step = steps.send(outcome)
        except StopIteration as end:
            self.served[type(end.value).__name__] += 1
            return
        except RegistryUnavailableError:
            self.served["unavailable"] += 1
            return
        match step:
            case Send():
                self.asked_at.append(self.now)
                is_down = DOWN_FROM <= self.now < UP_FROM
                delay, reply = self._outage if is_down else (0.005, _known(step))
                self.at(self.now + delay, lambda: self._go_on(steps, reply))
            case Pause(seconds):
                self.at(self.now + seconds, lambda: self._go_on(steps))
            case Aside(begin):
                self._go_on(begin())
                self._go_on(steps)
            case _:
                raise AssertionError(step)

    def most_in_a_window(self, begin, end):
        """The most requests in any stretch of the window's length."""
        times = [at for at in self.asked_at if begin <= at < end]
        most, first = 0, 0
        for last, at in enumerate(times):
            while times[first] <= at - WINDOW_S:
                first += 1
            most = max(most, last - first + 1)
        return most

    def rate(self, begin, end):
        return sum(begin <= at < end for at in self.asked_at) / (end - begin)


def _known(send):
    subject = send.url.split("/subjects/")[1].split("/")[0]
    number = SUBJECTS.index(subject) + 1
    return version(schema_id=number)


OUTAGES = {
    "refused": (0.001, REFUSED),
    "hanging": (5.0, Failure("ReadTimeout", was_sent=True)),
    "overloaded": (0.05, answer({}, 503, retry_after="1")),
    "failing": (0.05, answer({}, 500)),
}


@pytest.mark.parametrize("outage", OUTAGES)
def test_given_a_registry_that_comes_back_then_traffic_is_as_it_always_was(
    outage, caplog
):
    # Each client says that it goes on with what it has: ten thousand lines.
    caplog.set_level(logging.ERROR, "wirepact")
    simulation = Simulation(OUTAGES[outage])
    for _ in range(CLIENTS):
        simulation.add_client()

    simulation.run()

    normal = simulation.rate(CALM_FROM, DOWN_FROM)
    calm_peak = simulation.most_in_a_window(CALM_FROM, DOWN_FROM)
    assert normal > 0
    # After the recovery: on the whole, and in its worst twenty seconds.
    assert simulation.rate(UP_FROM, END) <= 1.2 * normal
    assert simulation.most_in_a_window(UP_FROM, END) <= 1.2 * calm_peak
    # During the outage a registry that struggles is not asked more than before.
    assert simulation.rate(DOWN_FROM, UP_FROM) <= 1.2 * normal
    # And nobody noticed: what was known was served all the time.
    assert simulation.served["unavailable"] == 0

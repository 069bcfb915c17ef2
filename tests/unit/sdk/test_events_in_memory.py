"""Events by the registry in memory: the same claims that the real one meets."""

from functools import partial

import pytest

from tests.suites.events import EventsSuite
from tests.suites.registry_facade import awaited, blocking
from wirepact.testing import FakeRegistry


class TestBlocking(EventsSuite):
    @pytest.fixture
    def opened(self):
        return partial(blocking, FakeRegistry(), source="urn:shop")


class TestAwaited(EventsSuite):
    @pytest.fixture
    def opened(self):
        return partial(awaited, FakeRegistry(), source="urn:shop")

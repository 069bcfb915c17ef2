"""What tests of services need that use the SDK, all of it in memory.

A registry, a broker and a clock; services on them, that crash where a test wants; what
was published, and whether a handler may get a message twice. For pytest there are the
fixtures `registry`, `broker` and `clock`; `wirepact.testing.strategies` draws events.

The real registry, for tests that need its rules, comes with `wirepact-registry` as a
fixture of pytest: `wirepact_registry`.
"""

from wirepact.testing.asserting import assert_published, published
from wirepact.testing.clock import Clock
from wirepact.testing.crashing import CrashedError, Crashes, crash_at
from wirepact.testing.fake_registry import FakeRegistry
from wirepact.testing.kit import Kit, NoKitError, Service, deliver, kit, serving
from wirepact.testing.repeating import assert_idempotent
from wirepact.testing.seeding import SeedError, seed

__all__ = [
    "Clock",
    "CrashedError",
    "Crashes",
    "FakeRegistry",
    "Kit",
    "NoKitError",
    "SeedError",
    "Service",
    "assert_idempotent",
    "assert_published",
    "crash_at",
    "deliver",
    "kit",
    "published",
    "seed",
    "serving",
]

"""What tests of services need that use the SDK: a registry in memory.

The real registry, for tests that need its rules, comes with `wirepact-registry` as a
fixture of pytest: `wirepact_registry`.
"""

from wirepact.testing.fake_registry import FakeRegistry

__all__ = ["FakeRegistry"]

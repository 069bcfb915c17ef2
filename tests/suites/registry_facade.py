"""Events for the tests of those who send and receive them, and both colours at once."""

import asyncio
import contextvars
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from wirepact import AsyncRegistry, Registry, event
from wirepact.events import EventType, find_event_type


@event("desk.OrderCreated", key="order_id")
@dataclass(frozen=True, slots=True)
class OrderCreated:
    order_id: str
    note: str = ""


@event("desk.OrderConfirmed", key="order_id")
@dataclass(frozen=True, slots=True)
class OrderConfirmed:
    order_id: str


@event("desk.OrderNoted")
@dataclass(frozen=True, slots=True)
class OrderNoted:
    text: str


ORDER = OrderCreated("o-1", "fragile")


def declared(cls: type) -> EventType:
    found = find_event_type(cls)
    assert found is not None
    return found


class AwaitedRegistry:
    """An asynchronous registry whose calls are waited for."""

    def __init__(self, registry: AsyncRegistry, runner: asyncio.Runner) -> None:
        self._registry = registry
        self._runner = runner

    @property
    def client(self) -> Any:
        return self._registry.client

    def run(self, call: Callable[[], Any]) -> Any:
        """Await what a function begins."""
        return self._runner.run(call())

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._registry, name)

        def call(*args: Any, **more: Any) -> Any:
            here = contextvars.copy_context()
            return self._runner.run(_called(method, *args, **more), context=here)

        return call


async def _called(method: Callable[..., Any], *args: Any, **more: Any) -> Any:
    return await method(*args, **more)


@contextmanager
def blocking(registry: Any, **options: Any) -> Iterator[Any]:
    """Open a registry, by an address or by something that makes clients."""
    made = registry if isinstance(registry, str) else registry.client()
    with Registry(made, **options) as opened:
        yield opened


@contextmanager
def awaited(registry: Any, **options: Any) -> Iterator[Any]:
    """The same, with calls that are awaited."""
    with asyncio.Runner() as runner:
        made = registry if isinstance(registry, str) else registry.async_client()
        opened = AsyncRegistry(made, **options)
        yield AwaitedRegistry(opened, runner)
        runner.run(opened.close())


both = pytest.mark.parametrize("colour", [blocking, awaited])

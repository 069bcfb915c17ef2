"""Who the request that is being answered comes from: authorised, audited."""

from contextvars import ContextVar
from typing import Final

from registry.domain.principals import ANONYMOUS, Principal

CURRENT: Final[ContextVar[Principal]] = ContextVar("principal", default=ANONYMOUS)
"""Of the request that this code runs for; worker threads inherit it."""

"""Whom work is done for, where many share what there is one of."""

from contextvars import ContextVar
from typing import Final

CURRENT: Final[ContextVar[str]] = ContextVar("caller", default="")
"""A principal, or the address of somebody unknown; worker threads inherit it.

Empty where callers are not told apart.
"""

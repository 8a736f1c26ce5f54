"""Liveness, readiness, startup and deep checks, answered from memory.

Checks run in the background, each by itself, with a deadline and a connection of its own; a request
only reads the latest answers. One that is too old counts as unhealthy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zdt_core.health.middleware import HealthMiddleware
    from zdt_core.health.outcomes import Unhealthy
    from zdt_core.health.registry import check

_homes = {"HealthMiddleware": "middleware", "Unhealthy": "outcomes", "check": "registry"}

__all__ = ["HealthMiddleware", "Unhealthy", "check"]


def __getattr__(name: str) -> Any:
    home = _homes.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)

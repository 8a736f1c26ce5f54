"""Two releases side by side: who goes where, who watches, and the way back."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zdt_deploy.canary.logs import DeploymentLogFilter
    from zdt_deploy.canary.middleware import CanaryMiddleware
    from zdt_deploy.canary.signals import rolled_back
    from zdt_deploy.canary.upstreams import service_headers, service_url

__all__ = [
    "CanaryMiddleware",
    "DeploymentLogFilter",
    "rolled_back",
    "service_headers",
    "service_url",
]

_HOMES = {
    "CanaryMiddleware": "middleware",
    "DeploymentLogFilter": "logs",
    "rolled_back": "signals",
    "service_headers": "upstreams",
    "service_url": "upstreams",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found  # the next look-up costs nothing
    return found

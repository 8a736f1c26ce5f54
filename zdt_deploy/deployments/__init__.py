"""Deployments: the record of a release on its way to all users, and the moves that it may make."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zdt_deploy.deployments.progress import forward_of, share_of, step_of
    from zdt_deploy.deployments.records import record
    from zdt_deploy.deployments.signals import moved

_HOMES = {
    "forward_of": "progress",
    "moved": "signals",
    "record": "records",
    "share_of": "progress",
    "step_of": "progress",
}
__all__ = ["forward_of", "moved", "record", "share_of", "step_of"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

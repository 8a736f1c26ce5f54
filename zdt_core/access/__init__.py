"""The outside doors: API tokens, what they may do, and how a request that may not is answered.

A view of an HTTP API::

    @token_required("deployments.steer")
    def pause(request, deployment_id): ...   # request.zdt_actor is who asks
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zdt_core.access.guard import token_required
    from zdt_core.access.problems import Problem
    from zdt_core.access.tokens import create, revoke

_HOMES = {
    "Problem": "problems",
    "create": "tokens",
    "revoke": "tokens",
    "token_required": "guard",
}
__all__ = ["Problem", "create", "revoke", "token_required"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

"""The checklist of a deployment: before, during and after it.

The software looks at what it can see, people tick or waive the rest. `item` and `by_hand` register
a site's own; see docs/how-to/preflight.md.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zdt_deploy.preflight.reading import read
    from zdt_deploy.preflight.registry import by_hand, item, leave_out
    from zdt_deploy.preflight.results import failed, not_applicable, passed, unknown

_HOMES = {
    "by_hand": "registry",
    "failed": "results",
    "item": "registry",
    "leave_out": "registry",
    "not_applicable": "results",
    "passed": "results",
    "read": "reading",
    "unknown": "results",
}
__all__ = [
    "by_hand", "failed", "item", "leave_out", "not_applicable", "passed", "read", "unknown",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)  # late, as models may not be imported before the apps are ready
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)

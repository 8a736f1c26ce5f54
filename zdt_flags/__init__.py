"""Feature flags that change without a deployment."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zdt_flags.answers import explain, is_enabled
    from zdt_flags.decorators import flag_required
    from zdt_flags.middleware import FlagsMiddleware

__all__ = ["FlagsMiddleware", "explain", "flag_required", "is_enabled"]

_homes = {
    "FlagsMiddleware": "zdt_flags.middleware",
    "explain": "zdt_flags.answers",
    "flag_required": "zdt_flags.decorators",
    "is_enabled": "zdt_flags.answers",
}


def __getattr__(name: str) -> Any:
    """Found when first asked for, since models may not be imported before the apps are ready."""
    if name not in _homes:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(_homes[name]), name)
    globals()[name] = found
    return found

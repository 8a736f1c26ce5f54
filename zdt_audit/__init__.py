"""The compliance trail: who did what, when and why."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zdt_audit.entries import record

__all__ = ["record"]


def __getattr__(name: str) -> Any:
    """Found when first asked for, since models may not be imported before the apps are ready."""
    if name != "record":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module("zdt_audit.entries").record

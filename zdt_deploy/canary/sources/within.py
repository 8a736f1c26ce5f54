"""A site's own function, for no longer than it may take."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections

from zdt_core.exceptions import Unavailable

_running: dict[str, threading.Thread] = {}


def within(seconds: float, name: str, function: Callable[[], Any]) -> Any:
    """What ``function`` returns; what it raises is raised. It runs in a thread of its own, which
    gives its database connections back. Raises Unavailable once ``seconds`` are over, and while one
    of the same ``name`` that was given up has not come back."""
    if name in _running and _running[name].is_alive():
        raise Unavailable(f"{name} has not come back since it was given up.")
    outcome: list[tuple[bool, Any]] = []
    thread = threading.Thread(
        target=_run, args=(function, outcome), name=f"zdt {name}", daemon=True
    )
    thread.start()
    thread.join(seconds)
    if not outcome:
        _running[name] = thread
        raise Unavailable(f"{name} took longer than {seconds:g} s.")
    fine, found = outcome[0]
    if fine:
        return found
    raise found


def _run(function: Callable[[], Any], outcome: list[tuple[bool, Any]]) -> None:
    try:
        outcome.append((True, function()))
    except Exception as error:
        outcome.append((False, error))
    except BaseException as error:  # it wanted to end the process, which is not its to end
        outcome.append((False, RuntimeError(type(error).__name__)))
    finally:
        connections.close_all()

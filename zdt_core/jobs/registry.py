"""The kinds of work, each with the function that does a slice of it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from django.apps import apps

from zdt_core.exceptions import ConfigurationError
from zdt_core.jobs import queues
from zdt_core.jobs.outcomes import Then

if TYPE_CHECKING:
    from zdt_core.jobs.slices import Slice

Handler = Callable[["Slice"], Then | None]


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of work. ``max_failures`` slices in a row that raise end the run; None never does."""

    kind: str
    handler: Handler
    queue: queues.Queue
    own_lease: float | None
    max_failures: int | None

    @property
    def lease(self) -> float:
        """Seconds that a slice may go without committing a step."""
        return self.own_lease or self.queue.lease


_tasks: dict[str, Task] = {}
_discovered = False


def task(
    kind: str,
    queue: str = queues.WORK,
    lease: float | None = None,
    max_failures: int | None = None,
) -> Callable[[Handler], Handler]:
    """Register a handler for the runs of ``kind``.

    The handler gets a Slice, works until its `should_stop()`, commits each step, and returns how
    to go on: `again()`, `after(seconds)`, `at(moment)`, `done()` or `fail(code)`. It has to bear
    a repetition of everything that it did outside of `slice.commit()`.
    """

    def register(handler: Handler) -> Handler:
        _tasks[kind] = Task(kind, handler, queues.queue(queue), lease, max_failures)
        return handler

    return register


def find(kind: str) -> Task | None:
    """The task of ``kind``, or None where this release does not know it."""
    discover()
    return _tasks.get(kind)


def get(kind: str) -> Task:
    """The task of ``kind``. Raises ConfigurationError where this release does not know it."""
    found = find(kind)
    if found is None:
        raise ConfigurationError(
            f"No installed app has a `jobs` module that registers the kind “{kind}”."
        )
    return found


def longest_lease(queue: str) -> float:
    """The longest lease of the kinds on ``queue``."""
    discover()
    leases = [task.lease for task in _tasks.values() if task.queue.name == queue]
    return max([queues.queue(queue).lease, *leases])


def discover() -> None:
    """Import the ``jobs`` module of every installed app, once."""
    global _discovered
    if _discovered:
        return
    apps.check_apps_ready()
    for app in apps.get_app_configs():
        name = f"{app.name}.jobs"
        if app.name != "zdt_core" and find_spec(name):
            importlib.import_module(name)
    _discovered = True

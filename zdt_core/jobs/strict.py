"""Jobs as zdt's own queues take them: a ring for a slice, and nothing that Redis could dream up.

RQ imports and calls whatever a job's record names: the function, its callbacks, its webhooks.
Whoever can write to Redis could run any code. Here the names are looked up, never imported.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from rq.exceptions import NoSuchJobError
from rq.job import Job, JobStatus

from zdt_core.exceptions import Refused
from zdt_core.jobs.bell import FUNCTION
from zdt_core.jobs.work import run_slice

logger = logging.getLogger("zdt.worker")
_FUNCTIONS: dict[str, Callable[..., Any]] = {FUNCTION: run_slice}


class StrictJob(Job):
    """A job that runs a function of zdt's table, with one whole number, or not at all."""

    @property
    def func(self) -> Callable[..., Any]:
        name, args = self.func_name, self.args
        proper = len(args) == 1 and type(args[0]) is int and not self.kwargs
        if name not in _FUNCTIONS or self.instance is not None or not proper:
            raise Refused("job_not_ours", function=str(name)[:200])
        return _FUNCTIONS[name]

    def restore(self, raw_data: Any) -> None:
        """Read the job's record. One that RQ cannot read counts as none."""
        try:
            super().restore(raw_data)
        except NoSuchJobError:
            raise
        except Exception as error:
            logger.exception("The record of job %s makes no sense; it is passed over", self.id)
            raise NoSuchJobError(str(error)) from error

    @property
    def success_callback(self) -> None:
        return None

    @property
    def failure_callback(self) -> None:
        return None

    @property
    def stopped_callback(self) -> None:
        return None

    def send_webhooks(self, status: str | JobStatus, *, exc_string: str | None = None) -> None:
        """No job of ours has any."""

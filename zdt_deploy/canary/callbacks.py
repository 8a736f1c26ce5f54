"""The functions that a rollback calls (ZDT_ROLLBACK_CALLBACKS), each at least once.

A callback gets ``deployment_id`` and ``idempotency_key`` as text. It may be called again with the
same key: after it raised, after it took too long, and after its process died before its success
was written down. It has the time of a slice (ZDT_SLICE_SECONDS); longer work belongs in a queue.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connections
from django.utils.module_loading import import_string

from zdt_core import jobs
from zdt_core.exceptions import ZdtError
from zdt_core.jobs.conf import conf as jobs_conf
from zdt_deploy.conf import conf


class TooSlow(ZdtError):
    """The callback took longer than a slice. Let it hand its work to a queue."""


def pending(cursor: dict[str, Any]) -> list[str]:
    """The callbacks that have not succeeded yet."""
    done = cursor.get("done", [])
    return [path for path in conf.ROLLBACK_CALLBACKS if path not in done]


def exhausted(cursor: dict[str, Any]) -> dict[str, Any] | None:
    """The first pending callback that was tried often enough: its path, attempts and error."""
    for path in pending(cursor):
        attempts = cursor.get("attempts", {}).get(path, 0)
        if attempts >= conf.ROLLBACK_ATTEMPTS:
            error = cursor.get("errors", {}).get(path, "")
            return {"callback": path, "attempts": attempts, "error": error}
    return None


def pause(cursor: dict[str, Any]) -> float:
    """Seconds until the pending callbacks are tried again."""
    attempts = [cursor.get("attempts", {}).get(path, 0) for path in pending(cursor)]
    return float(min(conf.ROLLBACK_RETRY_SECONDS, 2 ** max(0, min(attempts, default=0) - 1)))


def attempt(work: jobs.Slice, path: str) -> None:
    """Call one callback, and write down how it went.

    The attempt is counted before the call, so that one which takes its process along is not tried
    for ever.
    """
    attempts = work.cursor.get("attempts", {})
    tried = {**attempts, path: attempts.get(path, 0) + 1}
    with work.commit() as save:
        save(cursor={**work.cursor, "attempts": tried})
    error = _call(work, path)
    with work.commit() as save:
        if error is None:
            save(cursor={**work.cursor, "done": [*work.cursor.get("done", []), path]})
        else:
            text = f"{type(error).__name__}: {error}"[:500]
            save(cursor={**work.cursor, "errors": {**work.cursor.get("errors", {}), path: text}})


def _call(work: jobs.Slice, path: str) -> BaseException | None:
    """Call it beside the slice, whose lease is kept meanwhile. Returns what went wrong."""
    outcome: list[BaseException | None] = []
    thread = threading.Thread(
        target=_run, args=(outcome, path, work.key), name=f"zdt rollback {path}", daemon=True
    )
    thread.start()
    deadline = time.monotonic() + jobs_conf.SLICE_SECONDS
    while thread.is_alive() and time.monotonic() < deadline:
        thread.join(min(work.claim.lease / 3, deadline - time.monotonic()))
        if thread.is_alive():
            with work.commit():
                pass  # renews the lease
    return outcome[0] if outcome else TooSlow()


def _run(outcome: list[BaseException | None], path: str, deployment_id: str) -> None:
    try:
        callback: Callable[..., object] = import_string(path)
        callback(deployment_id=deployment_id, idempotency_key=f"{deployment_id}:{path}")
    except BaseException as error:
        outcome.append(error)
    else:
        outcome.append(None)
    finally:
        connections.close_all()  # this thread's

"""What a rollback calls (ZDT_ROLLBACK_CALLBACKS), functions and URLs, each at least once.

A callback gets ``deployment_id``, ``region`` ("" where everyone goes back) and ``idempotency_key``
as text; a URL gets them by POST as JSON, and the key in the header ``Idempotency-Key`` as well. It
may be called again with the same key:
after it raised or answered with another status than 2xx, after it took too long, and after its
process died before its success was written down. It has the time of a slice (ZDT_SLICE_SECONDS);
longer work belongs in a queue.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from django.db import connections
from django.utils.module_loading import import_string

from zdt_core import jobs, outbound
from zdt_core.exceptions import ZdtError
from zdt_core.jobs.conf import conf as jobs_conf
from zdt_deploy.conf import conf


class TooSlow(ZdtError):
    """The callback took longer than a slice. Let it hand its work to a queue."""


class NotAccepted(ZdtError):
    """The other side did not accept the callback."""


def name_of(path: str) -> str:
    """What ``path`` is called on record: itself, or for a URL, whose path may be secret, its host
    and a digest."""
    if "://" not in path:
        return path
    return f"{urlsplit(path).hostname}#{sha256(path.encode()).hexdigest()[:8]}"


def pending(cursor: dict[str, Any]) -> list[str]:
    """The callbacks that have not succeeded yet."""
    done = cursor.get("done", [])
    return [path for path in conf.ROLLBACK_CALLBACKS if name_of(path) not in done]


def exhausted(cursor: dict[str, Any]) -> dict[str, Any] | None:
    """The first pending callback that was tried often enough: its path, attempts and error."""
    for path in pending(cursor):
        name = name_of(path)
        attempts = cursor.get("attempts", {}).get(name, 0)
        if attempts >= conf.ROLLBACK_ATTEMPTS:
            error = cursor.get("errors", {}).get(name, "")
            return {"callback": name, "attempts": attempts, "error": error}
    return None


def pause(cursor: dict[str, Any]) -> float:
    """Seconds until the pending callbacks are tried again."""
    attempts = [cursor.get("attempts", {}).get(name_of(path), 0) for path in pending(cursor)]
    return float(min(conf.ROLLBACK_RETRY_SECONDS, 2 ** max(0, min(attempts, default=0) - 1)))


def attempt(work: jobs.Slice, path: str) -> None:
    """Call one callback, and write down how it went.

    The attempt is counted before the call, so that one which takes its process along is not tried
    for ever.
    """
    attempts, name = work.cursor.get("attempts", {}), name_of(path)
    region = work.params.get("region", "")
    tried = {**attempts, name: attempts.get(name, 0) + 1}
    with work.commit() as save:
        save(cursor={**work.cursor, "attempts": tried})
    said = {
        "deployment_id": work.params["deployment"],
        "region": region,
        "idempotency_key": f"{work.key}:{name}",
    }
    event = "deployment.retreated" if region else "deployment.rolled_back"
    error = call(work, path, said, event=event)
    with work.commit() as save:
        if error is None:
            save(cursor={**work.cursor, "done": [*work.cursor.get("done", []), name]})
        else:
            text = f"{type(error).__name__}: {error}"[:500]
            save(cursor={**work.cursor, "errors": {**work.cursor.get("errors", {}), name: text}})


def call(work: jobs.Slice, path: str, said: dict[str, Any], *, event: str) -> BaseException | None:
    """Call ``path`` with ``said`` beside the slice, whose lease is kept meanwhile; a URL is told
    ``event``, too. Returns what went wrong."""
    outcome: list[BaseException | None] = []
    thread = threading.Thread(
        target=_run, args=(outcome, path, said, event), name="zdt rollback callback", daemon=True
    )
    thread.start()
    deadline = time.monotonic() + jobs_conf.SLICE_SECONDS
    while thread.is_alive() and time.monotonic() < deadline:
        thread.join(min(work.claim.lease / 3, deadline - time.monotonic()))
        if thread.is_alive():
            with work.commit():
                pass  # renews the lease
    return outcome[0] if outcome else TooSlow()


def _run(outcome: list[BaseException | None], path: str, said: dict[str, Any], event: str) -> None:
    try:
        callback: Callable[..., object] = _callback(path, event)
        callback(**said)
    except BaseException as error:
        outcome.append(error)
    else:
        outcome.append(None)
    finally:
        connections.close_all()  # this thread's


def _callback(path: str, event: str) -> Callable[..., object]:
    return partial(_post, path, event) if "://" in path else import_string(path)


def _post(url: str, event: str, *, idempotency_key: str, **said: Any) -> None:
    """Tell ``url``. Raises Refused, Unanswered, and NotAccepted for a status other than 2xx."""
    answer = outbound.request(
        "POST",
        url,
        json={"event": event, **said, "idempotency_key": idempotency_key},
        headers={"Idempotency-Key": idempotency_key},
        deadline=jobs_conf.SLICE_SECONDS,
        secret_path=True,
    )
    if not answer.ok:
        raise NotAccepted(f"The other side answered with status {answer.status}.")

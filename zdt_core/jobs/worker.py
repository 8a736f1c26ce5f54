"""The worker of one zdt queue: an RQ worker that is strict, single-threaded and hard to lose.

It works in its own process, without a fork per slice, so that a slice sees SIGTERM and hands
itself back with its progress. A slice that hangs is interrupted by RQ's alarm after
`Queue.time_limit`; one that hangs in C code is fenced off by its lease instead. It listens on one
queue only, because RQ can lose a job between two. While its process drains it takes nothing.
`rq suspend` and RQ's remote commands are not obeyed: a forgotten switch in Redis must not stop the
watch over a release.
"""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable

import django_rq
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import SimpleWorker
from rq.exceptions import DequeueTimeout
from rq.job import Job
from rq.queue import Queue
from rq.serializers import JSONSerializer
from rq.utils import now

from zdt_core import drain, fast_copy, identity
from zdt_core.jobs import bell, queues, registry, stopping
from zdt_core.jobs.strict import StrictJob

TTL = 20
"""Seconds of RQ's entry for a worker. It looks up from listening 15 s before: every 5 s."""
_LONGEST_PAUSE = 5.0
logger = logging.getLogger("zdt.worker")


class Worker(SimpleWorker):
    """One life of a worker, from one loss of Redis to the next."""

    log_result_lifespan = False

    def __init__(self, queue: str, name: str, may_go_on: Callable[[], bool]) -> None:
        super().__init__(
            [queue],
            name=name,
            connection=_connection(queue),
            job_class=StrictJob,
            serializer=JSONSerializer,
            worker_ttl=TTL,
            maintenance_interval=60,
            log_job_description=False,
        )
        self.may_go_on = may_go_on
        self.time_limit = queues.queue(queue).time_limit(registry.longest_lease(queue))

    def live(self) -> None:
        """Serve until this process is asked to stop. Raises fast_copy.Error without Redis."""
        self.register_birth()
        try:
            while not stopping.requested() and self.may_go_on():
                self._look_after_queue()
                if drain.draining():
                    _rest(1.0)
                else:
                    self._serve_one()
        except stopping.StopRequested:
            logger.info("Worker %s stops.", self.name)
        finally:
            self._sign_off()

    def execute_job(self, job: Job, queue: Queue) -> None:
        job.timeout = self.time_limit
        super().execute_job(job, queue)

    def _serve_one(self) -> None:
        try:
            with stopping.waiting():
                found = self.queue_class.dequeue_any(
                    self.queues,
                    self.dequeue_timeout,
                    connection=self.connection,
                    job_class=self.job_class,
                    serializer=self.serializer,
                )
        except DequeueTimeout:
            return
        if found is not None:
            self.execute_job(*found)

    def _look_after_queue(self) -> None:
        self.heartbeat()
        if not self.should_run_maintenance_tasks:
            return
        try:
            self.run_maintenance_tasks()
        except fast_copy.Error:
            raise
        except Exception:  # somebody's nonsense in a registry must not end the worker
            logger.exception("RQ's maintenance of %s failed", self.queue_names())
            self.last_cleaned_at = now()  # type: ignore[assignment]  # RQ annotates None

    def _sign_off(self) -> None:
        try:
            self.register_death()
        except fast_copy.Error as error:
            logger.info("Worker %s is gone without a word to Redis: %s", self.name, error)


def serve(queue: str, may_go_on: Callable[[], bool] = lambda: True) -> None:
    """Serve ``queue`` until this process is asked to stop, through losses of Redis."""
    pause = 1.0
    for life in itertools.count(1):
        if stopping.requested() or not may_go_on():
            return
        born = time.monotonic()
        try:
            Worker(queue, f"{identity.instance()}.{queue}.{life}", may_go_on).live()
        except fast_copy.Error as error:
            pause = 1.0 if time.monotonic() - born > _LONGEST_PAUSE else min(2 * pause, 5.0)
            logger.warning("Redis is away; trying again in %.0f s: %s", pause, error)
            if not _rest(pause):
                return


def _rest(seconds: float) -> bool:
    try:
        with stopping.waiting():
            time.sleep(seconds)
    except stopping.StopRequested:
        return False
    return True


def _connection(queue: str) -> redis.Redis:
    """A client of its own: it blocks for seconds, and gives up at the first error."""
    bell.queue_config(queue)
    client: redis.Redis = django_rq.get_connection(queue)
    client.set_retry(Retry(NoBackoff(), 0))
    client.connection_pool.connection_kwargs["socket_connect_timeout"] = _LONGEST_PAUSE
    return client

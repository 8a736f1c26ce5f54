"""A forged job runs nothing."""

import os

import pytest
from rq import Callback, Queue
from rq.serializers import JSONSerializer, PickleSerializer

from tests.core.factories import RunFactory
from zdt_core import jobs
from zdt_core.exceptions import Refused
from zdt_core.jobs import bell, stopping, worker
from zdt_core.jobs.strict import StrictJob

FUNCTION = bell.FUNCTION


@pytest.fixture
def trap(tmp_path):
    """A file that a forged job would make."""
    return tmp_path / "caught"


def forge(function, args=(), serializer=JSONSerializer, **options):
    line = Queue("zdt", connection=bell.connection("zdt"), serializer=serializer)
    return line.enqueue_call(function, args=args, **options)


def serve_one():
    """Serve what is in the queue, as a worker process would, without waiting for more."""
    one = worker.Worker("zdt", "one-that-is-strict", lambda: True)
    one.register_birth()
    try:
        one._serve_one()
    finally:
        one.register_death()


@pytest.mark.django_db
def test_a_ring_is_answered(kind, rings):
    run = RunFactory(kind=kind(lambda slice: jobs.done()))
    bell.ring("zdt", [run.pk])

    serve_one()

    run.refresh_from_db()
    assert run.state == "succeeded"
    assert rings() == []


@pytest.mark.parametrize("serializer", [JSONSerializer, PickleSerializer])
def test_a_forged_command_is_not_run(rings, trap, serializer, caplog):
    job = forge("os.system", (f"touch {trap}",), serializer)

    serve_one()

    assert not trap.exists()
    assert StrictJob.fetch(job.id, bell.connection("zdt"), JSONSerializer).is_failed


def test_the_refusal_names_the_function_and_a_cure(rings, caplog):
    forge("os.system", ("true",))

    serve_one()

    assert "“os.system” is no job of zdt's queues" in caplog.text


def test_a_pickle_that_runs_code_when_read_is_not_read(rings, trap):
    class Bomb:
        def __reduce__(self):
            return os.system, (f"touch {trap}",)

    forge("os.getcwd", (Bomb(),), PickleSerializer)

    serve_one()

    assert not trap.exists()


def test_callbacks_of_a_forged_job_are_not_run(rings, trap):
    forge(FUNCTION, (10**9,), on_success=Callback("os.system"), on_failure=Callback("os.system"))
    job = StrictJob(connection=bell.connection("zdt"), serializer=JSONSerializer)
    job._success_callback_name = job._failure_callback_name = "os.system"

    assert (job.success_callback, job.failure_callback, job.stopped_callback) == (None,) * 3


@pytest.mark.parametrize(
    ("function", "args", "kwargs", "instance"),
    [
        (FUNCTION, ["1"], {}, None),
        (FUNCTION, [True], {}, None),
        (FUNCTION, [1, 2], {}, None),
        (FUNCTION, [], {"run_id": 1}, None),
        ("upper", [1], {}, "text"),
        (FUNCTION, [1], {}, "text"),
        (None, [1], {}, None),
    ],
)
def test_only_a_function_of_ours_with_a_number_runs(function, args, kwargs, instance):
    job = StrictJob(connection=bell.connection("zdt"), serializer=JSONSerializer)
    job.data = JSONSerializer.dumps([function, instance, args, kwargs])

    with pytest.raises(Refused):
        _ = job.func


@pytest.mark.django_db
def test_a_record_that_cannot_be_read_is_passed_over(kind, rings, caplog):
    run = RunFactory(kind=kind(lambda slice: jobs.done()))
    forged = forge(FUNCTION, (1,))
    bell.connection("zdt").hset(forged.key, "timeout", "soon")
    bell.ring("zdt", [run.pk])

    serve_one()

    run.refresh_from_db()
    assert run.state == "succeeded"
    assert f"The record of job {forged.id} makes no sense" in caplog.text


def test_a_worker_asked_to_stop_does_not_wait(rings):
    stopping.request()

    with pytest.raises(stopping.StopRequested):
        serve_one()

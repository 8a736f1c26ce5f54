"""What the tests of the jobs share: kinds of their own, and the queues of a clean Valkey."""

from __future__ import annotations

import pytest
from rq import Queue
from rq.serializers import JSONSerializer

from zdt_core.jobs import bell, registry, stopping


@pytest.fixture
def kind(monkeypatch):
    """Registers a handler under a name for one test: ``kind(handler, **options) -> name``."""
    registry.discover()  # what is found while a test runs would be forgotten after it
    monkeypatch.setattr(registry, "_tasks", dict(registry._tasks))

    def register(handler, name="test.work", **options):
        registry.task(name, **options)(handler)
        return name

    return register


@pytest.fixture
def rings():
    """The run ids that were rung for on a queue, oldest first: ``rings(queue="zdt")``."""
    for queue in ("zdt", "zdt-monitor"):
        _line(queue).empty()

    def read(queue="zdt"):
        return [job.args[0] for job in _line(queue).jobs]

    return read


@pytest.fixture(autouse=True)
def nobody_asked_to_stop():
    stopping.reset()
    yield
    stopping.reset()


def _line(queue):
    return Queue(queue, connection=bell.connection(queue), serializer=JSONSerializer)

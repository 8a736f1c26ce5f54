"""Factories of zdt_core's rows."""

from datetime import timedelta

import factory

from zdt_core import database
from zdt_core.fleet.models import Process
from zdt_core.jobs.models import Run


class ProcessFactory(factory.django.DjangoModelFactory):
    """A live web process of release 1.0. ``seen(seconds)`` back-dates its last beat."""

    class Meta:
        model = Process

    class Params:
        left = factory.Trait(left_at=database.Now())

    instance = factory.Sequence(lambda number: f"{number:012x}")
    role = "web"
    release = "1.0"
    service = "shop"
    environment = "test"
    region = "default"
    track = "stable"
    host = "web-1"
    pid = factory.Sequence(lambda number: 1000 + number)

    @classmethod
    def seen(cls, seconds_ago, **kwargs):
        """A process whose last beat was so many seconds ago by the database's clock."""
        return cls(seen_at=database.Now() - timedelta(seconds=seconds_ago), **kwargs)


class RunFactory(factory.django.DjangoModelFactory):
    """A run that is due now and that nobody holds or was rung for."""

    class Meta:
        model = Run

    class Params:
        held = factory.Trait(
            token=1, holder="somebody", lease_until=database.Now() + timedelta(seconds=30)
        )
        lapsed = factory.Trait(
            token=1, holder="somebody", lease_until=database.Now() - timedelta(seconds=1)
        )
        due_later = factory.Trait(due_at=database.Now() + timedelta(seconds=60))
        paused = factory.Trait(state="paused")

    kind = "test.work"
    key = factory.Sequence(str)
    queue = "zdt"

"""Factories of zdt_core's rows."""

from datetime import timedelta

import factory

from zdt_core import database
from zdt_core.fleet.models import Process


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

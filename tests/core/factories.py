"""Factories of zdt_core's rows."""

from datetime import timedelta

import factory

from zdt_core import database
from zdt_core.access import secret as secrets
from zdt_core.access.models import Token
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


class TokenFactory(factory.django.DjangoModelFactory):
    """A good API token of this environment for "deployments.read"; ``text`` is its secret."""

    class Meta:
        model = Token
        exclude = ("secret",)

    class Params:
        expired = factory.Trait(expires_at=database.Now() - timedelta(seconds=1))
        revoked = factory.Trait(revoked_at=database.Now())

    secret = factory.LazyFunction(secrets.mint)
    name = factory.Sequence("token-{}".format)
    environment = "test"
    scopes = factory.List(["deployments.read"])
    prefix = factory.LazyAttribute(lambda made: made.secret.prefix)
    digest = factory.LazyAttribute(lambda made: made.secret.digest)
    created_by = "user:ada"
    expires_at = database.Now() + timedelta(days=1)

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        text = kwargs.pop("text", None)
        made = super()._create(model_class, *args, **kwargs)
        made.refresh_from_db()
        made.text = text
        return made

    text = factory.LazyAttribute(lambda made: made.secret.text)


def bearer(token):
    """The headers of a request that carries ``token``, for Django's test client."""
    return {"Authorization": f"Bearer {token.text}"}

import pytest

from zdt_core.events import Actor, Event
from zdt_deploy.deployments import moved
from zdt_deploy.deployments.models import Artifact, Deployment


@pytest.fixture
def ada():
    """A person."""
    return Actor("user", "ada")


@pytest.fixture
def monitor():
    """A part of zdt."""
    return Actor.system("monitor")


@pytest.fixture
def moves():
    """What followers of `moved` hear, oldest first."""
    heard = []

    def hear(sender, deployment, event, before, actor, **kwargs):
        heard.append((event, before, deployment.state, actor.name))

    moved.connect(hear)
    yield heard
    moved.disconnect(hear)


@pytest.fixture
def everything():
    """A function that takes a picture of every row a refused attempt must leave as it was."""

    def picture():
        return (
            list(Deployment.objects.order_by("pk").values()),
            list(Artifact.objects.order_by("pk").values()),
            list(Event.objects.filter(refused=False).order_by("pk").values()),
        )

    return picture


@pytest.fixture
def refusals():
    """The refused attempts on record, oldest first: (kind, code, who)."""

    def read():
        rows = Event.objects.filter(refused=True).order_by("pk")
        return [(row.kind, row.code, row.actor_name) for row in rows]

    return read

import pytest

from tests.deploy.factories import DeploymentFactory, alive
from zdt_core.events import Actor
from zdt_deploy.preflight import reading, registry, results
from zdt_deploy.preflight.telling import FACT

ADA = Actor("user", "ada")


@pytest.fixture
def items(monkeypatch):
    """A registry of its own, empty; a function that adds an item which sees what it is given."""
    monkeypatch.setattr(registry, "_items", {})

    def add(name, seen=None, **facts):
        def look(deployment):
            return results.unknown("preflight_by_hand", how="Look.") if seen is None else seen

        registry.item(name, name.title(), **facts)(look)

    return add


@pytest.fixture
def pending(db):
    return DeploymentFactory(pending=True)


def telling(*releases, middleware=("health", "drain", "metering"), checks=None, drain=(25, 30, 60)):
    """A live web process of each release that tells of itself."""
    facts = {
        "middleware": list(middleware),
        "checks": {"database": True, "redis": True} if checks is None else checks,
        "drain": list(drain),
    }
    return alive(*releases, facts={FACT: facts})


def line(deployment, name):
    """One line of the checklist; the other items are not looked at."""
    (found,) = reading.read(deployment, [registry.find(name)]).lines
    return found

"""Channels of the tests, and the worker's part done by hand."""

import pytest

from tests.core.outbound import servers
from zdt_core import database
from zdt_core.jobs import work
from zdt_core.jobs.models import Run
from zdt_core.notify.outbox import DELIVER

KEY = "r0ut1ngkey000000000000000secret0"


@pytest.fixture
def server(settings):
    settings.ZDT_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    with servers.listening() as heard:
        yield heard


@pytest.fixture
def slack(server, settings):
    """A Slack-compatible webhook is the one channel."""
    settings.ZDT_NOTIFY = {
        "team": {"BACKEND": "slack", "OPTIONS": {"url": f"{server.url}/services/T0/secret"}}
    }
    return server


@pytest.fixture
def pagerduty(server, settings):
    settings.ZDT_NOTIFY = {
        "oncall": {
            "BACKEND": "pagerduty",
            "OPTIONS": {"routing_key": KEY, "url": f"{server.url}/v2/enqueue"},
        }
    }
    return server


@pytest.fixture
def deliver():
    """Does a slice of every live delivery, oldest first, due or not; returns the runs."""

    def act():
        runs = list(Run.objects.filter(kind=DELIVER, state="ready").order_by("pk"))
        for run in runs:
            Run.objects.filter(pk=run.pk).update(due_at=database.Now(), lease_until=None)
            work.run_slice(run.pk)
        return [Run.objects.get(pk=run.pk) for run in runs]

    return act

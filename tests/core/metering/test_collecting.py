"""Everything that /zdt/metrics shows."""

import re
import shutil
import subprocess
from datetime import timedelta

import pytest

from tests.core.factories import ProcessFactory, RunFactory
from zdt_core import database, identity, notify
from zdt_core.jobs import leases, ticker
from zdt_core.metering import collecting, exposition, families
from zdt_core.metering.families import Family, Point

pytestmark = pytest.mark.django_db


def values():
    """Samples by their line up to the value."""
    lines = exposition.render(collecting.gather()).splitlines()
    pairs = (line.rpartition(" ")[::2] for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def up(found, part):
    (value,) = [v for k, v in found.items() if k.startswith("zdt_scrape_part_up") and part in k]
    return value


def shown(start):
    return {name: value for name, value in values().items() if name.startswith(start)}


def test_requests_of_each_process_are_shown(counted, flusher, settings):
    counted.requests.extend([(0.02, False, False), (0.7, True, True)])
    counted.counts.append(("order_value", 12.5))
    flusher.flush()
    of = (
        f'environment="test",service="{settings.ZDT_SERVICE}",region="default",'
        f'release="{identity.release()}",process="{identity.instance()}"'
    )
    found = values()
    assert found[f"zdt_requests_total{{{of}}}"] == 2
    assert found[f"zdt_request_errors_total{{{of}}}"] == 1
    assert found[f"zdt_requests_misrouted_total{{{of}}}"] == 1
    assert found[f'zdt_request_duration_seconds_bucket{{{of},le="0.025"}}'] == 1
    assert found[f'zdt_request_duration_seconds_bucket{{{of},le="+Inf"}}'] == 2
    assert found[f"zdt_request_duration_seconds_count{{{of}}}"] == 2
    assert found[f"zdt_request_duration_seconds_sum{{{of}}}"] == pytest.approx(0.72, rel=0.02)
    assert found[f'zdt_counted_total{{{of},name="order_value"}}'] == 12.5


def test_processes_are_counted_by_standing(settings):
    service = settings.ZDT_SERVICE
    ProcessFactory(service=service)
    ProcessFactory(service=service)
    ProcessFactory.seen(100, service=service, role="worker", release="2.0")
    ProcessFactory(service=service, left=True)
    ProcessFactory(service="other")
    place = f'environment="test",service="{service}",region="default"'
    assert shown("zdt_processes") == {
        f'zdt_processes{{{place},role="web",release="1.0",standing="live"}}': 2,
        f'zdt_processes{{{place},role="worker",release="2.0",standing="silent"}}': 1,
    }


def test_work_that_waits_is_shown_with_its_age():
    RunFactory(due_at=database.Now() - timedelta(seconds=90))
    RunFactory(held=True)
    RunFactory(due_later=True)
    RunFactory(state="failed")
    found = values()
    assert found['zdt_runs_due{environment="test",queue="zdt"}'] == 1
    assert found['zdt_runs_due{environment="test",queue="zdt-monitor"}'] == 0
    assert 90 <= found['zdt_runs_due_age_seconds{environment="test",queue="zdt"}'] < 100
    assert found['zdt_runs_due_age_seconds{environment="test",queue="zdt-monitor"}'] == 0
    assert found['zdt_runs{environment="test",queue="zdt",state="ready"}'] == 3
    assert found['zdt_runs{environment="test",queue="zdt",state="failed"}'] == 1


def test_the_ticker_is_up_while_it_holds_its_lease():
    assert values()['zdt_ticker_up{environment="test"}'] == 0
    leases.hold(ticker.NAME, 3)
    assert values()['zdt_ticker_up{environment="test"}'] == 1


def test_notifications_that_wait_are_counted():
    notify.send("shop.burns", "Fire.", severity="info", key="fire")
    assert shown("zdt_notifications") == {
        'zdt_notifications{environment="test",state="waiting"}': 1,
        'zdt_notifications{environment="test",state="given_up"}': 0,
    }


def test_without_redis_the_rest_is_shown_and_what_is_missing_is_said(settings):
    settings.ZDT_REDIS_URL = "redis://127.0.0.1:9/0"
    settings.ZDT_REDIS_TIMEOUT = 0.1
    found = values()
    assert up(found, "requests") == 0
    assert up(found, "jobs") == 1
    assert not [name for name in found if name.startswith("zdt_requests_total")]


def test_a_query_that_fails_does_not_spoil_the_others(monkeypatch):
    def broken():
        with database.connection().cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")
        return {}

    monkeypatch.setitem(collecting._collectors, "fleet", collecting.Collector("fleet", broken))
    found = values()
    assert up(found, "fleet") == 0
    assert up(found, "jobs") == 1


def test_a_scrape_costs_few_queries(django_assert_max_num_queries):
    with django_assert_max_num_queries(40):
        collecting.gather()


def test_names_follow_the_conventions():
    for family in families.declared():
        assert re.fullmatch(r"zdt_[a-z_]+", family.name)
        assert (family.kind == "counter") == family.name.endswith("_total")
        assert (family.kind != "histogram") or family.name.endswith("_seconds")
        assert str(family.help).endswith(".")
        assert "le" not in family.labels


def test_a_family_is_in_the_table_once_it_is_collected(monkeypatch):
    monkeypatch.setattr(families, "_declared", dict(families._declared))
    monkeypatch.setattr(collecting, "_collectors", dict(collecting._collectors))
    family = Family("zdt_trial", "gauge", "A trial.", ("x",))
    collecting.collector("trial", family)(lambda: {"zdt_trial": [Point(("1",), 2)]})
    assert family in families.declared()
    assert values()['zdt_trial{x="1"}'] == 2


@pytest.mark.system
@pytest.mark.long
@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_prometheus_own_tool_has_nothing_to_say(counted, flusher):
    counted.requests.extend([(0.02, False, False)])
    counted.counts.append(("order_value", 12.5))
    flusher.flush()
    ProcessFactory()
    RunFactory()
    text = exposition.render(collecting.gather())
    said = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True
    )
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")

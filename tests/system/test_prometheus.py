"""A real Prometheus reads a real site: every metric, rule and query of the dashboard."""

import json
import re
import shutil
import uuid

import pytest

from demo.services import Services
from tests.system import servers
from tests.system.drill import Drill, eventually
from tests.system.prometheus import RULES, Prometheus
from zdt_core.metering import families
from zdt_deploy.canary.sources import Status
from zdt_deploy.canary.sources.prometheus import Prometheus as PrometheusSource
from zdt_deploy.canary.sources.prometheus import Queries

SETTINGS = "tests.system.scraped.settings"
DASHBOARD = RULES.parent / "dashboard.json"
TOKEN = """
from zdt_core import access, events
print(access.create("prometheus-%s", wanted=["metrics.read"], actor=events.Actor.shell())[1].text)
"""
pytestmark = [
    pytest.mark.system,
    pytest.mark.long,
    pytest.mark.skipif(shutil.which("prometheus") is None, reason="prometheus is not installed"),
]

BALANCER = """
INSERT INTO zdt_deploy_balancerstate
    (service, environment, alias, epoch, stable, canary, percentage, shut, code, params, told)
VALUES ('shop', 'test', 'edge', 1, '1.0', '2.0', 5, false, '', '{}', false)
ON CONFLICT DO NOTHING
"""
"""What a look at a balancer of a cloud leaves behind."""

DRILL = """
INSERT INTO zdt_deploy_drill
    (deployment_id, service, environment, state, begun_by, reason, goals, code, params, revision,
     called_at, decided_at, zero_at, stable_at)
SELECT id, service, environment, 'passed', 'user:ada', '',
       '{"decision": 120, "zero": 120, "stable": 120}', 'drill_passed', '{}', 1,
       now() - interval '60 s', now() - interval '59 s', now() - interval '55 s',
       now() - interval '50 s'
  FROM zdt_deploy_deployment LIMIT 1
"""
"""What a rehearsal of its rollback leaves behind."""


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    """Servers with the tables of the site that is scraped."""
    with Services.private() as services:
        folder = tmp_path_factory.mktemp("site")
        with Drill(services, folder, DJANGO_SETTINGS_MODULE=SETTINGS) as site:
            site.manage("migrate", "--run-syncdb", "--verbosity", "0")
        yield services


@pytest.fixture
def served(drill):
    """Both releases, a worker, a ticker, and a token to scrape with."""
    drill.environment["DJANGO_SETTINGS_MODULE"] = SETTINGS
    for command in ("zdt_worker", "zdt_ticker"):
        drill.start(command)
    both = [_server(drill, release) for release in ("1.0", "2.0")]
    servers.wait_until_up(*both)
    live = "SELECT count(*) FROM zdt_core_process WHERE role IN ('web', 'ticker')"
    eventually(lambda: drill.number(live) >= 5, "the fleet to join")
    _serve(*both)
    token = drill.manage("shell", "-v", "0", "-c", TOKEN % uuid.uuid4().hex).split()[-1]
    return drill, both, token


@pytest.fixture
def site(served):
    """The same with a canary at 5 % that is watched."""
    drill, both, token = served
    drill.manage(
        "zdt_deployment", "start", "2.0", "--from", "1.0", "--service", "shop",
        "--set", "interval_seconds=1",
    )  # fmt: skip
    eventually(
        lambda: drill.number("SELECT count(*) FROM zdt_deploy_verdict"), "a verdict", within=60
    )
    drill.do(DRILL)
    return drill, both, token


def test_prometheus_reads_everything_from_any_process(site):
    drill, (stable, canary), token = site
    prometheus = Prometheus.watching(
        drill, token, f"127.0.0.1:{stable.port}", f"127.0.0.1:{canary.port}"
    )
    eventually(lambda: len(prometheus.query("up == 1")) == 2, "both addresses to be scraped")

    # every family of the table is there
    def missing():
        drill.do(BALANCER)  # the ticker forgets it, as no setting names it
        return [f.name for f in families.declared() if not prometheus.query(f.series[0])]

    eventually(lambda: not missing(), f"all families; still missing {missing()}", within=30)

    # every rule is understood, and every query of the dashboard
    groups = eventually(lambda: _evaluated(prometheus), "the rules to be evaluated")
    rules = [rule for group in groups for rule in group["rules"]]
    assert {rule["health"] for rule in rules} == {"ok"}
    firing = {rule["name"] for rule in rules if rule.get("state") == "firing"}
    assert firing <= {"ZdtCanaryErrorsAboveStable"}
    for query in _queries():
        prometheus.query(query)

    # whom it asks makes no difference, and asking two does not count twice
    for query in ("zdt_requests_total", "zdt_traffic_share_ratio"):
        found = prometheus.query(f"count by (release, process, track, region) ({query})")
        assert {value for _labels, value in found} <= {1.0, 2.0}
    eventually(
        lambda: _requests(drill, stable, token) == _requests(drill, canary, token) != {},
        "both to tell the same",
    )

    # a process that is lost and replaced is a series of its own: no counter falls
    before = _requests(drill, stable, token)
    stable.kill_all()
    again = _server(drill, "1.0")
    servers.wait_until_up(again)
    _serve(again)
    after = eventually(
        lambda: (now := _requests(drill, canary, token)).keys() > before.keys() and now,
        "the new processes to report",
    )
    assert all(after[process] >= number for process, number in before.items())
    resets = eventually(
        lambda: prometheus.query("max(resets(zdt_requests_total[1m]))"), "some samples"
    )
    assert resets[0][1] == 0


def test_the_monitor_reads_what_it_needs_from_prometheus(served, settings):
    """A new process counts from its first request on, and one that is gone is absent."""
    drill, (stable, _canary), token = served
    settings.ZDT_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    prometheus = Prometheus.watching(drill, token, f"127.0.0.1:{stable.port}")
    where = '{environment="$environment",service="$service"}'
    queries = Queries(
        latency=f"zdt_request_duration_seconds_bucket{where}",
        errors=f"zdt_request_errors_total{where}",
        instance="process",
        counters={"order_placed": f'zdt_counted_total{where[:-1]},name="order_placed"}}'},
    )
    source = PrometheusSource(f"http://127.0.0.1:{prometheus.port}", queries, seconds=2, delay=1)

    def newest():
        newest = source.clock().newest
        found = list(source.samples("test", "shop", newest - 60, newest))
        assert not [sample.problem for sample in found if sample.problem]
        return found

    eventually(lambda: {s.release for s in newest()} == {"1.0", "2.0"}, "both releases")
    old = _processes(drill)
    born = _server(drill, "2.0")
    servers.wait_until_up(born)
    _serve(born)

    def counted():
        found = [sample for sample in newest() if sample.instance not in old]
        return sum(s.counters.get("order_placed", 0) for s in found) >= 30 and found

    new = eventually(counted, "all requests of the new process to be counted")
    assert sum(sample.errors for sample in new) == 1
    assert sum(sample.counters["order_placed"] for sample in new) == 30
    assert all(sum(s.latency.values()) == s.requests for s in new)
    assert source.read("test", "another", 0, 60).status is Status.ABSENT

    # a query that cannot find errors is no proof that there were none
    counted = f"zdt_request_errors_total{where}"
    for errors, why in (
        (f"zdt_request_failures_total{where}", "has no metric zdt_request_failures_total"),
        ('zdt_request_errors_total{code="500"}', "has no label code; it has .*release"),
        (f"{counted} * NaN", "nan is no counter"),
        (f"({counted} + 1) / 0", "inf is no counter"),
        (f"scalar({counted})", "cannot be read: .*release"),
        (f"{counted} +", "status 400: .*parse error"),
    ):
        asked = Queries(queries.latency, errors, instance="process", labels=["code"])
        blind = PrometheusSource(f"http://127.0.0.1:{prometheus.port}", asked, seconds=2, delay=1)
        newest_window = blind.time().newest
        assert re.search(why, blind.read("test", "shop", newest_window - 20, newest_window).reason)

    prometheus.kill()
    assert "cannot be reached" in source.read("test", "shop", newest_window, newest_window).reason


def _processes(drill):
    found = drill.rows("SELECT instance FROM zdt_core_process")
    return {instance for (instance,) in found}


def _server(drill, release):
    return servers.gunicorn(
        drill, DJANGO_SETTINGS_MODULE=SETTINGS, ZDT_VERSION=release, ZDT_TRACK=""
    )


def _serve(*served):
    for server in served:
        for path in ["/quick"] * 30 + ["/broken"]:
            server.get(path)


def _requests(drill, server, token):
    """Requests by process, as ``server`` tells them; its own scrapes left out by waiting."""
    status, text = server.get("/zdt/metrics", Authorization=f"Bearer {token}")
    assert status == 200
    lines = re.findall(r'^zdt_counted_total\{.*process="(\w+)".*\} (\d+)$', text, re.M)
    return {process: int(number) for process, number in lines}


def _evaluated(prometheus):
    groups = prometheus.ask("rules")["groups"]
    done = all(rule["health"] != "unknown" for group in groups for rule in group["rules"])
    return groups if groups and done else None


def _queries():
    board = json.loads(DASHBOARD.read_text())
    panels = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
    marks = [each["expr"] for each in board["annotations"]["list"]]
    known = {"$__rate_interval": "1m", "$environment": "test", "$service": "shop"}
    for query in [*panels, *marks]:
        for name, value in known.items():
            query = query.replace(name, value)
        yield query

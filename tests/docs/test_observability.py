"""Alert rules and dashboard ask only for what GET /zdt/metrics shows, and each alert is tried.

Grafana itself is no Debian package, so the dashboard is held to its structure here, and each of
its queries to a real Prometheus in tests/system/test_prometheus.py.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from zdt_core.metering import families

HOME = Path(__file__).resolve().parents[2] / "docs" / "observability"
RULES, TRIALS, DASHBOARD = HOME / "alerts.yml", HOME / "alerts.test.yml", HOME / "dashboard.json"
needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is not installed"
)


def series():
    return {name for family in families.declared() for name in family.series}


def labels():
    return {label for family in families.declared() for label in family.labels} | {"le"}


def asked(text):
    """Names of metrics and recorded rules in ``text``."""
    return set(re.findall(r"\bzdt[_:][a-z_:0-9]+\b", text))


def exprs():
    """Everything in alerts.yml that is a query."""
    text = RULES.read_text()
    blocks = re.findall(r"expr: \|\n((?:          +.*\n)+)|expr: (.+)\n", text)
    return [block or line for block, line in blocks]


def recorded():
    return set(re.findall(r"record: (\S+)", RULES.read_text()))


def alerts():
    return re.findall(r"alert: (\w+)", RULES.read_text())


def dashboard():
    return json.loads(DASHBOARD.read_text())


def panels():
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def queries():
    board = dashboard()
    found = [target["expr"] for panel in panels() for target in panel["targets"]]
    found += [each["expr"] for each in board["annotations"]["list"]]
    return found + [
        each["query"]["query"] for each in board["templating"]["list"] if each["type"] == "query"
    ]


def test_rules_ask_for_metrics_of_the_table():
    assert len(exprs()) == len(alerts()) + len(recorded())
    names = set().union(*map(asked, exprs()))
    assert names - recorded() <= series()
    assert names & recorded() == recorded(), "a recorded rule that nobody uses"


def test_the_dashboard_asks_for_metrics_of_the_table():
    assert set().union(*map(asked, queries())) <= series()


def test_every_metric_is_on_the_dashboard_or_watched_by_a_rule():
    asked_for = set().union(*map(asked, [*queries(), *exprs()]))
    for family in families.declared():
        known = {"zdt_deployment_info", "zdt_deployment_state_seconds", "zdt_traffic_share_epoch"}
        assert family.name in known or asked_for & set(family.series), family.name


@pytest.mark.parametrize("query", [*exprs(), *queries()])
def test_queries_ask_for_labels_of_the_table(query):
    used = set(re.findall(r"(\w+) *(?:=|!=|=~|!~)\"", query))
    for group in re.findall(r"(?:by|without|on|group_left|group_right) \(([^()]*)\)", query):
        used |= {name.strip() for name in group.split(",") if name.strip()}
    assert used <= labels()


def test_every_alert_says_how_urgent_it_is_what_happened_and_what_to_do():
    blocks = RULES.read_text().split("      - alert: ")[1:]
    for block in blocks:
        assert re.search(r"severity: (warning|critical)\n", block), block
        assert "summary:" in block
        assert "description:" in block


def test_every_alert_is_tried_both_ways():
    cases = re.findall(r"alertname: (\w+)\n.*\n( +exp_alerts:.*)\n", TRIALS.read_text())
    fires = {name for name, expected in cases if "[]" not in expected}
    quiet = {name for name, expected in cases if "[]" in expected}
    assert fires == quiet == set(alerts())


def test_the_dashboard_is_whole():
    board = dashboard()
    assert {"title", "uid", "schemaVersion", "templating", "panels", "time"} <= set(board)
    assert "id" not in board, "Grafana gives the id at the import"
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    variables = {each["name"] for each in board["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)\}?", DASHBOARD.read_text())) - {"__rate_interval"}
    assert used == variables


def test_panels_say_what_they_show_and_lie_side_by_side():
    taken = set()
    for panel in dashboard()["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        cells = {(at["x"] + dx, at["y"] + dy) for dx in range(at["w"]) for dy in range(at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells
    for panel in panels():
        assert panel["type"] in ("timeseries", "stat")
        assert panel["title"]
        assert panel["description"].endswith((".", "…"))
        assert panel["fieldConfig"]["defaults"]["unit"]
        refs = [target["refId"] for target in panel["targets"]]
        assert refs
        assert len(refs) == len(set(refs))
        assert all(target["legendFormat"] for target in panel["targets"])


@needs_promtool
@pytest.mark.system
@pytest.mark.long
@pytest.mark.parametrize("order", [("check", "rules", RULES.name), ("test", "rules", TRIALS.name)])
def test_promtool_is_content(order):
    said = subprocess.run(["promtool", *order], cwd=HOME, capture_output=True, text=True)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "SUCCESS" in said.stdout


@needs_promtool
@pytest.mark.system
@pytest.mark.long
def test_the_trials_fail_where_the_alerts_are_gone(tmp_path):
    """What they say is worth something: alerts that never fire are told one by one."""
    never = re.sub(
        r"(alert: \w+\n        expr:) .*\n((?:          .*\n)*)",
        r"\1 absent(up) == 0\n",
        RULES.read_text(),
    )
    (tmp_path / RULES.name).write_text(never)
    (tmp_path / TRIALS.name).write_text(TRIALS.read_text())
    said = subprocess.run(
        ["promtool", "test", "rules", TRIALS.name], cwd=tmp_path, capture_output=True, text=True
    )
    assert said.returncode != 0
    assert {alert for alert in alerts() if alert in said.stdout + said.stderr} == set(alerts())

"""What is missing at start, or wrong beside it, is told; the site keeps serving."""

import json
import signal
import subprocess
import sys

import pytest

from tests.system import servers
from tests.system.drill import ROOT, Drill, eventually

pytestmark = [pytest.mark.system, pytest.mark.long]
AWAY = {
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing", "REDIS_URL": "redis://127.0.0.1:1/0",
}  # fmt: skip
AN_HOUR_AHEAD = """
import time

_time = time.time
time.time = lambda: _time() + 3600
"""


@pytest.fixture
def doctor(drill):
    """The doctor's findings by code, run as a command in the same surroundings as the servers."""

    def doctor(code, **environment):
        with Drill(drill.services, drill.folder, **environment) as there:
            there.environment["DJANGO_SETTINGS_MODULE"] = servers.SETTINGS
            told = json.loads(there.manage("zdt_doctor", "--json", code=code))
        return {finding["code"] or finding["area"]: finding for finding in told["findings"]}

    return doctor


def test_a_site_starts_and_serves_while_postgresql_and_redis_are_away(drill, doctor):
    server = servers.gunicorn(drill, workers=1, **AWAY)
    servers.wait_until_up(server, path="/health/live")

    assert server.get("/quick") == (200, "quick")
    assert server.get("/health/ready")[0] == 503

    told = doctor(2, **AWAY)
    assert told["postgresql_away"]["cure"]
    assert told["redis_away"]["cure"]
    assert not [one for one in told.values() if one["standing"] == "ok" and one["area"] == "fleet"]

    drill.environment.update(AWAY)
    drill.manage("check")
    checked = subprocess.run(
        [sys.executable, "manage.py", "check", "--database", "default"],
        cwd=ROOT, env=drill.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 1
    assert "(zdt_core.E005) PostgreSQL does not answer:" in checked.stderr
    assert "Traceback" not in checked.stderr
    assert server.get("/quick") == (200, "quick")


def test_migrate_on_another_database_is_refused_in_a_sentence(drill):
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        cwd=ROOT, env={**drill.environment, "DATABASE_URL": f"sqlite:///{drill.folder}/x.sqlite3"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert "(zdt_core.E020) ZDT_DATABASE is 'default', which is no PostgreSQL" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_host_an_hour_ahead_serves_is_alive_and_is_told(drill, doctor):
    (drill.folder / "sitecustomize.py").write_text(AN_HOUR_AHEAD)
    shifted = {"PYTHONPATH": str(drill.folder)}
    server = servers.gunicorn(drill, workers=1, **shifted)
    servers.wait_until_up(server)

    assert server.get("/quick") == (200, "quick")
    eventually(lambda: drill.rows("SELECT 1 FROM zdt_core_process"), "a member")
    ages = drill.rows("SELECT abs(extract(epoch FROM now() - seen_at)) FROM zdt_core_process")
    assert all(age < 30 for (age,) in ages)

    told = doctor(0, **shifted)
    assert "3600 s ahead" in told["clock_off"]["text"]
    assert "1 of 1.0" in told["web"]["text"], "alive, whatever its own clock says"
    assert "worker_missing" in told, "nobody started one"
    assert "clock_off" not in doctor(0)


def test_of_two_tickers_one_ticks_and_both_are_told(drill, doctor):
    tickers = [drill.start("zdt_ticker") for _ in range(2)]
    eventually(
        lambda: drill.number("SELECT count(*) FROM zdt_core_process WHERE role = 'ticker'") == 2,
        "both to join",
    )
    eventually(lambda: drill.rows("SELECT 1 FROM zdt_core_lease WHERE name = 'ticker'"), "a tick")

    assert doctor(0)["ticker"]["text"].startswith("2 tickers (2 of 1.0): one ticks")
    assert all(ticker.alive for ticker in tickers)


def test_ctrl_c_ends_in_a_word_and_130(drill):
    drill.do(
        "INSERT INTO zdt_core_process (instance, role, release, service, environment, region, "
        "track, host, pid, draining, in_flight, acknowledged, facts, command, command_serial, "
        "command_done) VALUES ('abc', 'web', '1.0', 'default', 'test', 'default', '', 'h', 1, "
        "false, 1, '{}', '{}', '', 0, 0)"
    )
    waiting = drill.start("zdt_drain", "--instance", "abc", "--wait")
    eventually(lambda: "1 in flight" in waiting.last_words(), "it to wait")
    waiting.send(signal.SIGINT)

    assert waiting.code() == 130
    assert waiting.last_words().endswith(
        "zdt_drain: Interrupted. What was ordered goes on; --cancel takes it back.\n"
    )


def test_a_reader_that_leaves_is_left_in_peace(drill):
    with subprocess.Popen(
        [sys.executable, "manage.py", "zdt_fleet", "--json"],
        cwd=ROOT, env=drill.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as told:  # fmt: skip
        told.stdout.close()

        assert told.wait(60) == 141
        assert told.stderr.read() == b""

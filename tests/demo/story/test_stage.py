import socket
from types import SimpleNamespace

import pytest

from demo.__main__ import parse
from demo.processes import DidNotWork
from demo.story import times
from demo.story.play import TELLER, environment
from demo.story.ports import Port
from demo.story.stage import (
    BAD,
    CONTRACTING,
    EDGE,
    EXPANDING,
    GOOD,
    STABLE,
    Stage,
    status,
    summary,
)
from zdt_deploy.deployments.plans import Plan


def test_a_port_is_ours_from_the_moment_it_is_chosen():
    port = Port()
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port.number))
    assert status(port, "/") is None
    port.hand_over()


def test_a_port_that_is_taken_is_named_with_what_to_do():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        number = other.getsockname()[1]
        with pytest.raises(DidNotWork, match=f"Port {number} is taken. Choose another one"):
            Port(number)


def test_the_last_whole_summary_is_read_while_the_load_writes_the_next(tmp_path):
    log = tmp_path / "load.log"
    log.write_text("")
    assert summary(log) == {}
    log.write_text('{"requests": 1}\n{"requests": 2}\nTraceback\n{"requests": 3')
    assert summary(log) == {"requests": 2}


def test_haproxy_is_asked_for_in_vain_where_it_is_not_installed(monkeypatch):
    monkeypatch.setattr("demo.story.stage.find_haproxy", lambda: None)
    with pytest.raises(DidNotWork, match="HAProxy is not on PATH"):
        Stage.start_edge(object.__new__(Stage), "haproxy")


def test_the_storys_plan_is_a_plan_of_the_prescribed_steps():
    plan = Plan.from_json(times.PLAN)
    assert [int(step.percentage) for step in plan.steps] == [5, 25, 50, 100]
    assert (plan.interval_seconds, plan.minimum_sample) == (2, 100)


def test_the_drain_waits_until_the_balancer_has_looked_away():
    given = {name: float(value) for name, value in times.SETTINGS.items()}
    least = given["ZDT_LB_FALL"] * given["ZDT_LB_INTERVAL"] + given["ZDT_LB_INTERVAL"]
    assert given["ZDT_DRAIN_WAIT"] >= least + given["ZDT_LB_TIMEOUT"]


def test_each_release_ships_its_own_generation_of_the_shop(tmp_path):
    stage = object.__new__(Stage)
    stage.company, stage._shops = SimpleNamespace(folder=tmp_path), {}
    migrations = [
        len(list((stage.shop_of(version) / "demo/shop/migrations").glob("0*.py")))
        for version in (STABLE, EXPANDING, BAD, GOOD, CONTRACTING)
    ]
    assert migrations == [1, 2, 3, 3, 4]
    assert stage.shop_of(GOOD) == stage.shop_of(GOOD)


def test_what_looks_on_and_the_edge_keep_no_contract_owed():
    given = environment(shared=False)
    assert given["ZDT_SCHEMA_TRUSTED_SESSIONS"] == TELLER
    assert given["ZDT_SCHEMA_TRUSTED_SERVICES"] == EDGE["ZDT_SERVICE"] != given["ZDT_SERVICE"]
    assert EDGE["ZDT_CANARY_SERVICE"] == given["ZDT_SERVICE"]


def test_every_story_in_a_shared_database_is_an_environment_of_its_own():
    first, second = environment(shared=True), environment(shared=True)
    assert first["ZDT_ENVIRONMENT"] != second["ZDT_ENVIRONMENT"]
    assert environment(shared=False)["ZDT_ENVIRONMENT"] == "demo"
    assert first["SECRET_KEY"] != second["SECRET_KEY"]


def test_wrong_options_are_refused(capsys):
    for wrong in (["--fault", "fire"], ["--rate", "0"], ["--rate", "-3"], ["--edge", "nginx"]):
        with pytest.raises(SystemExit) as caught:
            parse(wrong)
        assert caught.value.code == 2
    assert "--rate" in capsys.readouterr().err

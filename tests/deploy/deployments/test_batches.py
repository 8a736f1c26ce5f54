"""May the next processes be replaced? Only open means yes."""

import pytest

from tests.core.factories import ProcessFactory
from tests.deploy.factories import DeploymentFactory, VerdictFactory, alive
from zdt_core import gates
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import batches, machine
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.states import State

pytestmark = pytest.mark.django_db


def rolling(state="shifting", **facts):
    facts = {"strategy": "rolling", "plan": Plan.default("rolling").to_json()} | facts
    return DeploymentFactory(state=state, **facts)


def asked(deployment):
    batch = batches.ask(deployment)
    assert "unknown)" not in str(batch.finding), "the sentence has all its facts"
    assert str(batch.finding) != batch.finding.code
    return batch.answer.value, batch.finding.code, batch.most


def test_it_is_open_while_fewer_are_new_than_the_step_has():
    alive(*["1.0"] * 8)
    assert asked(rolling()) == ("open", "batch_open", 2)


def test_it_shuts_once_the_steps_share_is_new():
    alive("1.0", "1.0", "1.0", "2.0")
    row = rolling()
    assert asked(row) == ("closed", "batch_observed", 0)
    row.state = "observing"
    assert asked(row) == ("closed", "batch_observed", 0)


def test_a_process_that_was_lost_meanwhile_may_be_replaced():
    alive("1.0", "1.0", "1.0")
    assert asked(rolling(state="observing")) == ("open", "batch_open", 1)


@pytest.mark.parametrize(
    ("state", "code", "over"),
    [
        ("pending", "batch_not_begun", False),
        ("paused", "batch_paused", False),
        ("held", "batch_held", False),
        ("baking", "batch_done", True),
        ("completed", "batch_done", True),
        ("rolling_back", "batch_going_back", True),
        ("stuck", "batch_going_back", True),
        ("rolled_back", "batch_going_back", True),
        ("cancelled", "batch_dropped", True),
    ],
)
def test_nothing_is_replaced_in_any_other_state(state, code, over):
    alive(*["1.0"] * 4)
    row = rolling(state=state, code="traffic_silent", params={"seconds": 60})
    assert asked(row) == ("closed", code, 0)
    assert batches.ask(row).is_over == over


def test_every_state_has_an_answer():
    alive(*["1.0"] * 4)
    for number, state in enumerate(State):
        row = rolling(state=state.value, service=f"shop-{number}")
        assert batches.ask(row).answer is not None


def test_another_strategy_replaces_nothing():
    alive("1.0", "2.0")
    assert asked(DeploymentFactory()) == ("closed", "batch_not_rolling", 0)


def test_a_silent_process_may_be_of_either_kind(settings):
    settings.ZDT_FLEET_SILENT_AFTER = 60
    alive("1.0", "1.0")
    ProcessFactory.seen(100, release="1.0")
    assert asked(rolling()) == ("unknown", "batch_fleet_silent", 0)


def test_an_empty_fleet_is_not_known_to_be_well():
    assert asked(rolling()) == ("unknown", "batch_fleet_empty", 0)


def test_nobody_replaces_what_nobody_watches():
    alive(*["1.0"] * 4)
    row = DeploymentFactory.aged(
        600, strategy="rolling", plan=Plan.default("rolling").to_json(), state="shifting"
    )
    assert asked(row) == ("unknown", "batch_unwatched", 0)
    VerdictFactory(deployment=row)
    assert asked(row) == ("open", "batch_open", 1)


def test_nobody_replaces_what_the_monitor_cannot_judge():
    alive(*["1.0"] * 4)
    row = rolling()
    VerdictFactory(deployment=row, outcome="blind", code="traffic_silent", params={"seconds": 60})
    assert asked(row) == ("unknown", "batch_blind", 0)


def test_another_room_may_shut_it(monkeypatch):
    alive(*["1.0"] * 4)
    monkeypatch.setitem(
        gates._conditions["deployment.batch"], "frozen",
        lambda deployment: gates.closed("batch_fleet_empty"),
    )  # fmt: skip
    assert asked(rolling())[:2] == ("closed", "batch_fleet_empty")


# ---- the ends of a rolling deployment ----


def test_it_is_started_before_any_process_of_the_new_release_runs(ada):
    alive(*["1.0"] * 4)
    row = machine.start(
        version="2.0", environment="test", service="shop", strategy="rolling", actor=ada
    )
    assert (row.state, row.previous_version) == ("shifting", "1.0")


def test_it_is_not_promoted_while_an_old_process_is_left(ada):
    alive("1.0", "2.0")
    row = rolling("observing", step=2)
    with pytest.raises(Refused) as refusal:
        machine.advance(row.pk, actor=ada, reason="go")
    assert refusal.value.code == "processes_left"


def test_it_is_promoted_once_every_process_is_new(ada):
    alive("2.0", "2.0")
    row = machine.advance(rolling("observing", step=2).pk, actor=ada, reason="go")
    assert (row.state, row.step) == ("baking", 2)


def test_its_way_back_does_not_ask_for_old_processes(ada):
    alive("2.0", "2.0")
    row = machine.roll_back(rolling("observing", step=2).pk, actor=ada, reason="slow")
    assert row.state == "rolling_back"
    assert Deployment.objects.get().regions == {}

"""Where a deployment stands, in one sentence."""

from datetime import timedelta

import pytest
from django.utils import translation

from tests.deploy.factories import DeploymentFactory
from zdt_core import database
from zdt_deploy.deployments.messages import describe
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.states import State
from zdt_deploy.deployments.steps import steps as steps_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"shifting": True}, "5 % of users are being sent to 2.0, for 12 min so far; next: "
         "every router follows."),
        ({"observing": True}, "5 % of users are on 2.0, watched for 12 min; next: 25 % in "
         "18 min."),
        ({"step": 2}, "50 % of users are on 2.0, watched for 12 min; next: 100 % in 18 min."),
        ({"blue_green": True}, "100 % of users are on 2.0, watched for 12 min; next: it counts "
         "as promoted in 18 min."),
        ({"paused": True}, "5 % of users are on 2.0, paused for 12 min and still watched. "
         "ada: lunch"),
        ({"rolling_back": True}, "Everyone has been going back from 2.0 to 1.0 for 12 min. ada: !"),
        ({"stuck": True, "code": "person_did", "params": {"who": "ada"}},
         "Going back from 2.0 to 1.0 needs a person: By ada. Mend the cause, then retry."),
        ({"rolled_back": True, "code": "person_did", "params": {"who": "ada"}},
         "2.0 was rolled back, everyone is on 1.0. By ada."),
        ({"completed": True}, "2.0 has reached everyone and is the stable release."),
        ({"cancelled": True}, "2.0 was dropped before anybody was sent to it."),
    ],
)  # fmt: skip
def test_the_sentence(facts, sentence):
    assert describe(DeploymentFactory.aged(720, **facts)) == sentence


REGIONAL = {"strategy": "regional", "plan": Plan.default("regional").to_json()}
ROLLING = {"strategy": "rolling", "plan": Plan.default("rolling").to_json()}


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({**REGIONAL, "shifting": True}, "10 % of users in us-east are being sent to 2.0, for 12 "
         "min so far; next: every router follows."),
        ({**REGIONAL}, "10 % of users in us-east are on 2.0, watched for 12 min; next: 30 % in "
         "eu-west in 4 h."),
        ({**REGIONAL, "step": 2}, "60 % of users in apac are on 2.0, watched for 12 min; next: "
         "everyone, everywhere in 4 h."),
        ({**ROLLING, "shifting": True}, "Up to 25 % of the processes may be of 2.0, for 12 min so "
         "far; next: they are replaced."),
        ({**ROLLING}, "25 % of the processes are on 2.0, watched for 12 min; next: 50 % in 18 "
         "min."),
        ({**ROLLING, "rolling_back": True}, "The processes of 2.0 have been going back to 1.0 for "
         "12 min. ada: !"),
    ],
)  # fmt: skip
def test_the_sentence_of_regions_and_of_processes(facts, sentence):
    assert describe(DeploymentFactory.aged(720, **facts)) == sentence


def test_what_got_stuck_says_once_what_to_do():
    facts = {"callback": "shop.tell", "attempts": 8, "error": "HTTP 503"}
    stuck = DeploymentFactory(stuck=True, code="rollback_callback_failed", params=facts)

    assert describe(stuck).count("Mend the cause, then retry.") == 1


def test_when_the_time_is_over_the_monitor_has_the_word():
    assert "next: 25 % when the monitor agrees." in describe(DeploymentFactory.aged(3600))
    blue = describe(DeploymentFactory.aged(3600, blue_green=True, service="b"))
    assert "next: it counts as promoted when the monitor agrees." in blue


def test_a_window_has_an_end():
    until = database.Now() + timedelta(hours=23)
    sentence = describe(DeploymentFactory(baking=True, window_until=until))
    assert sentence == "Everyone is on 2.0; the way back to 1.0 is open for another 23 h."


def test_what_is_held_says_why():
    sentence = describe(DeploymentFactory.aged(720, held=True))
    assert sentence.startswith("5 % of users are on 2.0, and nothing has moved for 12 min: ")
    assert len(sentence) > 60


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_a_sentence(state):
    assert "2.0" in describe(DeploymentFactory(**{state.value: True}))


def test_the_clock_is_asked_once(django_assert_num_queries):
    deployment = DeploymentFactory()
    with django_assert_num_queries(1):
        describe(deployment)
    done = DeploymentFactory(completed=True)
    with django_assert_num_queries(0):
        describe(done)


def test_a_region_that_was_sent_back_is_told_apart_from_those_that_stay():
    steps = [{"region": "us", "percentage": 10}, {"region": "eu", "percentage": 30},
             {"percentage": 100}]  # fmt: skip
    plan = Plan.default("regional").changed({"steps": steps}).to_json()
    deployment = DeploymentFactory.aged(
        720, paused=True, strategy="regional", plan=plan, step=1, regions={"eu": {"back": True}}
    )

    assert describe(deployment) == (
        "Sent back to 1.0: eu; still on 2.0: us 10 %. Paused for 12 min, and still watched. "
        "ada: lunch"
    )
    shown = steps_of(deployment, deployment.state_since, 0)
    assert [(step.done, step.ended) for step in shown] == [
        (True, False), (False, True), (False, False),
    ]  # fmt: skip


def test_a_language_that_django_knows_and_zdt_does_not_gets_no_mixture():
    with translation.override("de"):
        assert describe(DeploymentFactory.aged(720)).startswith("5 % of users are on 2.0")

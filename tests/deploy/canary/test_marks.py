"""What is marked on the charts."""

from datetime import timedelta

import pytest

from tests.deploy.factories import DeploymentFactory, VerdictFactory
from zdt_core import database
from zdt_core.events import Event
from zdt_deploy.canary import marks

pytestmark = pytest.mark.django_db


@pytest.fixture
def deployment():
    return DeploymentFactory.aged(3600)


def happened(deployment, minutes, kind, share=None, **more):
    Event.objects.create(
        at=database.Now() - timedelta(minutes=minutes), kind=f"deployment.{kind}",
        subject_type="deployment", subject_id=deployment.pk, actor_kind="user", actor_name="ada",
        service="shop", environment="test", after=None if share is None else {"share": share},
        **more,
    )  # fmt: skip


def told(deployment):
    return [(mark.text.partition(" ")[2], mark.kind) for mark in marks.of(deployment)[1]]


def test_every_move_has_its_words_and_a_glyph_of_its_own(deployment):
    for minutes, kind, share in ((60, "started", "5"), (40, "paused", None), (30, "resumed", None),
                                 (20, "advanced", "25"), (10, "rolled_back", "0")):  # fmt: skip
        happened(deployment, minutes, kind, share)

    assert told(deployment) == [
        ("Started, 5 %", "move"),
        ("Paused", "hold"),
        ("Resumed", "move"),
        ("Advanced, 25 %", "move"),
        ("Rolled back, 0 %", "back"),
    ]


def test_the_shares_are_those_that_were_published(deployment):
    happened(deployment, 60, "started", "5")
    happened(deployment, 30, "paused")
    happened(deployment, 20, "advanced", "25")

    assert [share for _at, share in marks.of(deployment)[0]] == [5.0, 25.0]


def test_a_verdict_that_is_not_good_is_marked_where_it_begins(deployment):
    for slot, outcome in enumerate(("ok", "blind", "blind", "ok", "blind", "breach", "waiting")):
        VerdictFactory(deployment=deployment, slot=slot, outcome=outcome)

    words = ["verdict: blind", "verdict: blind", "verdict: breach"]
    assert told(deployment) == [(text, "verdict") for text in words]


def test_slots_that_nobody_judged_are_one_mark(deployment):
    VerdictFactory(deployment=deployment, slot=1, last_slot=30, outcome="missed")
    VerdictFactory(deployment=deployment, slot=31, outcome="missed")

    assert told(deployment) == [("verdict: missed", "verdict")]


def test_refused_attempts_and_other_deployments_are_not_marked(deployment):
    happened(deployment, 10, "advanced", "25", refused=True)
    happened(DeploymentFactory(service="api"), 10, "advanced", "25")

    assert told(deployment) == []


def test_of_many_the_newest_are_marked(deployment):
    for number in range(40):
        happened(deployment, 60 - number, "paused")
        VerdictFactory(deployment=deployment, slot=2 * number, outcome="blind")

    found = marks.of(deployment)[1]
    assert len(found) == marks.MOST_MOVES + marks.MOST_VERDICTS
    assert found == sorted(found, key=lambda mark: mark.x)

"""The record that auditors read."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.deploy.factories import ArtifactFactory, DeploymentFactory, alive
from zdt_core.events import Actor
from zdt_deploy import deployments
from zdt_deploy.deployments import machine
from zdt_deploy.deployments.models import Deployment

pytestmark = pytest.mark.django_db
BEGAN = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
METRICS = {"duration_seconds", "instances_updated", "rollback_performed", "error"}


def test_a_success_has_this_shape():
    deployment = DeploymentFactory(
        completed=True, version="v2.4.0", environment="production", started_at=BEGAN,
        finished_at=BEGAN + timedelta(hours=26), instances=3,
    )  # fmt: skip
    for name in ("api_server", "worker", "migrations"):
        ArtifactFactory(deployment=deployment, name=name, sha256=name[0] * 64 if name[0] in "abcdef"
                        else "0" * 64)  # fmt: skip
    assert deployments.record(deployment) == {
        "id": deployment.pk,
        "version": "v2.4.0",
        "environment": "production",
        "deployed_by": "ada",
        "started_at": "2026-01-05T09:30:00+00:00",
        "completed_at": "2026-01-06T11:30:00+00:00",
        "artifacts": {"api_server": "a" * 64, "worker": "0" * 64, "migrations": "0" * 64},
        "status": "SUCCESS",
        "metrics": {
            "duration_seconds": 93_600.0,
            "instances_updated": 3,
            "rollback_performed": False,
            "error": None,
        },
    }


@pytest.mark.parametrize(
    ("trait", "status", "back"),
    [("pending", "IN_PROGRESS", False), ("observing", "IN_PROGRESS", False),
     ("baking", "IN_PROGRESS", False), ("rolling_back", "IN_PROGRESS", True),
     ("stuck", "IN_PROGRESS", True), ("completed", "SUCCESS", False),
     ("rolled_back", "FAILED", True), ("cancelled", "FAILED", False)],
)  # fmt: skip
def test_it_is_in_progress_until_it_ended_well_or_badly(trait, status, back):
    found = deployments.record(DeploymentFactory(**{trait: True}))
    assert (found["status"], found["metrics"]["rollback_performed"]) == (status, back)
    assert (found["completed_at"] is None) == (status == "IN_PROGRESS")
    assert set(found["metrics"]) == METRICS


def test_the_error_is_what_sent_it_back_not_what_happened_on_the_way():
    deployment = DeploymentFactory()
    system = Actor.system("monitor")
    machine.roll_back(deployment.pk, actor=Actor("user", "ada"), reason="orders are missing")
    machine.go_stuck(deployment.pk, actor=system, code="window_over")
    error = deployments.record(Deployment.objects.get(pk=deployment.pk))["metrics"]["error"]
    assert error == "orders are missing"


def test_a_machines_error_is_a_sentence():
    alive("1.0")
    deployment = DeploymentFactory()
    machine.roll_back(
        deployment.pk, actor=Actor.system("monitor"), code="window_closed",
        params={"id": "deploy-x", "version": "3.0"},
    )  # fmt: skip
    error = deployments.record(Deployment.objects.get())["metrics"]["error"]
    assert error == "The deployment of 3.0 (deploy-x) closed the way back."

"""What the story sees of a deployment: the rows that the console shows as well."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any

from demo.story.stage import Stage
from demo.story.telling import Narrator
from zdt_core import database, events, fleet, messages
from zdt_core.conf import conf
from zdt_deploy.canary.models import Verdict
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.sentences import describe

LOOK_SECONDS = 0.5
FINAL = ("rolled_back", "completed", "cancelled")


class Watcher:
    """Follows one deployment and tells what changes."""

    def __init__(self, deployment: str, stage: Stage, narrator: Narrator) -> None:
        self.deployment, self.stage, self.narrator = deployment, stage, narrator
        self._told: tuple[Any, ...] = ()
        self._verdict, self._outcome = 0, ("", "")

    def until(self, states: Collection[str], seconds: float) -> Deployment:
        """Follow until one of ``states``, an end, or until ``seconds`` are over."""
        deadline = time.monotonic() + seconds
        while True:
            self.stage.check()
            deployment = self._look()
            if deployment.state in states or deployment.state in FINAL:
                return deployment
            if time.monotonic() > deadline:
                self.narrator.say(f"That is all the time there is: {describe(deployment)}")
                return deployment
            time.sleep(LOOK_SECONDS)

    def _look(self) -> Deployment:
        with database.short_session():
            deployment: Deployment = Deployment.objects.get(pk=self.deployment)
            for verdict in Verdict.objects.filter(
                deployment=deployment, pk__gt=self._verdict
            ).order_by("pk"):
                self._tell_verdict(verdict)
            now = (deployment.state, deployment.step)
            if now != self._told:
                self._told = now
                self.narrator.say(describe(deployment))
        return deployment

    def _tell_verdict(self, verdict: Verdict) -> None:
        self._verdict = verdict.pk
        kind = (verdict.outcome, verdict.code)
        if kind != self._outcome:
            self._outcome = kind
            sentence = messages.text(verdict.code, verdict.params)
            self.narrator.say(f"    the monitor: {sentence}")


def is_alive(version: str) -> bool:
    """Whether the fleet shows a live web process of a release of the shop."""
    with database.short_session():
        members = fleet.members(
            environment=conf.ENVIRONMENT, service=conf.SERVICE, release=version, role="web"
        )
    return any(member.standing is fleet.Standing.LIVE for member in members)


def who_rolled_back(deployment: str) -> str:
    """Who sent everyone back, such as "system:monitor"; "" when nobody did."""
    with database.short_session():
        found = (
            events.Event.objects.filter(
                kind="deployment.rolled_back",
                subject_type="deployment",
                subject_id=deployment,
                refused=False,
            )
            .order_by("pk")
            .first()
        )
    return "" if found is None else f"{found.actor_kind}:{found.actor_name}"

"""One deployment under the monitor's eyes: its locked row, and the facts that rules ask for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import F, Sum

from zdt_deploy.canary import followers, slots
from zdt_deploy.canary.consequences import Situation
from zdt_deploy.canary.evidence import Question
from zdt_deploy.canary.followers import Followers
from zdt_deploy.canary.ingest import PRE_PERIOD_SECONDS
from zdt_deploy.canary.judge import Outcome, Verdict
from zdt_deploy.canary.lasting import SPANS
from zdt_deploy.canary.limits import Limits, MetricLimit
from zdt_deploy.canary.models import TrafficShare
from zdt_deploy.canary.places import Place
from zdt_deploy.canary.sequential.terms import Counter, Terms
from zdt_deploy.canary.sources import Clock
from zdt_deploy.canary.traffic.cloud import standing
from zdt_deploy.conf import conf
from zdt_deploy.deployments import clock, guards, progress, replacing, urgency, waves
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import SEQUENTIAL, Plan
from zdt_deploy.deployments.replacing import Fleet
from zdt_deploy.deployments.states import WATCHED, State, Strategy

LOOK_SECONDS = 15
"""Between two looks whether the new release is broken."""

UNSEEN = (Outcome.BLIND.value, Outcome.MISSED.value)


@dataclass
class Watch:
    """A deployment that is watched; ``now`` is the database's time once the row was read."""

    deployment: Deployment
    plan: Plan
    now: datetime

    @classmethod
    def peek(cls, deployment_id: str) -> Watch | None:
        """The deployment as it is; None when nobody has to watch it."""
        return cls._of(Deployment.objects.filter(pk=deployment_id).first())

    @classmethod
    def lock(cls, deployment_id: str) -> Watch | None:
        """The same, and nobody else moves it until the transaction ends."""
        rows = Deployment.objects.select_for_update()
        return cls._of(rows.filter(pk=deployment_id).first())

    @classmethod
    def _of(cls, deployment: Deployment | None) -> Watch | None:
        if deployment is None or deployment.state not in WATCHED:
            return None
        return cls(deployment, Plan.from_json(deployment.plan), clock.now())

    @property
    def begun(self) -> datetime:
        """When the first users were sent to the new release."""
        return self.deployment.started_at or self.deployment.state_since

    # ---- time ----

    @property
    def slot(self) -> int:
        return slots.slot_at(self.now, self.begun, self.plan.interval_seconds)

    @cached_property
    def last_slot(self) -> int:
        """The newest slot that has its verdict; −1 before the first."""
        newest = self.deployment.verdicts.order_by("-slot").first()
        return -1 if newest is None else newest.last_slot

    @property
    def next_slot(self) -> datetime:
        return slots.start_of(self.slot + 1, self.begun, self.plan.interval_seconds)

    @property
    def next_look(self) -> datetime:
        """While routers follow, and while it may break, the monitor looks more often than it
        judges."""
        looks = [self.next_slot]
        if self.deployment.state == State.SHIFTING:
            looks.append(self.now + timedelta(seconds=conf.ROUTER_REFRESH_SECONDS / 5))
        if self.can_break:
            looks.append(self.now + timedelta(seconds=LOOK_SECONDS))
        return min(looks)

    # ---- what the judge asks for ----

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Where users are on the new release: everywhere at once, or in regions, that of the
        present step first."""
        deployment, shares = self.deployment, progress.shares_of(self.deployment)
        since = deployment.step_since or self.now
        if len(shares) == 1:
            if self.replaces and self.fleet.since:
                since = max(since, self.fleet.since)  # before that none could be heard
            return (Place("", self.share, since, present=True),)
        here = progress.step_of(deployment).region
        exposed = sorted((r for r, share in shares.items() if share), key=lambda r: r != here)
        return tuple(
            Place(region, shares[region], self._since(region), present=region == here)
            for region in exposed
        )

    @cached_property
    def regions(self) -> list[str]:
        """All that have users once everyone has moved: those of the plan, and all others."""
        return [*self.plan.regions, *guards.elsewhere(self.deployment)]

    def _since(self, region: str) -> datetime:
        since = self.deployment.regions.get(region, {}).get("since")
        return datetime.fromisoformat(since) if since else self.begun

    def question(
        self, source: Clock, ahead: float, until: float, place: Place | None = None
    ) -> Question:
        """Where to look, by the source's clock, which is ``ahead`` of the database's."""
        place = place or self.places[0]
        began = place.since.timestamp() + ahead
        return Question(
            environment=self.deployment.environment,
            service=self.deployment.service,
            canary=self.deployment.version,
            stable=self.deployment.previous_version,
            share=place.share,
            before=self.begun.timestamp() + ahead - PRE_PERIOD_SECONDS,
            step_began=began,
            since=began + self.plan.warm_up_seconds,
            until=until,
            seconds=source.seconds,
            region=place.region,
            share_before=self._share_before,
            exposed=self.begun.timestamp() + ahead,
        )

    @property
    def _share_before(self) -> Decimal:
        """That of the step before the present one. It is 0 where it cannot be told what was so
        then: processes are replaced one by one, and regions may go back and come again."""
        step = self.deployment.step
        if self.replaces or self.plan.regions or not step:
            return Decimal(0)
        return self.plan.steps[step - 1].percentage

    def limits(self, window: int, place: Place | None = None) -> Limits:
        """The plan's limits, for windows of ``window`` seconds."""
        sequential = self.is_sequential(place or self.places[0])
        plan, interval = self.plan, max(self.plan.interval_seconds, window)
        return Limits(
            minimum_sample=plan.minimum_sample,
            minimum_stable=max(1, plan.minimum_sample // 4),
            interval_seconds=interval,
            spans=SPANS if plan.judge == SEQUENTIAL else 1,
            silence_seconds=max(interval / 2, 3 * window),
            routed=not self.replaces,
            max_error_delta=plan.max_error_delta,
            max_p95_delta_ms=plan.max_p95_delta_ms,
            max_p99_delta_ms=plan.max_p99_delta_ms,
            metrics=tuple(
                MetricLimit(m.name, m.worse, m.margin, hard=not sequential) for m in plan.metrics
            ),
        )

    @property
    def terms(self) -> Terms:
        """How sure the sequential judge has to be, and of what. Regions share the probability that
        an innocent release goes back; each has to be sure by itself that it is no worse."""
        plan = self.plan
        return Terms(
            false_rollback=plan.false_rollback / max(1, len(plan.regions)),
            false_promotion=plan.false_promotion,
            error_tolerance=plan.error_tolerance,
            error_margin=plan.error_margin,
            latency_tolerance_ms=plan.latency_tolerance_ms,
            latency_margin_relative=plan.latency_margin,
            counters=tuple(Counter(m.name, m.worse, m.margin) for m in plan.metrics),
        )

    def is_sequential(self, place: Place) -> bool:
        """Whether evidence is gathered: not once everyone has moved, as none is left to compare."""
        return self.plan.judge == SEQUENTIAL and place.share < 100

    @cached_property
    def share(self) -> Decimal:
        """The percentage of users on the new release; where processes are replaced, of those."""
        if self.replaces and self.deployment.state != State.BAKING:
            return self.fleet.share
        return progress.share_of(self.deployment)

    @property
    def can_break(self) -> bool:
        """Whether it is looked for that between two verdicts."""
        return self.plan.broken_share is not None and any(p.can_break for p in self.places)

    @property
    def replaces(self) -> bool:
        return self.plan.strategy is Strategy.ROLLING

    @cached_property
    def fleet(self) -> Fleet:
        return replacing.fleet(self.deployment)

    # ---- what the rules ask for ----

    def situation(self, verdict: Verdict, place: Place) -> Situation:
        deployment = self.deployment
        return Situation(
            state=State(deployment.state),
            share=place.share,
            region=place.region,
            replaces=self.replaces,
            retreats=self.plan.rollback_scope == waves.REGION and len(self.places) > 1,
            forward=progress.forward_of(deployment),
            bake_left=self._bake_left(),
            blind_for=self._blind_for() if verdict.outcome is Outcome.BLIND else 0.0,
            shifting_for=(self.now - deployment.state_since).total_seconds(),
            patience=self.plan.patience_seconds,
            lapsed=self._lapsed(),
            arrived=self.arrived,
            held_because=deployment.code,
            balancer=self._balancer(),
        )

    @cached_property
    def published(self) -> TrafficShare | None:
        """The share that routers obey, where it is this deployment's."""
        row: TrafficShare | None = TrafficShare.objects.filter(deployment=self.deployment).first()
        return row

    @cached_property
    def followers(self) -> Followers:
        epoch = self.published.epoch if self.published else 0
        return followers.of(self.deployment.environment, self.deployment.service, epoch)

    @cached_property
    def arrived(self) -> bool:
        """Whether every router obeys the share, or as many processes as the step has are new."""
        if self.replaces:
            return self.fleet.has_reached(progress.step_of(self.deployment).percentage)
        if self.published is None:
            return False
        seconds = (self.now - self.published.changed_at).total_seconds()
        return followers.have_arrived(self.followers, seconds, conf.ROUTER_REFRESH_SECONDS)

    def _balancer(self) -> dict[str, Any] | None:
        """The balancer that does not do what is published, and why."""
        found = standing.troubles(self.deployment.environment, self.deployment.service)
        return found[0].facts() if found else None

    def _bake_left(self) -> float:
        """Seconds of observation that the step still needs; what nobody saw does not count."""
        since = self.deployment.step_since or self.now
        needed = urgency.bake_seconds(self.deployment, self.now)
        left = needed - (self.now - since).total_seconds()
        if self.deployment.state == State.BAKING:
            return left
        unseen = self.deployment.verdicts.filter(at__gt=since, outcome__in=UNSEEN)
        slots_unseen = unseen.aggregate(n=Sum(F("last_slot") - F("slot") + 1))["n"] or 0
        return left + slots_unseen * self.plan.interval_seconds

    def _blind_for(self) -> float:
        """Seconds since the last verdict that saw something, else since the first traffic."""
        saw = self.deployment.verdicts.exclude(outcome__in=UNSEEN).order_by("-slot").first()
        return (self.now - (saw.at if saw else self.begun)).total_seconds()

    def _lapsed(self) -> bool:
        until = self.published.valid_until if self.published else None
        return until is not None and until <= self.now

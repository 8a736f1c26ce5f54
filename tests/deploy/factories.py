"""Factories of zdt_deploy's rows.

A deployment brings 2.0 of the service "shop" to the environment "test", from 1.0, and is at its
first step of 5 %; traits put it into another state. `DeploymentFactory.aged(seconds, ...)` is one
to which everything happened so long ago.
"""

import time
from datetime import timedelta
from decimal import Decimal

import factory

from tests.core.factories import ProcessFactory
from zdt_core import database
from zdt_deploy.backfills.models import Backfill, Range, RowError
from zdt_deploy.canary.models import MetricWindow, Reach, TrafficShare, Verdict
from zdt_deploy.costs.models import TrafficHour
from zdt_deploy.deployments.models import Artifact, Deployment, Plan
from zdt_deploy.deployments.plans import Plan as Rules
from zdt_deploy.drills.models import Drill
from zdt_deploy.freezes.models import Emergency, Freeze
from zdt_deploy.schema.models import Certificate, KnownShape, SchemaChange


def _in(state, **facts):
    return factory.Trait(state=state, **facts)


class DeploymentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Deployment

    class Params:
        pending = _in("pending", started_at=None, step_since=None, step_arrived=False)
        shifting = _in("shifting", step_arrived=False)
        observing = _in("observing")
        paused = _in("paused", code="person_said", params={"who": "ada", "reason": "lunch"})
        held = _in("held", code="traffic_silent", params={"seconds": 60})
        baking = _in(
            "baking", step=3, promoted_at=database.Now(),
            window_until=database.Now() + timedelta(hours=24),
        )  # fmt: skip
        rolling_back = _in("rolling_back", code="person_said", params={"who": "ada", "reason": "!"})
        stuck = _in("stuck")
        rolled_back = _in("rolled_back", finished_at=database.Now())
        completed = _in(
            "completed", step=3, promoted_at=database.Now(), window_until=database.Now(),
            finished_at=database.Now(),
        )  # fmt: skip
        cancelled = _in(
            "cancelled", started_at=None, step_since=None, step_arrived=False,
            finished_at=database.Now(),
        )  # fmt: skip
        blue_green = factory.Trait(
            strategy="blue_green", plan=factory.LazyFunction(Rules.default("blue_green").to_json)
        )
        regional = factory.Trait(
            strategy="regional", plan=factory.LazyFunction(Rules.default("regional").to_json)
        )
        rolling = factory.Trait(
            strategy="rolling", plan=factory.LazyFunction(Rules.default("rolling").to_json)
        )

    id = factory.Sequence(lambda number: f"deploy-20260101T000000Z-{number:08x}")
    service = "shop"
    environment = "test"
    version = "2.0"
    previous_version = "1.0"
    strategy = "canary"
    plan = factory.LazyFunction(Rules.default("canary").to_json)
    state = "observing"
    started_by = "user:ada"
    started_at = database.Now()
    step_since = database.Now()
    step_arrived = True

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        made = super()._create(model_class, *args, **kwargs)
        made.refresh_from_db()  # times are the database's
        return made

    @classmethod
    def aged(cls, seconds, **kwargs):
        """A deployment whose times are so many seconds ago."""
        past = database.Now() - timedelta(seconds=seconds)
        times = dict.fromkeys(("created_at", "state_since", "started_at", "step_since"), past)
        return cls(**times | kwargs)


class ArtifactFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Artifact

    deployment = factory.SubFactory(DeploymentFactory)
    name = "api_server"
    sha256 = "0" * 64
    size = 1


class PlanFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Plan

    name = factory.Sequence(lambda number: f"plan-{number}")
    fields = factory.Dict({})


class TrafficShareFactory(factory.django.DjangoModelFactory):
    """5 % on 2.0, valid for three minutes."""

    class Meta:
        model = TrafficShare

    class Params:
        lapsed = factory.Trait(valid_until=database.Now() - timedelta(seconds=1))
        holding = factory.Trait(valid_until=None, percentage=Decimal(50))

    service = "shop"
    environment = "test"
    stable_release = "1.0"
    canary_release = "2.0"
    percentage = Decimal(5)
    valid_until = database.Now() + timedelta(seconds=180)


class VerdictFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Verdict

    class Params:
        breach = factory.Trait(
            outcome="breach", code="canary_errors_exceed",
            params={"canary": 8.0, "requests": 1200, "stable": 0.5, "stable_requests": 22000,
                    "limit": 2.0},
        )  # fmt: skip

    deployment = factory.SubFactory(DeploymentFactory)
    slot = factory.Sequence(int)
    last_slot = factory.SelfAttribute("slot")
    step = 0
    outcome = "waiting"
    code = "canary_too_few"
    params = factory.Dict({"requests": 10, "minimum": 1000})


class ReachFactory(factory.django.DjangoModelFactory):
    """Windows of ten seconds, the newest closed half a minute ago."""

    class Meta:
        model = Reach

    service = "shop"
    environment = "test"
    region = "default"
    until = factory.LazyFunction(lambda: int(time.time()) // 10 * 10 - 30)
    seconds = 10


class MetricWindowFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = MetricWindow

    service = "shop"
    environment = "test"
    region = "default"
    window = factory.Sequence(lambda number: 1_700_000_000 + number * 10)
    seconds = 10
    release = "1.0"
    instance = "web-1"
    requests = 100
    errors = 1


class TrafficHourFactory(factory.django.DjangoModelFactory):
    """An hour of which everything was measured."""

    class Meta:
        model = TrafficHour

    service = "shop"
    environment = "test"
    region = "default"
    hour = factory.Sequence(lambda number: 1_700_000_000 // 3600 * 3600 + 3600 * number)
    requests = 100
    seconds = 3600


class BackfillFactory(factory.django.DjangoModelFactory):
    """Half of 1,000 rows of the shop's users are done, one lane at a time."""

    class Meta:
        model = Backfill

    class Params:
        planning = _in("planning", started_at=None, rows_total=None, rows_done=0)
        paused = _in("paused", code="person_did", params={"who": "ada"})
        succeeded = _in("succeeded", finished_at=database.Now(), rows_done=1000)
        failed = _in("failed", finished_at=database.Now())
        cancelled = _in(
            "cancelled", finished_at=database.Now(), code="person_did", params={"who": "ada"}
        )

    name = factory.Sequence("shop.lower_mails_{}".format)
    kind = "assign"
    table = "shop_user"
    spec = factory.Dict({"set": factory.Dict({"user_email": "lower(user_email)"}), "where": ""})
    state = "running"
    rows_total = 1000
    rows_done = 500
    rows_changed = 480
    started_by = "user:ada"
    started_at = database.Now()

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        made = super()._create(model_class, *args, **kwargs)
        made.refresh_from_db()  # times are the database's
        return made

    @classmethod
    def aged(cls, seconds, **kwargs):
        """A backfill that was asked for so many seconds ago."""
        past = database.Now() - timedelta(seconds=seconds)
        return cls(**{"created_at": past, "started_at": past} | kwargs)


class RangeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Range

    class Params:
        working = _in("working", lane=0)
        done = _in("done", rows_done=250, rows_changed=240)
        failed = _in("failed", attempts=5, error="division by zero")

    backfill = factory.SubFactory(BackfillFactory)
    number = factory.Sequence(int)
    low = factory.LazyAttribute(lambda row: [row.number * 250])
    high = factory.LazyAttribute(lambda row: [row.number * 250 + 250])


class RowErrorFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RowError

    backfill = factory.SubFactory(BackfillFactory)
    key = factory.Sequence(lambda number: [number])
    error = "invalid input syntax for type integer: “x”"


class SchemaChangeFactory(factory.django.DjangoModelFactory):
    """The shop's table loses a column that its models do not use any more; nothing is kept equal.

    ``owed`` has been observed for long enough, and its contract waits for its gate.
    """

    class Meta:
        model = SchemaChange

    class Params:
        expanded = factory.Trait(phase="expanded", verified_at=None, switched_at=None)
        backfilling = factory.Trait(phase="backfilling", verified_at=None, switched_at=None)
        verified = factory.Trait(phase="verified", switched_at=None)
        owed = factory.Trait(owed_at=database.Now(), switched_at=database.Now() - timedelta(days=3))
        contracted = factory.Trait(phase="contracted", contracted_at=database.Now())

    key = factory.Sequence("shop.user.old_{}".format)
    alias = "default"
    kind = "test_drop"
    app_label = "shop"
    model_name = "user"
    table = "users"
    spec = factory.Dict({"columns": ["user_email"]})
    phase = "switched"
    observe_seconds = 172_800.0
    verified_at = database.Now()
    switched_at = database.Now()

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        made = super()._create(model_class, *args, **kwargs)
        made.refresh_from_db()  # times are the database's
        return made


class CertificateFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Certificate

    change = factory.SubFactory(SchemaChangeFactory)
    state = "valid"
    trigger = "0" * 64
    rows = 1000
    finished_at = database.Now()


class KnownShapeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = KnownShape

    change = factory.SubFactory(SchemaChangeFactory)
    service = "shop"
    release = "2.0"


class FreezeFactory(factory.django.DjangoModelFactory):
    """Every service of "test" is frozen until somebody ends it."""

    class Meta:
        model = Freeze

    class Params:
        over = factory.Trait(ends_at=database.Now() - timedelta(seconds=1))
        ended = factory.Trait(ended_at=database.Now(), ended_by="user:ada")

    name = factory.Sequence("freeze-{}".format)
    environment = "test"
    time_zone = "UTC"
    reason = "nobody is there to help"
    created_by = "user:olga"

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        made = super()._create(model_class, *args, **kwargs)
        made.refresh_from_db()  # times are the database's
        return made


class EmergencyFactory(factory.django.DjangoModelFactory):
    """Ada asks; with ``approved`` Bob has agreed, and the deployment may pass for a day."""

    class Meta:
        model = Emergency

    class Params:
        approved = factory.Trait(
            approved_by="user:bob", approver="bob", approved_at=database.Now(),
            review_due_at=database.Now() + timedelta(days=5),
        )  # fmt: skip

    deployment = factory.SubFactory(DeploymentFactory)
    reason = "checkout fails for everybody"
    requested_by = "user:ada"
    requester = "ada"

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        made = super()._create(model_class, *args, **kwargs)
        made.refresh_from_db()
        if made.approved_at:
            until = database.Now() + timedelta(days=1)
            Deployment.objects.filter(pk=made.deployment_id).update(emergency_until=until)
            made.deployment.refresh_from_db()
        return made


class DrillFactory(factory.django.DjangoModelFactory):
    """It passed just now: 0 % after half a second, routers after 4 s, silence after 9 s.

    Its other times follow `called_at`.
    """

    class Meta:
        model = Drill

    deployment = factory.SubFactory(
        DeploymentFactory,
        rolled_back=True,
        code="drill_rolls_back",
        params={"drill": 1, "who": "ada"},
    )
    service = "shop"
    environment = "test"
    state = "passed"
    begun_by = "user:ada"
    called_at = database.Now() - timedelta(minutes=5)
    decided_at = factory.LazyAttribute(lambda row: _after(row.called_at, 0.5))
    zero_at = factory.LazyAttribute(lambda row: _after(row.called_at, 4))
    stable_at = factory.LazyAttribute(lambda row: _after(row.called_at, 9))
    finished_at = database.Now()
    goals = factory.Dict({"decision": 120.0, "zero": 120.0, "stable": 120.0})
    accuracy = 10
    code = "drill_passed"
    params = factory.Dict({"decision": "0.5", "zero": "4.0", "stable": "9.0"})

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        made = super()._create(model_class, *args, **kwargs)
        made.refresh_from_db()  # times are the database's
        return made


def _after(moment, seconds):
    return None if moment is None else moment + timedelta(seconds=seconds)


def alive(*releases, **facts):
    """A live web process of each release."""
    return [
        ProcessFactory(release=release, service="shop", environment="test", **facts)
        for release in releases
    ]

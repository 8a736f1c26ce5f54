"""What routers obey and what the monitor saw."""

from decimal import Decimal

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from zdt_core import database
from zdt_deploy.deployments.models import Deployment


class TrafficShare(database.ZdtModel):
    """The published split of one service: the row that every router obeys (decision 17).

    `valid_until` is the dead-man's switch, by the database's clock: only a monitor that sees
    renews it, and routers go to 0 % once it has passed. NULL holds the share (from 50 % up).
    """

    service = models.CharField(_("service"), max_length=40)
    environment = models.CharField(_("environment"), max_length=40)
    stable_release = models.CharField(_("stable release"), max_length=40)
    canary_release = models.CharField(_("canary release"), max_length=40, blank=True)
    percentage = models.DecimalField(_("percentage"), max_digits=6, decimal_places=3, default=0)
    regions = models.JSONField(
        _("regions"),
        default=dict,
        help_text=_("The percentages of regions that have their own, as text."),
    )
    epoch = models.BigIntegerField(_("epoch"), default=1)
    valid_until = models.DateTimeField(_("valid until"), null=True)
    deployment = models.ForeignKey(
        Deployment,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("deployment"),
    )
    changed_at = models.DateTimeField(_("changed"), db_default=database.Now())

    class Meta(database.ZdtModel.Meta):
        abstract = False
        verbose_name = _("traffic share")
        verbose_name_plural = _("traffic shares")
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(fields=("service", "environment"), name="zdt_one_share"),
            models.CheckConstraint(
                condition=models.Q(percentage__gte=0, percentage__lte=100),
                name="zdt_share_percentage",
            ),
        )

    def __str__(self) -> str:
        return f"{self.service}: {self.percentage} % {self.canary_release}"

    def shares(self) -> dict[str, Decimal]:
        """The percentage of each region that has its own, and "" that of all others."""
        return {"": self.percentage, **{r: Decimal(p) for r, p in sorted(self.regions.items())}}

    @property
    def most(self) -> Decimal:
        """The largest percentage of any region."""
        return max(self.shares().values())


class BalancerState(database.ZdtModel):
    """What one balancer of ZDT_TRAFFIC was last seen to do; see `zdt_deploy.canary.traffic.cloud`.

    `epoch` is the newest share that it confirmed, at 0 % where that had lapsed (`shut`); `code`
    with `params` says why it does not do what is published now.
    """

    service = models.CharField(_("service"), max_length=40)
    environment = models.CharField(_("environment"), max_length=40)
    alias = models.CharField(_("alias"), max_length=40)
    epoch = models.BigIntegerField(_("epoch"), default=0)
    stable = models.CharField(_("stable release"), max_length=40, blank=True)
    canary = models.CharField(_("canary release"), max_length=40, blank=True)
    percentage = models.DecimalField(_("percentage"), max_digits=6, decimal_places=3, default=0)
    shut = models.BooleanField(_("shut"), default=False)
    code = models.CharField(_("code"), max_length=60, blank=True)
    params = models.JSONField(_("facts"), default=dict, encoder=DjangoJSONEncoder)
    failing_since = models.DateTimeField(_("failing since"), null=True)
    told = models.BooleanField(_("told"), default=False)
    looked_at = models.DateTimeField(_("looked at"), db_default=database.Now())

    class Meta(database.ZdtModel.Meta):
        abstract = False
        verbose_name = _("state of a balancer")
        verbose_name_plural = _("states of balancers")
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(
                fields=("environment", "service", "alias"), name="zdt_one_balancer"
            ),
        )

    def __str__(self) -> str:
        return f"{self.alias}: {self.percentage} % {self.canary}"

    @property
    def key(self) -> str:
        """That of its run; see `zdt_deploy.canary.traffic.cloud.choice.Balancer`."""
        return f"{self.environment}/{self.service}/{self.alias}"


class MetricWindow(database.ZdtModel):
    """One closed window of one instance, copied from the region's Redis so that it outlives it."""

    service = models.CharField(_("service"), max_length=40)
    environment = models.CharField(_("environment"), max_length=40)
    region = models.CharField(_("region"), max_length=40)
    window = models.BigIntegerField(_("window"), help_text=_("Unix time at its start, in seconds."))
    seconds = models.PositiveSmallIntegerField(_("length in seconds"))
    release = models.CharField(_("release"), max_length=40)
    instance = models.CharField(_("instance"), max_length=32)
    requests = models.BigIntegerField(_("requests"))
    errors = models.BigIntegerField(_("errors"))
    misrouted = models.BigIntegerField(_("misrouted"), default=0)
    latency = models.JSONField(_("latency histogram"), default=dict)
    counters = models.JSONField(_("counters"), default=dict)
    problem = models.CharField(
        _("problem"),
        max_length=60,
        blank=True,
        help_text=_("Why the numbers cannot be true; they are left out then."),
    )

    class Meta(database.ZdtModel.Meta):
        abstract = False
        verbose_name = _("metric window")
        verbose_name_plural = _("metric windows")
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(
                fields=("environment", "service", "window", "region", "release", "instance"),
                name="zdt_one_window",
            ),
        )

    def __str__(self) -> str:
        return f"{self.service} {self.release} {self.window}"


class Evidence(database.ZdtModel):
    """What the sequential judge has gathered on one deployment, in one region where its plan has
    regions; see `zdt_deploy.canary.sequential`.

    `next_block` is where the block begins that is to be weighed next, by the clock that numbers the
    windows: each is weighed once, in the transaction of a verdict.
    """

    deployment = models.ForeignKey(
        Deployment,
        on_delete=models.CASCADE,
        related_name="gathered",
        verbose_name=_("deployment"),
    )
    region = models.CharField(_("region"), max_length=40, blank=True)
    before = models.JSONField(
        _("usual"), null=True, help_text=_("What was usual for stable before the deployment.")
    )
    state = models.JSONField(_("state"), null=True)
    next_block = models.BigIntegerField(_("next block"), default=0)

    class Meta(database.ZdtModel.Meta):
        abstract = False
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(fields=("deployment", "region"), name="zdt_one_evidence"),
        )

    def __str__(self) -> str:
        return f"{self.deployment_id} {self.region}".strip()


class Reach(database.ZdtModel):
    """How far one region's windows were copied: until where its newest one in the table ends.

    `ahead` is how many seconds the clock that numbers them is ahead of the database's. `trouble`
    says why the source did not answer.
    """

    service = models.CharField(_("service"), max_length=40)
    environment = models.CharField(_("environment"), max_length=40)
    region = models.CharField(_("region"), max_length=40)
    until = models.BigIntegerField(_("until"), default=0)
    seconds = models.PositiveSmallIntegerField(_("length in seconds"), default=0)
    ahead = models.FloatField(_("ahead"), default=0)
    trouble = models.TextField(_("trouble"), blank=True)

    class Meta(database.ZdtModel.Meta):
        abstract = False
        verbose_name = _("reach of metrics")
        verbose_name_plural = _("reaches of metrics")
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(
                fields=("environment", "service", "region"), name="zdt_one_reach"
            ),
        )

    def __str__(self) -> str:
        return f"{self.service} {self.region}"


class Verdict(database.ZdtModel):
    """One tick of the monitor: what it saw and what followed. A slot is judged at most once.

    `slot` counts the plan's intervals since the deployment's first traffic. Slots that passed
    while no monitor ran are recorded as one "missed" row that ends at `last_slot`.
    """

    deployment = models.ForeignKey(
        Deployment, on_delete=models.CASCADE, related_name="verdicts", verbose_name=_("deployment")
    )
    slot = models.BigIntegerField(_("slot"))
    last_slot = models.BigIntegerField(_("last slot"))
    step = models.PositiveSmallIntegerField(_("step"))
    outcome = models.CharField(_("outcome"), max_length=12)
    code = models.CharField(_("code"), max_length=60)
    params = models.JSONField(_("facts"), default=dict, encoder=DjangoJSONEncoder)
    evidence = models.JSONField(
        _("evidence"),
        default=dict,
        encoder=DjangoJSONEncoder,
        help_text=_("The numbers, by track."),
    )
    at = models.DateTimeField(_("at"), db_default=database.Now())

    class Meta(database.ZdtModel.Meta):
        abstract = False
        ordering = ("-slot",)
        verbose_name = _("verdict")
        verbose_name_plural = _("verdicts")
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(fields=("deployment", "slot"), name="zdt_one_verdict"),
        )

    def __str__(self) -> str:
        return f"{self.deployment_id} #{self.slot}: {self.outcome}"

"""A release as the pictures show it: 2.4.0 of a shop at 25 %, and what happened around it.

Everything is fixed but the times, which count back from now.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model

from tests.browser.chronicle import Chronicle
from tests.browser.compared import observations, windows
from tests.browser.customers import make_table, prove, renamed
from tests.browser.site import NAME, PASSWORD
from tests.browser.traffic import hand_in, verdicts
from tests.core.factories import ProcessFactory, RunFactory
from tests.deploy.factories import (
    ArtifactFactory,
    BackfillFactory,
    DeploymentFactory,
    KnownShapeFactory,
    RangeFactory,
    TrafficShareFactory,
)
from tests.flags.factories import FlagFactory, TargetFactory
from zdt_core import database, messages
from zdt_core.events import Actor
from zdt_core.jobs.models import Lease, Run
from zdt_core.notify.models import Notification
from zdt_deploy.backfills import runs

OLGA, ADA, MONITOR = Actor("user", "olga"), Actor("user", "ada"), Actor.system("monitor")
PIPELINE = Actor("shell", "deploy")
RELEASE = "deploy-20260101T021400Z-5e1f0a7c"
SLOW = "deploy-20260101T003000Z-19c4d2b8"


def tell() -> dict[str, Any]:
    """Fill the database; the addresses of what is worth a look, by name."""
    get_user_model().objects.create_superuser(NAME, password=PASSWORD)
    chronicle = Chronicle(service="shop", environment="production")
    _flags(chronicle)
    _fleet()
    _slow_search(chronicle)
    _release(chronicle)
    totals = _totals(chronicle)
    login = _login(chronicle)
    chronicle.write()
    _work()
    _lanes(totals)
    return {
        "deployment": f"/admin/zdt_deploy/deployment/{RELEASE}/change/",
        "comparison": f"/admin/zdt_deploy/deployment/{RELEASE}/comparison/",
        "rolled back": f"/admin/zdt_deploy/deployment/{SLOW}/change/",
        "flag": "/admin/zdt_flags/flag/new_checkout_flow/change/",
        "schema change": f"/admin/zdt_deploy/schemachange/{login.pk}/change/",
        "backfill": f"/admin/zdt_deploy/backfill/{totals.pk}/change/",
    }


def ago(**long: float) -> Any:
    return database.Now() - timedelta(**long)


def _fleet() -> None:
    def process(instance: str, release: str, seconds: float, **facts: Any) -> None:
        facts = {"service": "shop", "environment": "production"} | facts
        ProcessFactory.seen(seconds, instance=instance, release=release, **facts)

    for number in (1, 2, 3):
        process(f"5b0c77a1e40{number}", "2.3.1", number, host=f"web-{number}", in_flight=number)
    for number in (1, 2):
        process(f"c91d03f2a86{number}", "2.4.0", number, host=f"web-{number}", track="canary",
                in_flight=1)  # fmt: skip
    process("77aa10c5d211", "2.3.1", 4000, host="web-4", pid=911)
    process("0f4be9d17c35", "2.3.0", 90, host="web-5", draining=True, in_flight=4)
    for instance, role, facts in (
        ("d2a9f0036b1e", "worker", {"queue": "zdt"}),
        ("e81f5d20b9c3", "worker", {"queue": "zdt-monitor"}),
        ("3c5e8b7f9a04", "ticker", {}),
    ):
        process(instance, "2.3.1", 2, role=role, host="jobs-1", track="", facts=facts)
    Lease.objects.create(name="ticker", holder="3c5e8b7f9a04", token=1, until=ago(hours=-1))
    process("8e61b40fd573", "1.8.2", 3, service="search", host="search-1")


def _release(chronicle: Chronicle) -> None:
    """5 % for half an hour, a pause over a question, then 25 %."""
    now = {
        "id": RELEASE, "service": "shop", "environment": "production",
        "version": "2.4.0", "previous_version": "2.3.1", "started_by": "shell:deploy",
        "reason": "new checkout", "instances": 2,
    }  # fmt: skip
    deployment = DeploymentFactory.aged(
        47 * 60, **now, step=1, step_since=ago(minutes=12), state_since=ago(minutes=12), revision=7
    )
    ArtifactFactory(deployment=deployment, name="shop-2.4.0.tar.gz", size=18_350_211,
                    sha256="9f2c4e1b" * 8)  # fmt: skip
    TrafficShareFactory(
        deployment=deployment, service="shop", environment="production", stable_release="2.3.1",
        canary_release="2.4.0", percentage=25, epoch=3, valid_until=ago(minutes=-60),
    )  # fmt: skip
    verdicts(deployment, minutes=46, to_25=35)
    windows(deployment, minutes=46, begin=47, to_25=35, slow_from=None)
    observations(deployment)
    hand_in("production", "shop", {"2.3.1": 90, "2.4.0": 30})
    about = {"subject": ("deployment", RELEASE)}
    share = [{"share": share} for share in ("0", "5", "25")]
    for minutes, kind, actor, facts in (
        (47, "created", PIPELINE, {"reason": "new checkout"}),
        (47, "started", PIPELINE, {"before": share[0], "after": share[1]}),
        (46.6, "arrived", MONITOR, {}),
        (31, "paused", OLGA, {"reason": "support asks about receipts"}),
        (26, "resumed", OLGA, {"reason": "an old question, not ours"}),
        (12.4, "advanced", MONITOR, {"before": share[1], "after": share[2]}),
        (12, "arrived", MONITOR, {}),
    ):
        chronicle.add(minutes, f"deployment.{kind}", actor, **about, **facts)


def _slow_search(chronicle: Chronicle) -> None:
    """1.9.0 of the search answered late and went back by itself."""
    now = {
        "id": SLOW, "service": "search", "environment": "production", "version": "1.9.0",
        "previous_version": "1.8.2", "started_by": "user:ada", "reason": "faster ranking",
        "code": "canary_p95_exceeds",
    }  # fmt: skip
    deployment = DeploymentFactory.aged(
        150 * 60, **now, rolled_back=True, state_since=ago(minutes=128), revision=5,
        finished_at=ago(minutes=128),
    )  # fmt: skip
    TrafficShareFactory(
        deployment=deployment, service="search", environment="production", stable_release="1.8.2",
        canary_release="", percentage=0, epoch=2, valid_until=None,
    )  # fmt: skip
    why = verdicts(deployment, minutes=20, begin=149, slow_from=17)
    windows(deployment, minutes=20, begin=149, to_25=None, slow_from=17)
    deployment.params = why
    deployment.save()
    hand_in("production", "search", {"1.8.2": 45})
    about = {"subject": ("deployment", SLOW), "service": "search"}
    up, down = {"share": "0"}, {"share": "5"}
    for minutes, kind, actor, facts in (
        (150, "created", ADA, {"reason": "faster ranking"}),
        (150, "started", ADA, {"before": up, "after": down}),
        (149.6, "arrived", MONITOR, {}),
        (128.5, "rolled_back", MONITOR, {"before": down, "after": up, "code": "canary_p95_exceeds",
                                         "params": why}),
        (128, "rollback_finished", MONITOR, {}),
    ):  # fmt: skip
        chronicle.add(minutes, f"deployment.{kind}", actor, **about, **facts)
    Notification.objects.create(
        channel="operators", kind="deployment.rolled_back", key=f"deployment:{SLOW}",
        severity="critical", text="search 1.9.0 was rolled back in production.",
        state="delivered", attempts=1, service="search", environment="production",
        created_at=ago(minutes=128), delivered_at=ago(minutes=128),
    )  # fmt: skip


def _totals(chronicle: Chronicle) -> Any:
    """45 million orders get their totals with tax; it was paused while the shop was busy."""
    backfill = BackfillFactory.aged(
        100 * 60, name="shop.totals", table="shop_order", lanes=2, rows_total=45_000_000,
        spec={"set": {"total_with_tax": "round(total * 1.19, 2)"}}, started_by="user:ada",
        reason="totals with tax", revision=4,
    )  # fmt: skip
    each = 45_000_000 // 8
    for number in range(1, 9):
        edges = {"low": [each * (number - 1)] if number > 1 else None,
                 "high": [each * number] if number < 8 else None}  # fmt: skip
        if number < 5:
            facts = {"state": "done", "rows_done": each, "rows_changed": each - 1730 * number}
        elif number < 7:
            done = each // 2 - 91_417 * number
            facts = {"state": "working", "lane": number - 5, "rows_done": done,
                     "rows_changed": done, "cursor": [each * (number - 1) + done]}  # fmt: skip
        else:
            facts = {}
        RangeFactory(backfill=backfill, number=number, **edges, **facts)
    about = {"subject": ("backfill", str(backfill.pk))}
    for minutes, kind, actor, facts in (
        (100, "started", ADA, {"reason": "totals with tax"}),
        (64, "paused", OLGA, {"reason": "the shop is busy"}),
        (55, "resumed", OLGA, {}),
    ):
        chronicle.add(minutes, f"backfill.{kind}", actor, **about, **facts)
    return backfill


def _lanes(backfill: Any) -> None:
    """Both at work, while a replica lags."""
    lagging = {"why": "backfill_replica_behind", "why_params": {"replica": "eu-2", "seconds": 6.2}}
    for lane, holder in enumerate(("d2a9f0036b1e", "5b0c77a1e401")):
        RunFactory(kind=runs.LANE, key=runs.lane_key(backfill.pk, lane), holder=holder, token=7,
                   lease_until=ago(hours=-1), rate=3911.0 - 240 * lane, cursor=lagging)  # fmt: skip


def _login(chronicle: Chronicle) -> Any:
    """A column has another name since 2.3.1; its old name goes once nobody needs it any more."""
    make_table()
    behind = {
        "code": "schema_processes",
        "params": {"key": "shop.customer.login>username", "processes": "1 web of shop 2.3.0"},
    }
    change = renamed(
        "login", "username", owed=True, obstacles=[behind], asked_at=database.Now(), revision=6,
        expanded_at=ago(days=9), verified_at=ago(days=8), owed_at=ago(minutes=12),
    )  # fmt: skip
    prove(change, rows=1_204_377, started_at=ago(days=8))
    for service, release in (("shop", "2.3.1"), ("shop", "2.4.0"), ("search", "1.8.2")):
        KnownShapeFactory(change=change, service=service, release=release)
    about, day = {"subject": ("schema", change.key)}, 24 * 60
    why = {"key": change.key, "why": messages.text(**behind)}
    for minutes, kind, actor, facts in (
        (9 * day, "expanded", PIPELINE, {}),
        (9 * day - 1, "backfilling", PIPELINE, {}),
        (8 * day, "verified", Actor.system("schema"), {}),
        (3 * day, "switched", PIPELINE, {}),
        (12, "owed", PIPELINE, {"code": "schema_owed", "params": why}),
    ):
        chronicle.add(minutes, f"schema.{kind}", actor, **about, **facts)
    return change


def _flags(chronicle: Chronicle) -> None:
    flags = {}
    for name, owner, description, hours, facts in (
        ("new_checkout_flow", "payments", "One page instead of three.", 3, {"percentage": 25}),
        ("gift_cards", "payments", "Sell and redeem gift cards.", 5, {"percentage": 5}),
        ("search_suggestions", "search", "Suggest while typing.", 3000, {}),
        ("legacy_dashboard", "", "", 3, {"enabled": False}),
        ("dark_launch_ranking", "search", "Rank anew, show the old order.", 51, {"percentage": 0}),
    ):
        flags[name] = FlagFactory(
            name=name, owner=owner, description=description, updated_at=ago(hours=hours), **facts
        )
    for value, verdict in (("1017", "allow"), ("4711", "allow"), ("23", "deny")):
        TargetFactory(flag=flags["new_checkout_flow"], value=value, verdict=verdict)
    flag = "flag", "new_checkout_flow"
    old, new = ({"percentage": share} for share in ("5", "25"))
    chronicle.add(310, "flag.created", ADA, subject=flag, after={"percentage": "5"})
    chronicle.add(200, "flag.percentage_set", ADA, subject=flag, before=old, after=new,
                  reason="no complaints")  # fmt: skip
    chronicle.add(190, "flag.disabled", OLGA, subject=("flag", "legacy_dashboard"),
                  before={"enabled": True}, after={"enabled": False})  # fmt: skip
    missing = {"permission": "zdt_flags.change_flag"}
    chronicle.add(185, "flag.edited", Actor("user", "guest"), subject=flag, refused=True,
                  code="permission_missing", params=missing)  # fmt: skip


def _work() -> None:
    """What the events left to do is done; some of everything else."""
    Run.objects.update(state="succeeded", finished_at=database.Now())
    Notification.objects.update(state="delivered", attempts=1, delivered_at=database.Now())
    RunFactory(kind="deployment.watch", key=RELEASE, queue="zdt-monitor", held=True, done=46)
    RunFactory(kind="deployment.notify", key=SLOW, state="succeeded", finished_at=ago(minutes=128))
    RunFactory(kind="flags.sweep", key="stale", done=63_000, total=100_000, due_later=True)

"""What comes next by itself: once the rows are filled they are compared, then the proof is judged.

Each step is found from the records alone, in one transaction, so that it may be asked for at any
time and as often as anybody likes.
"""

from __future__ import annotations

from typing import Any

from django.db.models import F, Max, Q

from zdt_core import database, jobs
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.backfills.signals import ended
from zdt_deploy.schema import certificates, comparing, filling, moving
from zdt_deploy.schema.models import Certificate, SchemaChange
from zdt_deploy.schema.phases import OPEN

JOB = "schema.follow"
ACTOR = Actor.system("schema")
_ENDED = (
    Backfill.State.SUCCEEDED.value,
    Backfill.State.FAILED.value,
    Backfill.State.CANCELLED.value,
)


def follow(pk: int, *, actor: Actor = ACTOR) -> None:
    """Do what the record calls for now; nothing where it waits for a backfill, or is done."""
    with database.atomic():
        change = SchemaChange.objects.select_for_update().filter(pk=pk).first()
        if change is None or change.phase not in OPEN or not change.spec.get("pair"):
            return
        running = change.certificates.filter(state=Certificate.State.RUNNING).first()
        if running is not None:
            certificates.judge(change, running, actor=actor)
        elif (fill := filling.ended(change)) is not None:
            _after_filling(change, fill, actor)


def due() -> list[int]:
    """The primary keys of the changes that something is to be done for."""
    open_ = SchemaChange.objects.filter(phase__in=sorted(OPEN)).annotate(
        compared_at=Max("certificates__started_at")
    )
    told = Q(problem="") | Q(
        problem__in=(filling.FAILED, filling.CANCELLED), backfill__state=Backfill.State.SUCCEEDED
    )
    filled = (
        told
        & Q(backfill__state__in=_ENDED)
        & (Q(compared_at=None) | Q(compared_at__lt=F("backfill__finished_at")))
    )
    compared = Q(
        pk__in=Certificate.objects.filter(
            state=Certificate.State.RUNNING, backfill__state__in=_ENDED
        ).values("change")
    )
    return list(open_.filter(filled | compared).order_by("pk").values_list("pk", flat=True))


def connect() -> None:
    """Follow whenever a backfill of a change has ended."""
    ended.connect(_ended, dispatch_uid="zdt_deploy.schema.following")


def _ended(backfill: Backfill, **kwargs: Any) -> None:
    if backfill.kind not in (filling.KIND, comparing.KIND):
        return
    ours = Q(backfill=backfill) | Q(certificates__backfill=backfill)
    for pk in SchemaChange.objects.filter(ours).values_list("pk", flat=True).distinct():
        jobs.start(JOB, pk)
        jobs.wake(JOB, pk)


def _after_filling(change: SchemaChange, fill: Backfill, actor: Actor) -> None:
    code, facts = filling.wrong(change, fill)
    if code:
        moving.find_problem(change, code, actor=actor, **facts)
        return
    moving.solve_problem(change, actor=actor, only=(filling.FAILED, filling.CANCELLED))
    compare(change, actor=actor)


def compare(change: SchemaChange, *, actor: Actor) -> None:
    """Begin a comparison of a locked change; what prevents it becomes its problem."""
    try:
        certificates.begin(change, actor=actor)
    except Refused as refusal:
        moving.find_problem(change, refusal.code, actor=actor, **refusal.params)

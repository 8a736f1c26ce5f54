"""Takes a region's closed slots into PostgreSQL, for each deployment that is compared.

Redis lies in the region, so that a worker or ticker of the region does it, by its pulse. One at a
time takes a turn; the row of `Copied` is locked and moved with the sums, so that a slot counts once
whoever is killed or stalls.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q

from zdt_core import database, pulse
from zdt_core.conf import conf
from zdt_core.fleet import membership
from zdt_core.jobs import leases
from zdt_core.observing import keys, source
from zdt_deploy.comparison import moments
from zdt_deploy.comparison.models import Copied, Observation
from zdt_deploy.comparison.phases import Phase, Times
from zdt_deploy.comparison.strata import stratum
from zdt_deploy.comparison.sums import OTHERS, Sums
from zdt_deploy.deployments import clock
from zdt_deploy.deployments.models import Deployment

EVERY_SECONDS = 15.0
BEFORE_SECONDS = 1800
"""How much of the time before a deployment is taken in."""

ALONE = 0.95
"""The share of the requests from which on a release counts as serving everyone."""

BATCH = 20
"""Slots a transaction."""

DEADLINE_SECONDS = 4.0
"""For one turn; the next goes on."""

ROLES = ("worker", "ticker")
Place = tuple[Phase, int, str]
"""Where sums belong: phase, stratum and release."""

Found = dict[Place, Sums]
Words = dict[Place, dict[str, dict[str, str]]]


def register() -> None:
    """Have the pulse of every worker and ticker look after its region."""
    pulse.beat("comparison.copy", EVERY_SECONDS, deadline=10, isolated=True, jitter=0.2)(turn)


def turn() -> None:
    """Copy for all deployments that are compared, if it is this process's turn."""
    if membership.role() not in ROLES or not conf.OBSERVE:
        return
    with pulse.one_session(), database.short_session():
        if leases.take_turn(f"comparison:{conf.REGION}", EVERY_SECONDS / 2) is not None:
            copy_all()


def copy_all() -> None:
    """Copy this region's closed slots for every deployment that is compared."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    trouble: Exception | None = None
    for deployment in compared():
        try:
            copy(deployment, deadline)
        except Exception as error:  # of one; the others need not wait for it
            trouble = trouble or error
    if trouble is not None:
        raise trouble


def compared() -> Iterable[Deployment]:
    """Deployments whose slots may still be in Redis, and not copied."""
    recent = database.Now() - timedelta(seconds=keys.KEPT_SECONDS)
    open_ = Q(finished_at__isnull=True) | Q(finished_at__gt=recent)
    return Deployment.objects.filter(open_, started_at__isnull=False).order_by("-started_at")


def copy(deployment: Deployment, deadline: float) -> None:
    """Take in what is closed and not yet taken. Raises Unavailable when Redis is away."""
    now, newest = source.clock()
    length = keys.slot_seconds()
    times = moments.times_of(deployment, now - clock.now().timestamp())
    begin = math.floor((times.begun - BEFORE_SECONDS) / length) * length
    place, _made = Copied.objects.get_or_create(
        deployment=deployment,
        region=conf.REGION,
        defaults={"next_slot": begin, "seconds": length},
    )
    until = newest if times.ended is None else min(newest, math.floor(times.ended))
    oldest = math.ceil((now - keys.KEPT_SECONDS) / length) * length
    expected = place.next_slot
    start = math.ceil(expected / length) * length  # windows may have another length now
    while start <= until and time.monotonic() < deadline:
        missed = max(0, (min(oldest, until + length) - start) // length)
        first = start + missed * length
        last = min(first + (BATCH - 1) * length, until)
        found = _read(deployment, times, range(first, last + 1, length), length)
        words = _words(deployment, found)
        start = max(first, last + length)
        if not _keep(place.pk, (expected, start), missed, found, words):
            return
        expected = start


def _read(deployment: Deployment, times: Times, starts: range, length: int) -> Found:
    """The sums of ``starts``.

    Side by side is only what both releases served, before and after only what one served alone:
    other slots are left out.
    """
    at = (deployment.environment, conf.REGION, deployment.service)
    found: Found = {}
    for start in starts:
        phase = times.phase(start, length)
        if phase is None:
            continue
        for release, slot, number in _wanted(deployment, phase, source.read(*at, start)):
            found.setdefault((phase, number, release), Sums()).add(slot)
    return found


def _wanted(
    deployment: Deployment, phase: Phase, slots: Iterable[source.Slot]
) -> list[tuple[str, source.Slot, int]]:
    """Releases whose slots count for the phase, and in which stratum."""
    served = {slot.release: slot for slot in slots if slot.requests}
    old, new = deployment.previous_version, deployment.version
    if phase is Phase.BESIDE:
        if old not in served or new not in served:
            return []
        number = stratum(served[old].requests, served[new].requests)
        return [(release, served[release], number) for release in (old, new)]
    release = old if phase is Phase.BEFORE else new
    total = sum(slot.requests for slot in served.values())
    if release not in served or served[release].requests < ALONE * total:
        return []
    return [(release, served[release], 0)]


def _words(deployment: Deployment, found: Found) -> Words:
    """What the ids mean that have no words yet."""
    rows = Observation.objects.filter(deployment=deployment, region=conf.REGION)
    known = {
        (row.phase, row.stratum, row.release): row.words
        for row in rows.only("phase", "stratum", "release", "words")
    }
    at = (deployment.environment, conf.REGION, deployment.service)
    told: Words = {}
    for place, sums in found.items():
        ids = {*sums.errors, *sums.queries} - {OTHERS} - set(known.get(place, ()))
        told[place] = source.words(*at, place[-1], sorted(ids))
    return told


def _keep(place: int, move: tuple[int, int], missed: int, found: Found, words: Words) -> bool:
    """Add ``found`` and ``move`` on, in one transaction; False where somebody was quicker."""
    expected, next_slot = move
    with database.atomic():
        ours = Copied.objects.select_for_update().filter(pk=place, next_slot=expected).first()
        if ours is None:
            return False
        for where, sums in found.items():
            _add(ours, where, sums, words[where])
        ours.next_slot, ours.missed = next_slot, ours.missed + missed
        ours.save()
    return True


def _add(copied: Copied, where: Place, sums: Sums, words: dict[str, dict[str, str]]) -> None:
    phase, number, release = where
    row, _made = Observation.objects.get_or_create(
        deployment_id=copied.deployment_id, region=copied.region, phase=phase.value,
        stratum=number, release=release,
    )  # fmt: skip
    total = row.sums
    total.merge(sums)
    row.take(total)
    row.words = {id: said for id, said in {**words, **row.words}.items() if _told(total, id)}
    row.save()


def _told(sums: Sums, id: str) -> bool:
    return id in sums.errors or id in sums.queries


def forget_old(days: float) -> int:
    """Delete the observations of deployments that ended ``days`` days ago or earlier."""
    past = database.Now() - timedelta(days=days)
    old = Deployment.objects.filter(finished_at__lt=past, copied__isnull=False)
    ids = list(old.values_list("pk", flat=True).distinct()[:100])
    Copied.objects.filter(deployment__in=ids).delete()
    return int(Observation.objects.filter(deployment__in=ids).delete()[0])

"""What must be so before the old shape of a change may go: the conditions of "schema.contract".

A table that was born empty and is empty has nothing to prove or to observe. Who needs its old shape
is asked all the same; that nobody is there then is no riddle: so it is in a fresh database.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from fnmatch import fnmatchcase

from django.db.models import ExpressionWrapper, F, fields

from zdt_core import database, fleet, gates
from zdt_core.exceptions import Unavailable
from zdt_core.fleet import Member, Session, Standing
from zdt_core.gates import Finding
from zdt_deploy.deployments import durations
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import ACTIVE, State
from zdt_deploy.schema import certificates, changes, damage, pairing, shapes
from zdt_deploy.schema.conf import conf
from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.phases import Phase

STEP = "schema.contract"
FORCIBLE = frozenset({"observed", "processes", "sessions", "deployments"})
"""Conditions that a person may override, on record. Proof is not among them."""

_MAY_GO_BACK = frozenset({*ACTIVE, State.BAKING.value, State.PENDING.value})
_SERVING = ("web", "sockets")
_NAMED = 5


@gates.condition(STEP, "switched")
def is_switched(change: SchemaChange) -> Finding:
    """Code reads the new shape."""
    if change.phase == Phase.SWITCHED:
        return gates.open_()
    return gates.closed("schema_not_switched", key=change.key, phase=change.phase)


@gates.condition(STEP, "certificate")
def is_proven(change: SchemaChange) -> Finding:
    """Both shapes are proven equal, and the trigger that keeps them so is untouched."""
    away = pairing.out_of_reach(change)
    if away is not None:
        return gates.unknown(away[0], **away[1])
    if pairing.pair_of(change) is None or certificates.valid(change) is not None:
        return gates.open_()
    if changes.empty_since_birth(change) and damage.is_whole(change):
        return gates.open_()
    code, params = certificates.why_not(change)
    return gates.closed("schema_not_verified", key=change.key, cause=code, cause_params=params)


@gates.condition(STEP, "observed")
def is_observed(change: SchemaChange) -> Finding:
    """The new shape has been in use for long enough."""
    left = _seconds_to_observe(change)
    if left <= 0 or changes.empty_since_birth(change):
        return gates.open_()
    return gates.closed("schema_observed", key=change.key, left=durations.rounded(left))


@gates.condition(STEP, "processes")
def no_process_needs_it(change: SchemaChange) -> Finding:
    """No process of the fleet, live or silent, runs a release that may need the old shape.

    A fleet in which nobody serves tells nothing: the site's processes may not have joined it.
    """
    known = shapes.known_by(change)
    there = [m for m in fleet.members(departed=False) if m.standing is not Standing.GONE]
    needing = [
        member
        for member in there
        if (member.service, member.release) not in known
        and not _matches(member.service, conf.SCHEMA_TRUSTED_SERVICES)
    ]
    live = [member for member in needing if member.standing is Standing.LIVE]
    if live:
        return gates.closed("schema_processes", key=change.key, processes=_processes(live))
    if needing:
        return gates.unknown(
            "schema_silent_processes", key=change.key, processes=_processes(needing)
        )
    if not any(_serves(member, known) for member in there) and not _is_fresh(change, there):
        return gates.unknown("schema_nobody_serves", key=change.key)
    return gates.open_()


@gates.condition(STEP, "sessions")
def no_session_needs_it(change: SchemaChange) -> Finding:
    """No PostgreSQL session that the fleet does not explain may need the old shape.

    The release in a session's name says no service, so a note of any service counts for it. Behind
    a transaction pooler a session has the name of whoever used it last: there, the fleet's beats
    are the only witness.
    """
    try:
        strangers = fleet.strangers(change.alias)
    except Unavailable as error:
        return gates.unknown("schema_sessions_unread", key=change.key, error=str(error))
    releases = {release for _service, release in shapes.known_by(change)}
    old = [found for found in strangers if found.release and found.release not in releases]
    if old:
        return gates.closed("schema_sessions", key=change.key, sessions=_sessions(old))
    unnamed = [found for found in strangers if not found.release and not _trusted(found)]
    if unnamed and not changes.empty_since_birth(change):
        return gates.unknown("schema_strange_sessions", key=change.key, sessions=_sessions(unnamed))
    return gates.open_()


@gates.condition(STEP, "deployments")
def nobody_may_go_back(change: SchemaChange) -> Finding:
    """No deployment may still send users to a release that may need the old shape."""
    known = shapes.known_by(change)
    for deployment in Deployment.objects.filter(state__in=sorted(_MAY_GO_BACK)).order_by("pk"):
        if _matches(deployment.service, conf.SCHEMA_TRUSTED_SERVICES):
            continue
        for release in (deployment.previous_version, deployment.version):
            if (deployment.service, release) not in known:
                return gates.closed(
                    "schema_deployment", key=change.key, id=deployment.pk, state=deployment.state,
                    service=deployment.service, release=release,
                )  # fmt: skip
    return gates.open_()


def is_fresh(change: SchemaChange) -> bool:
    """Whether the change is one of a new database, which nobody has used yet."""
    there = [m for m in fleet.members(departed=False) if m.standing is not Standing.GONE]
    return _is_fresh(change, there)


def _seconds_to_observe(change: SchemaChange) -> float:
    """By the database's clock; a change that is not switched has all of it before it."""
    since = ExpressionWrapper(database.Now() - F("switched_at"), fields.DurationField())
    row = SchemaChange.objects.filter(pk=change.pk).annotate(since=since).first()
    passed = row.since if row is not None and row.since is not None else timedelta(0)
    return change.observe_seconds - float(passed.total_seconds())


def _is_fresh(change: SchemaChange, there: list[Member]) -> bool:
    """Whether nobody has joined the fleet yet, and the table never had a row to lose."""
    return not there and changes.empty_since_birth(change)


def _serves(member: Member, known: frozenset[tuple[str, str]]) -> bool:
    return (
        member.standing is Standing.LIVE
        and member.role in _SERVING
        and (member.service, member.release) in known
    )


def _processes(members: list[Member]) -> str:
    counted = Counter((member.service, member.release, member.role) for member in members)
    named = [
        f"{count} {role} of {service} {release}"
        for (service, release, role), count in sorted(counted.items())
    ]
    more = len(named) - _NAMED
    return ", ".join([*named[:_NAMED], f"+{more}"] if more > 0 else named)


def _sessions(found: list[Session]) -> str:
    named = [
        f"“{session.name}” of {session.user or '?'} from {session.address or 'a socket'}"
        + (f" ({session.count})" if session.count > 1 else "")
        for session in found[:_NAMED]
    ]
    more = len(found) - len(named)
    return ", ".join([*named, f"+{more}"] if more else named)


def _trusted(session: Session) -> bool:
    return any(
        name and _matches(name, conf.SCHEMA_TRUSTED_SESSIONS)
        for name in (session.name, session.user)
    )


def _matches(text: str, globs: list[str]) -> bool:
    return any(fnmatchcase(text, glob) for glob in globs)

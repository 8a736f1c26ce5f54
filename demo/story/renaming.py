"""The rename of a column under load: what the pipelines do, and what becomes of it."""

from __future__ import annotations

import time
from collections.abc import Collection
from datetime import datetime

from demo.story.ending import Rename
from demo.story.stage import CONTRACTING, EXPANDING, STABLE, Stage
from demo.story.telling import Narrator
from zdt_core import database, messages
from zdt_deploy import backfills
from zdt_deploy.schema.models import SchemaChange

LOOK_SECONDS = 0.25
TELL_SECONDS = 2.0
FILL_SECONDS = 240.0
CONTRACT_SECONDS = 120.0


def expand(stage: Stage, narrator: Narrator, rename: Rename) -> bool:
    """The column gets a twin, and workers fill it. True when every row was compared."""
    stage.migrate(EXPANDING)
    narrator.say(
        f"Release {EXPANDING} ships a migration: users.email_address stands beside user_email, "
        "and a trigger keeps them equal, whoever writes."
    )
    change = follow(stage, narrator, ("verified",), FILL_SECONDS)
    note(rename, change)
    if change.phase != "verified":
        return False
    narrator.say(
        f"The worker filled {rename.filled:,} rows in {rename.fill_seconds or 0:.1f} s and "
        f"compared {rename.compared:,} in {rename.compare_seconds or 0:.1f} s: "
        f"{rename.different} differ."
    )
    return True


def owe(stage: Stage, narrator: Narrator, rename: Rename) -> None:
    """The next release would drop the old column, which release 1.0 still reads."""
    stage.migrate(CONTRACTING)
    change = look()
    rename.owed = change.owed_at is not None
    narrator.say(f"Release {CONTRACTING} ships the end of user_email, which is owed as yet:")
    for code, params in obstacles(change):
        narrator.say(f"    {messages.text(code, params)}")


def contract(stage: Stage, narrator: Narrator, rename: Rename) -> None:
    """Nobody needs the old column any more: the ticker sees it and has it dropped."""
    change = follow(stage, narrator, ("contracted",), CONTRACT_SECONDS)
    note(rename, change)
    if change.phase == "contracted":
        narrator.say(f"The last process of {STABLE} has gone, and so has user_email.")


def follow(
    stage: Stage, narrator: Narrator, phases: Collection[str], seconds: float
) -> SchemaChange:
    """Look on until one of ``phases``, a problem, or until ``seconds`` are over."""
    deadline, told = time.monotonic() + seconds, time.monotonic()
    while True:
        stage.check()
        change = look()
        if change.phase in phases:
            return change
        if change.problem:
            narrator.say(messages.text(change.problem, change.problem_params))
            return change
        if time.monotonic() > deadline:
            narrator.say(f"That is all the time there is: the change is {change.phase}.")
            return change
        if time.monotonic() - told > TELL_SECONDS:
            told = time.monotonic()
            if sentence := how_far(change):
                narrator.say(f"    {sentence}")
        time.sleep(LOOK_SECONDS)


def look() -> SchemaChange:
    with database.short_session():
        found: SchemaChange = SchemaChange.objects.select_related("backfill").get(
            app_label="shop", model_name="user"
        )
    return found


def how_far(change: SchemaChange) -> str:
    """What the worker is at, such as "120,000 rows filled, 8 s left"; "" where it is at nothing."""
    with database.short_session():
        proof = change.certificates.filter(state="running").select_related("backfill").first()
        at_work = proof.backfill if proof else change.backfill
        if at_work is None or at_work.state != "running":
            return ""
        progress = backfills.progress(at_work)
    left = "" if progress.seconds_left is None else f", {progress.seconds_left:.0f} s left"
    return f"{progress.done:,} rows {'compared' if proof else 'filled'}{left}"


def note(rename: Rename, change: SchemaChange) -> None:
    """Keep what the console shows as well."""
    rename.phase = change.phase
    rename.owed_seconds = seconds_between(change.owed_at, change.contracted_at)
    if change.backfill:
        rename.filled = change.backfill.rows_done
        rename.fill_seconds = seconds_between(
            change.backfill.started_at, change.backfill.finished_at
        )
    with database.short_session():
        proof = change.certificates.order_by("-pk").first()
    if proof:
        rename.compared, rename.different = proof.rows, proof.different
        rename.compare_seconds = seconds_between(proof.started_at, proof.finished_at)


def obstacles(change: SchemaChange) -> list[tuple[str, dict[str, object]]]:
    """Why the contract is owed, as codes with parameters."""
    return [(found["code"], found.get("params", {})) for found in change.obstacles]


def seconds_between(first: datetime | None, last: datetime | None) -> float | None:
    return None if first is None or last is None else (last - first).total_seconds()

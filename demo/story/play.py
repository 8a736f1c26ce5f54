"""Plays the story from the first process to the last."""

from __future__ import annotations

import argparse
import os
import resource
import secrets
import sys
import time
from contextlib import ExitStack

from demo.processes import Company, DidNotWork
from demo.services import Services, ServicesError
from demo.story import times
from demo.story.ending import Ending
from demo.story.interruption import Interruption
from demo.story.stage import BAD, EDGE, GOOD, PROJECT, STABLE, Stage
from demo.story.telling import Narrator

ADMIN = "admin"
TELLER = "demo"
"""What this process calls itself in PostgreSQL: it looks on, and uses no table of the shop."""


def play(options: argparse.Namespace) -> int:
    """Play it; the exit code is 0 when it ended well, 1 when not, 2 when it could not be played."""
    interruption = Interruption()
    allow_files(4096)
    narrator = Narrator()
    try:
        with ExitStack() as stack:
            try:
                return tell(options, narrator, stack)
            finally:
                interruption.heard()
    except (DidNotWork, ServicesError) as error:
        print(f"\nThe story broke off: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        narrator.say("Stopped; nothing is left running.")
        return 130


def tell(options: argparse.Namespace, narrator: Narrator, stack: ExitStack) -> int:
    narrator.say("Starting PostgreSQL and Valkey.")
    given = bool(os.environ.get("DATABASE_URL"))
    stack.enter_context(Services())
    os.environ.update(environment(shared=given))
    stage = Stage(
        stack.enter_context(Company(os.environ, PROJECT)),
        shop_port=options.port,
        console_port=options.console_port,
    )
    os.environ["PGAPPNAME"] = TELLER
    password = secrets.token_urlsafe(9)
    prepare(password)
    narrator.say(f"The tables are made, and {times.ACCOUNTS:,} accounts are in the shop.")
    console = stage.start_console(STABLE)
    login = f"{console} (login {ADMIN}, password {password})"

    from demo.story import acts, renaming  # they read zdt's tables, so Django comes first

    ending = Ending(bad=BAD, good=GOOD)
    acts.opening(stage, narrator, options.edge, options.rate, options.visitors)
    narrator.say(f"The console is open at {login}.")
    if renaming.expand(stage, narrator, ending.rename) and acts.bad_release(
        stage, narrator, options.fault, ending
    ):
        acts.good_release(stage, narrator, ending)
    ending.account = stage.account() if not options.once else stage.end_load()
    print(f"\n{ending.table()}\n  console: {login}", flush=True)
    return close(ending, narrator, stage, once=options.once)


def close(ending: Ending, narrator: Narrator, stage: Stage, *, once: bool) -> int:
    unmet = ending.unmet()
    for sentence in unmet:
        print(f"  NOT AS IT SHOULD BE: {sentence}", flush=True)
    if unmet:
        print(f"  The logs are kept in {stage.company.keep_logs()}", flush=True)
    if once:
        narrator.say("The story is over." if not unmet else "The story did not end well.")
    else:
        narrator.say(f"The shop goes on at http://{stage.shop}/ until Ctrl-C.")
        while True:
            stage.check()
            time.sleep(1)
    return 1 if unmet else 0


def environment(*, shared: bool) -> dict[str, str]:
    """What every process of the story finds in its environment.

    In a ``shared`` database other stories may be told: this one is an environment of its own.
    """
    return {
        **times.SETTINGS,
        "DJANGO_SETTINGS_MODULE": "demo.settings",
        "PYTHONUNBUFFERED": "1",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ZDT_SCHEMA_TRUSTED_SERVICES": EDGE["ZDT_SERVICE"],
        "ZDT_SCHEMA_TRUSTED_SESSIONS": TELLER,
        "ZDT_ENVIRONMENT": f"demo-{secrets.token_hex(3)}" if shared else "demo",
        "ZDT_SERVICE": "shop",
        "ZDT_VERSION": STABLE,
    }


def prepare(password: str) -> None:
    """Make the tables, fill the shop, let the reader in. Raises DidNotWork."""
    import django
    from django.db import DatabaseError

    django.setup()
    try:
        require_room()
        _prepare(password)
    except DatabaseError as error:
        raise DidNotWork(
            f"The tables could not be made: {error}\n  Give DATABASE_URL an empty database that "
            "this user owns, or leave it out."
        ) from error


def require_room() -> None:
    """Raise DidNotWork where another story has renamed the shop's column already."""
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(connection)
    unknown = set(loader.applied_migrations or {}) - set(loader.disk_migrations or {})
    if any(app_label == "shop" for app_label, _name in unknown):
        raise DidNotWork(
            "In this database the story was told before. Give DATABASE_URL an empty one."
        )


def _prepare(password: str) -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("shop_fill", accounts=times.ACCOUNTS, verbosity=0)
    from demo.shop.models import User
    from zdt_core import database
    from zdt_deploy.deployments.models import Plan

    with database.short_session():
        Plan.objects.update_or_create(name=times.PLAN_NAME, defaults={"fields": times.PLAN})
        admin, _ = User.objects.get_or_create(username=ADMIN)
        admin.is_staff = admin.is_superuser = True
        admin.set_password(password)
        admin.save()


def allow_files(number: int) -> None:
    """Let this process and its children open so many files, as far as the system permits."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number if hard == resource.RLIM_INFINITY else min(number, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

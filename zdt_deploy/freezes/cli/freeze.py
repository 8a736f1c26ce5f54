"""`list`, `add` and `end` of `manage.py zdt_freeze`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand, arguments
from zdt_core.conf import conf
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import clock, durations
from zdt_deploy.freezes import operations, standing, times
from zdt_deploy.freezes.models import Freeze
from zdt_deploy.freezes.operations import Wanted

HEADS = ("ID", "NAME", "ENVIRONMENT", "SERVICE", "NOW", "WHEN", "BY", "REASON")


def add_list_arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "--environment", metavar="NAME", help="The environment; ZDT_ENVIRONMENT by default."
    )
    parser.add_argument(
        "--all", action="store_true", help="Of every environment, and those that are over."
    )


def add_add_arguments(parser: CommandParser) -> None:
    add = parser.add_argument
    add("name", metavar="NAME", help="What people call it.")
    arguments.reason(parser)
    add("--environment", metavar="NAME", help="The environment; ZDT_ENVIRONMENT by default.")
    add("--service", default="", metavar="NAME", help="Only this service; every one by default.")
    add("--from", dest="begins", metavar="TIME", help="Such as 2026-12-24T18:00; now by default.")
    add("--until", dest="ends", metavar="TIME", help="Until somebody ends it by default.")
    add("--for", dest="span", metavar="3d", help="How long it holds, instead of --until.")
    add(
        "--weekly",
        default="",
        metavar="HOURS",
        help="Only in these hours of the week: “fri 16:00-mon 08:00, daily 22:00-06:00”.",
    )
    add(
        "--zone",
        metavar="NAME",
        help="The time zone of all these, such as Europe/Berlin; TIME_ZONE by default.",
    )


def add_end_arguments(parser: CommandParser) -> None:
    parser.add_argument("freeze", metavar="FREEZE", help="Its id or its name.")
    arguments.reason(parser)


def list_(command: ZdtCommand, options: dict[str, Any]) -> int:
    environment = options["environment"] or conf.ENVIRONMENT
    rows = Freeze.objects.all() if options["all"] else standing.lasting(environment)
    found = list(rows[:200])
    now = clock.now()
    told = [(row, standing.word(row, now)) for row in found]
    if found:
        cells = [_cells(row, one) for row, one in told]
        command.table(HEADS, cells, [_LOOKS[one] for _row, one in told])
    else:
        command.say(f"Nothing is frozen in {environment}, now or later.")
    command.answer({"freezes": [{**operations.facts(row), "now": one} for row, one in told]})
    return 0


def add(command: ZdtCommand, options: dict[str, Any]) -> int:
    try:
        wanted = _wanted(options)
    except Refused as refusal:
        command.fail(str(refusal), 2, refusal.code, refusal.params)
    row = operations.add(wanted, actor=Actor.shell())
    return _told(command, row)


def end(command: ZdtCommand, options: dict[str, Any]) -> int:
    found = operations.find(options["freeze"])
    row = operations.end(found.pk, actor=Actor.shell(), reason=options["reason"])
    return _told(command, row)


def _wanted(options: dict[str, Any]) -> Wanted:
    zone = times.zone(options["zone"] or settings.TIME_ZONE)
    begins = times.moment(options["begins"], zone) if options["begins"] else None
    ends = times.moment(options["ends"], zone) if options["ends"] else None
    if options["span"]:
        if ends:
            raise Refused("freeze_end_twice")
        ends = (begins or clock.now()) + timedelta(seconds=durations.parse(options["span"]))
    return Wanted(
        name=options["name"],
        environment=options["environment"] or conf.ENVIRONMENT,
        service=options["service"],
        reason=options["reason"],
        time_zone=zone.key,
        begins=begins,
        ends=ends,
        hours=options["weekly"],
    )


def _told(command: ZdtCommand, row: Freeze) -> int:
    one = standing.word(row, clock.now())
    command.say(command.paint(_LOOKS[one], f"{row.pk} {row.name}: {one}. {standing.when(row)}"))
    command.answer({"freeze": {**operations.facts(row), "now": one}})
    return 0


def _cells(row: Freeze, one: str) -> tuple[str, ...]:
    who = row.created_by.partition(":")[2]
    when = standing.when(row)
    return (
        str(row.pk), row.name, row.environment, row.service or "every", one, when, who, row.reason,
    )  # fmt: skip


_LOOKS = {"holds": "warn", "waits": "", "over": "quiet", "unreadable": "bad"}

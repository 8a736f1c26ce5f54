"""The pacing that the options describe."""

from __future__ import annotations

import shlex
from argparse import BooleanOptionalAction
from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand
from zdt_core.exceptions import Refused
from zdt_deploy.backfills import pacing

_IN_MILLISECONDS = {"pause": "--pause-ms", "batch_seconds": "--batch-ms"}


def add_arguments(parser: CommandParser) -> None:
    add = parser.add_argument
    add(
        "--pacing",
        choices=[str(mode) for mode in pacing.Mode],
        help="adaptive gives way to the site (default); fixed rests after so many rows; none does "
        "not rest. Without it, --rows and --pause-ms mean fixed, --duty and --batch-ms adaptive.",
    )
    add("--rows", type=int, metavar="N", help="Rows of a batch, for fixed; 10000 by default.")
    add("--pause-ms", type=int, metavar="MS", help="The rest after it, for fixed; 500 by default.")
    add(
        "--window",
        action="append",
        metavar="22:00-06:00",
        help="Work only at these hours. Again for each.",
    )
    add("--zone", metavar="Europe/Berlin", help="The time zone of the hours; UTC by default.")
    add(
        "--duty",
        type=float,
        metavar="0.1",
        help="The share of the time at work at which adaptive begins.",
    )
    add("--batch-ms", type=float, metavar="MS", help="How long a batch may take, for adaptive.")
    add(
        "--vacuum",
        action=BooleanOptionalAction,
        help="Clean the table as it goes, by default; --no-vacuum leaves dead rows to autovacuum.",
    )


def add_lanes(parser: CommandParser) -> None:
    parser.add_argument(
        "--lanes",
        type=int,
        metavar="N",
        help="Ranges worked on at a time, by as many workers; they share the pace.",
    )


def add_always(parser: CommandParser) -> None:
    parser.add_argument("--always", action="store_true", help="Work at all hours.")


def read_change(command: ZdtCommand, options: dict[str, Any]) -> dict[str, Any] | None:
    """The fields that are named; None without any. What cannot be read is wrong usage."""
    fields = named(options)
    if options["always"]:
        fields["windows"] = []
    _check(command, fields)
    return fields or None


def named(options: dict[str, Any]) -> dict[str, Any]:
    """The fields of a pacing that the options name, and the mode that heeds them."""
    given = {
        "mode": options["pacing"] or _mode_of(options),
        "rows": options["rows"],
        "pause": None if options["pause_ms"] is None else options["pause_ms"] / 1000,
        "windows": options["window"],
        "zone": options["zone"],
        "duty": options["duty"],
        "batch_seconds": None if options["batch_ms"] is None else options["batch_ms"] / 1000,
        "vacuum": options["vacuum"],
    }
    return {name: value for name, value in given.items() if value is not None}


def typed(options: dict[str, Any]) -> str:
    """The options of a pace that are given, as they were typed."""
    words = []
    for name in ("pacing", "rows", "pause_ms", "zone", "duty", "batch_ms", "lanes"):
        if options[name] is not None:
            words += [f"--{name.replace('_', '-')}", str(options[name])]
    for window in options["window"] or ():
        words += ["--window", window]
    if options["always"]:
        words.append("--always")
    if options["vacuum"] is not None:
        words.append("--vacuum" if options["vacuum"] else "--no-vacuum")
    return shlex.join(words)


def _check(command: ZdtCommand, fields: dict[str, Any]) -> None:
    try:
        pacing.parse(fields)
    except Refused as refusal:
        told = _as_typed(refusal)
        command.fail(str(told), 2, told.code, told.params)


def _as_typed(refusal: Refused) -> Refused:
    """The same of the option and its milliseconds, where a field is in seconds."""
    facts = refusal.params
    option = _IN_MILLISECONDS.get(str(facts.get("field")))
    if refusal.code != "backfill_pacing_number" or option is None:
        return refusal
    numbers = {name: f"{float(facts[name]) * 1000:.10g}" for name in ("value", "least", "most")}
    return Refused(refusal.code, field=option, **numbers)


def _mode_of(options: dict[str, Any]) -> str | None:
    if options["rows"] is not None or options["pause_ms"] is not None:
        return "fixed"
    if options["duty"] is not None or options["batch_ms"] is not None:
        return "adaptive"
    return None

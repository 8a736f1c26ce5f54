"""What `manage.py zdt_flag set` understands."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from zdt_core.events import Actor
from zdt_flags import changes
from zdt_flags.facts import facts_of
from zdt_flags.models import Flag

EVERYONE = "everyone"


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--create", action="store_true", help="Make the flag if there is none.")
    switch = parser.add_mutually_exclusive_group()
    switch.add_argument("--on", action="store_true", help="Let the flag's rules decide.")
    switch.add_argument("--off", action="store_true", help="Off for everyone.")
    parser.add_argument(
        "--percentage", metavar="P", help=f"Share of all users, 0 to 100, or “{EVERYONE}”."
    )
    for verdict in ("allow", "deny"):
        parser.add_argument(
            f"--{verdict}", metavar="USER", action="append", default=[], help="Id of a user."
        )
    parser.add_argument(
        "--forget", metavar="USER", action="append", default=[], help="Off both lists."
    )
    parser.add_argument("--owner", help="Who answers for the flag.")
    parser.add_argument("--description", help="What the flag is for.")


def obey(options: dict[str, Any], *, actor: Actor, reason: str) -> Flag:
    """Change or make the flag that ``options`` name. Raises Refused."""
    name = options["name"]
    flag = Flag.objects.filter(name=name).first()
    if flag is None and options["create"]:
        return changes.create(name, actor=actor, reason=reason, **_wanted(options, (), ()))
    found = facts_of(flag) if flag else {"allow": (), "deny": ()}
    return changes.change(
        name,
        actor=actor,
        reason=reason,
        expected_revision=flag.revision if flag else None,
        **_wanted(options, found["allow"], found["deny"]),
    )


def describe(flag: Flag) -> dict[str, Any]:
    """``flag`` as a JSON object."""
    return {"flag": flag.name, "revision": flag.revision, **facts_of(flag)}


def sentence(flag: Flag) -> str:
    """``flag`` in one line for people."""
    facts = facts_of(flag)
    share = EVERYONE if facts["percentage"] is None else f"{facts['percentage']} %"
    named = "".join(f", {verb} {len(facts[verb])}" for verb in ("allow", "deny") if facts[verb])
    return f"{flag.name}: {f'on for {share}{named}' if flag.enabled else 'off'}"


def _wanted(options: dict[str, Any], allow: Any, deny: Any) -> dict[str, Any]:
    wanted = {key: options[key] for key in ("owner", "description") if options[key] is not None}
    if options["on"] or options["off"]:
        wanted["enabled"] = options["on"]
    if options["percentage"] is not None:
        share = options["percentage"]
        wanted["percentage"] = None if share == EVERYONE else share
    if options["allow"] or options["deny"] or options["forget"]:
        moved = {*options["allow"], *options["deny"], *options["forget"]}
        wanted["allow"] = [*(set(allow) - moved), *options["allow"]]
        wanted["deny"] = [*(set(deny) - moved), *options["deny"]]
    return wanted

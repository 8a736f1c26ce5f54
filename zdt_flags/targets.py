"""The users that a flag names."""

from __future__ import annotations

from collections.abc import Iterable

from zdt_core.exceptions import Refused
from zdt_flags.models import Flag, Target

_LONGEST = 200


def replace(
    flag: Flag, *, allow: Iterable[str] | None = None, deny: Iterable[str] | None = None
) -> None:
    """Put these ids onto the lists that are given; a list that is None stays as it is.

    Raises Refused for what is no id, and for an id that would be on both lists.
    """
    given = {
        verdict: [_checked(each) for each in ids]
        for verdict, ids in ((Target.Verdict.ALLOW, allow), (Target.Verdict.DENY, deny))
        if ids is not None
    }
    found = {each.value: Target.Verdict(each.verdict) for each in Target.objects.filter(flag=flag)}
    wanted = {value: verdict for value, verdict in found.items() if verdict not in given}
    for verdict, values in given.items():
        for value in values:
            if wanted.setdefault(value, verdict) != verdict:
                raise Refused("flag_target_twice", user=value)
    gone = found.items() - wanted.items()
    Target.objects.filter(flag=flag, value__in=[value for value, _verdict in gone]).delete()
    Target.objects.bulk_create(
        Target(flag=flag, value=value, verdict=verdict)
        for value, verdict in sorted(wanted.items() - found.items())
    )


def _checked(value: str) -> str:
    if not 1 <= len(value) <= _LONGEST or value != value.strip() or not value.isprintable():
        raise Refused("flag_target", user=value[:40])
    return value

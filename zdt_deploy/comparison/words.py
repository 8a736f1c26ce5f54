"""What a comparison says, in sentences."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from zdt_core.templatetags.zdt_console import thousands
from zdt_deploy.comparison import comparing, figures
from zdt_deploy.comparison.comparing import Change, ErrorChange, QueryChange
from zdt_deploy.comparison.figures import Figure
from zdt_deploy.comparison.pairs import Basis, Pair
from zdt_deploy.comparison.sums import Sums
from zdt_deploy.deployments import durations
from zdt_deploy.deployments.states import FINAL

TITLES: dict[Basis, Any] = {
    Basis.BESIDE: gettext_lazy("Side by side"),
    Basis.BEFORE_AFTER: gettext_lazy("Before and after"),
}
_NOTES: dict[Basis, Any] = {
    Basis.BESIDE: gettext_lazy(
        "Both releases in the same minutes; where their shares changed, minutes with the same "
        "shares are compared with each other."
    ),
    Basis.BEFORE_AFTER: gettext_lazy(
        "Weaker: %(old)s before the deployment against %(new)s once everyone was on it. What "
        "changed may be the release, or the hour, the day, or what users did."
    ),
}
_EMPTY: dict[Basis, Any] = {
    Basis.BESIDE: gettext_lazy(
        "Nothing yet: both releases have to serve in the same minute, and a minute is taken in "
        "about half a minute after it ended."
    ),
    Basis.BEFORE_AFTER: gettext_lazy("Nothing yet: it begins once everyone is on the new release."),
}
_NEVER: dict[Basis, Any] = {
    Basis.BESIDE: gettext_lazy(
        "Nothing to compare: in no minute that was taken in both releases served."
    ),
    Basis.BEFORE_AFTER: gettext_lazy(
        "Nothing to compare: the new release was never seen serving everyone."
    ),
}
_NO_BEFORE = gettext_lazy(
    "Nothing to compare with: %(old)s was not seen serving everyone in the half hour before."
)
CHANGES: dict[Change, Any] = {
    Change.NEW: gettext_lazy("new"),
    Change.GONE: gettext_lazy("gone"),
    Change.MORE: gettext_lazy("more often"),
    Change.LESS: gettext_lazy("less often"),
    Change.SAME: gettext_lazy("as before"),
    Change.UNCLEAR: gettext_lazy("not enough data"),
}
QUERY_CHANGES: dict[Change, Any] = {
    **CHANGES,
    Change.MORE: gettext_lazy("takes more"),
    Change.LESS: gettext_lazy("takes less"),
}
LOOKS = {
    Change.NEW: "bad", Change.MORE: "bad", Change.GONE: "good", Change.LESS: "good",
    Change.SAME: "quiet", Change.UNCLEAR: "quiet",
}  # fmt: skip
QUERY_LOOKS = {**LOOKS, Change.NEW: "warn", Change.MORE: "warn"}
FIGURES: dict[str, Any] = {
    "errors": gettext_lazy("Failed requests"),
    "p50": "p50", "p95": "p95", "p99": "p99",
    "time": gettext_lazy("Database time per request"),
    "time_p95": gettext_lazy("p95 of the database time"),
    "queries": gettext_lazy("Queries per request"),
}  # fmt: skip
UNITS = {"errors": "%", "queries": ""}
"""All others are milliseconds; see `unit`."""

NOT_ENOUGH = gettext_lazy("not enough data")
MANY_KINDS = gettext_lazy("many kinds of errors that are rare each")
FAILURES = gettext_lazy("failed requests")


def note(pair: Pair, state: str) -> str:
    """What the comparison of a deployment in ``state`` rests on, or why there is none."""
    facts = {"old": pair.old_release, "new": pair.new_release}
    if not pair.is_empty:
        return f"{_NOTES[pair.basis] % facts} {_size(pair)}"
    if pair.basis is Basis.BEFORE_AFTER and pair.seen[1]:
        return str(_NO_BEFORE % facts)
    return str((_NEVER if state in FINAL else _EMPTY)[pair.basis])


def _size(pair: Pair) -> str:
    old, new = pair.sides.old, pair.sides.new
    facts = {
        "old": pair.old_release, "old_requests": thousands(old.requests),
        "new": pair.new_release, "new_requests": thousands(new.requests),
        "old_time": _time(old, pair), "new_time": _time(new, pair),
    }  # fmt: skip
    if pair.basis is Basis.BESIDE:
        said = _(
            "%(old)s answered %(old_requests)s requests, %(new)s %(new_requests)s, in %(new_time)s."
        )
    else:
        said = _(
            "%(old)s answered %(old_requests)s requests in %(old_time)s, %(new)s %(new_requests)s "
            "in %(new_time)s."
        )
    found = str(said % facts)
    if not figures.is_enough(pair.sides):
        found += " " + _("Not enough data: each needs %s requests.") % figures.FEWEST_REQUESTS
    return found


def _time(sums: Sums, pair: Pair) -> str:
    """ "30 min (28 Nov 13:02 to 13:32)"; minutes of several regions add up, which is said."""
    taken = durations.rounded(sums.slots * pair.seconds)
    if pair.regions > 1:
        taken = _("%(time)s of %(n)s regions") % {"time": taken, "n": pair.regions}
    if sums.first is None or sums.last is None:
        return taken
    first, last = (
        timezone.localtime(datetime.fromtimestamp(stamp, UTC))
        for stamp in (sums.first, sums.last + pair.seconds)
    )
    until = f"{last:%H:%M}" if last.date() == first.date() else f"{last:%d %b %H:%M}"
    span = _("%(first)s to %(last)s") % {"first": f"{first:%d %b %H:%M}", "last": until}
    return f"{taken} ({span})"


def summary(pair: Pair, state: str) -> str:
    """The newest comparison in a sentence, for those who look no further."""
    if pair.is_empty or not figures.is_enough(pair.sides):
        return note(pair, state)
    found = comparing.errors(pair.sides)
    new, more = (comparing.count(found, change) for change in (Change.NEW, Change.MORE))
    parts = [
        ngettext("%s new error pattern", "%s new error patterns", new) % new,
        ngettext("%s more often", "%s more often", more) % more,
        *(
            f"{FIGURES[figure.name]} {number(figure.old)} → {number(figure.new)} ms"
            for figure in _told(pair)
        ),
    ]
    return f"{TITLES[pair.basis]}: {', '.join(parts)}."


def _told(pair: Pair) -> list[Figure]:
    found = figures.of(pair.sides)
    return [each for each in found if each.name in ("p95", "time") and each.enough]


def unit(figure: Figure) -> str:
    return UNITS.get(figure.name, "ms")


def step(figure: Figure) -> str:
    """How far the new release is from the old one: "+12 %"; "" where it cannot be told."""
    if not figure.enough or not figure.old or figure.new is None:
        return ""
    percent = 100 * (figure.new / figure.old - 1)
    return f"{percent:+.0f} %" if abs(percent) >= 0.5 else "±0 %"


def with_unit(value: float | None, unit: str) -> str:
    return f"{number(value)} {unit}".strip() if value is not None else str(NOT_ENOUGH)


def number(value: float | None) -> str:
    """Three digits; not enough data for None."""
    if value is None:
        return str(NOT_ENOUGH)
    if abs(value) >= 100:
        return str(thousands(value))
    return str(formats.number_format(Decimal(f"{value:.3g}")))


def rate(per_thousand: float | None, count: int, outside: int) -> str:
    """What stands below a count: "0.8 per 1,000", "3 outside of requests", or both."""
    said = []
    if per_thousand is not None and count:
        said.append(_("%s per 1,000") % number(per_thousand))
    if outside:
        said.append(_("%s outside of requests") % thousands(outside))
    return ", ".join(said)


def of_error(change: ErrorChange) -> str:
    """ "new", "more often"…; what few have seen says so."""
    said = str(CHANGES[change.change])
    if change.change is Change.NEW and not change.sure:
        return _("new, seen too rarely to be sure")
    return said


def name(pair: Pair, id: str) -> str:
    """A pattern or a query in one line; its id where nobody told what it means."""
    said = pair.words.get(id, {})
    where = f" in {said['where']}" if said.get("where") else ""
    return f"{said.get('text', '')}{where}" if said else id


def of_query(change: QueryChange) -> str:
    return str(QUERY_CHANGES[change.change])

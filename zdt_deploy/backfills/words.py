"""Keys, ranges, rows and pacing in words."""

from __future__ import annotations

import json
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zdt_deploy.backfills import pacing
from zdt_deploy.backfills.models import Backfill, Range

KEY_SHOWN = 60
"""Characters of a part of a key; text keys may be long."""

KINDS = {
    "assign": gettext_lazy("sets columns with SQL"),
    "function": gettext_lazy("calls a function of an app"),
    "fill": gettext_lazy("fills the new shape from the old one, or back"),
    "compare": gettext_lazy("compares the old and the new shape, and writes nothing"),
}
MODES = {
    "adaptive": gettext_lazy("adaptive: gives way to the site"),
    "fixed": gettext_lazy("fixed: so many rows, then a rest"),
    "none": gettext_lazy("none: as fast as it can"),
}


def key(value: Any) -> str:
    """A key for reading: 42, or (7, eu) where it has several columns; – where it is open."""
    if value is None:
        return "–"
    parts = value if isinstance(value, list) else [value]
    shown = [_shortened(part if isinstance(part, str) else json.dumps(part)) for part in parts]
    return shown[0] if len(shown) == 1 else f"({', '.join(shown)})"


def _shortened(text: str) -> str:
    return text if len(text) <= KEY_SHOWN else f"{text[:KEY_SHOWN]}…"


def span(found: Range) -> str:
    """ "after 0 up to 500" of a range; open ends are left out."""
    if found.low is None and found.high is None:
        return _("every key")
    if found.is_one_row:
        return _("the key %s") % key(found.high)
    if found.low is None:
        return _("keys up to %s") % key(found.high)
    if found.high is None:
        return _("keys after %s") % key(found.low)
    facts = {"low": key(found.low), "high": key(found.high)}
    return _("keys after %(low)s up to %(high)s") % facts


def rows(done: int, total: int | None) -> str:
    """ "500 of about 1,000 rows", or "1,000 rows" once that is all."""
    facts = {"done": number(done), "total": "" if total is None else number(total)}
    if total is None or done == total:
        return _("%(done)s rows") % facts
    if done > total:
        return _("%(done)s rows, more than the estimated %(total)s") % facts
    return _("%(done)s of about %(total)s rows") % facts


def number(value: float) -> str:
    return str(formats.number_format(round(value), force_grouping=True))


def paced(value: dict[str, Any]) -> str:
    """How it is paced, such as "fixed: 10,000 rows, then 500 ms; only 22:00-06:00 (UTC)"."""
    now = pacing.stored(value)
    parts = [str(now.mode)]
    if now.mode is pacing.Mode.FIXED:
        facts = {"rows": number(now.rows), "pause": round(now.pause * 1000)}
        parts = [_("fixed: %(rows)s rows, then %(pause)s ms") % facts]
    if now.mode is pacing.Mode.ADAPTIVE and now.duty is not None:
        parts.append(_("at most %s %% of the time") % f"{100 * now.duty:g}")
    if now.mode is not pacing.Mode.FIXED and now.batch_seconds is not None:
        parts.append(_("%s ms a batch") % f"{1000 * now.batch_seconds:g}")
    if not now.vacuum:
        parts.append(_("without VACUUM"))
    if now.windows:
        hours = ", ".join(map(str, now.windows))
        parts.append(_("only %(hours)s (%(zone)s)") % {"hours": hours, "zone": now.zone})
    return "; ".join(parts)


def split(windows: str) -> list[str]:
    """The windows of a text with commas."""
    return [part.strip() for part in windows.split(",") if part.strip()]


def does(backfill: Backfill) -> list[tuple[str, str]]:
    """What it does, as pairs of a name and a value for reading; what is nested is left out."""
    spec = dict(backfill.spec)
    found = [(str(name), str(value)) for name, value in (spec.pop("set", None) or {}).items()]
    plain = {name: value for name, value in spec.items() if not isinstance(value, (dict, list))}
    return found + [(name, str(value)) for name, value in sorted(plain.items()) if value]


def state(row: Any) -> str:
    """The state of one of `at_work.with_stalled` as a badge says it."""
    if row.stalled:
        return _("stalled")
    return _("failing") if row.failing else str(row.get_state_display())


def kind(name: str) -> str:
    """What a kind of work does, in words; kinds of a site's own have their names."""
    return str(KINDS.get(name, name))

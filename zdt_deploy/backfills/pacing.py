"""How large a batch is, and how long the rest after it. No I/O.

Three modes. *adaptive* holds each batch to a few milliseconds, so that nobody waits long for a row,
works a small share of the time, and gives way when something on the site or the database suffers.
*fixed* does so many rows, then rests so long. *none* does not rest. However many lanes a backfill
has, what it takes from the site is the same: lanes share the time and the rows.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from zdt_core.exceptions import Refused
from zdt_deploy.backfills import windows
from zdt_deploy.backfills.windows import Window

ROWS, PAUSE = 10_000, 0.5
"""The fixed pacing: rows, then seconds."""
REST_SECONDS, ROW_SECONDS = 34e-6, 58e-6
"""What a row has of rest, and of all time, at least, where the adaptive one does it. The fixed one
has 50 µs of rest for it. But short statements cost a row 5 to 15 µs more, and so in a second both
do about as many: more than the fixed one does on a fast machine (8 µs for a row) it never does."""
MOST_ROWS = 200_000
_GROWTH = 2.0
_EASE = 0.6
_DEAREST = 4
_WORK_SECONDS = 0.0006
_MOST_COST = 0.75
_LEAST_DUTY = 0.005
_DEEPEST = 25
_STEP, _FASTER = 0.01, 0.1


class Mode(enum.StrEnum):
    ADAPTIVE = "adaptive"
    FIXED = "fixed"
    NONE = "none"


class Pressure(enum.IntEnum):
    """What the signals say: go faster, give way, or rest."""

    EASE = 0
    SLOW = 1
    HOLD = 2


@dataclass(frozen=True, slots=True)
class Pacing:
    """How a backfill is paced. ``rows`` and ``pause`` (seconds) count for the mode *fixed*.

    ``batch_seconds`` and ``duty`` (share of the time at work) are the adaptive mode's aims; None
    takes the settings'. ``windows`` are hours of the time zone ``zone``; without any it works
    always. ``vacuum`` has the engine clean the table as it goes.
    """

    mode: Mode = Mode.ADAPTIVE
    rows: int = ROWS
    pause: float = PAUSE
    batch_seconds: float | None = None
    duty: float | None = None
    windows: tuple[Window, ...] = ()
    zone: str = "UTC"
    vacuum: bool = True

    def to_json(self) -> dict[str, Any]:
        """What `parse` reads; defaults are left out."""
        found: dict[str, Any] = {"mode": str(self.mode)}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name != "mode" and value != field.default:
                found[field.name] = (
                    [str(each) for each in value] if field.name == "windows" else value
                )
        return found


@dataclass(frozen=True, slots=True)
class Aims:
    """What a lane aims at: seconds a batch, and the share of the time that it works.

    ``lanes`` is how many share what the backfill may take.
    """

    batch_seconds: float
    duty: float
    most_duty: float
    lanes: int = 1


@dataclass(frozen=True, slots=True)
class Statement:
    """The quickest statement of a batch: its rows, the seconds that it took, and how many of them
    it ``cost`` beside its rows."""

    rows: int
    seconds: float
    cost: float


def parse(value: Pacing | Mapping[str, Any] | str | None) -> Pacing:
    """The pacing that ``value`` tells: a mode, or its fields by name. Raises Refused."""
    if isinstance(value, Pacing):
        return value
    if not isinstance(value, str | Mapping | None):
        raise Refused("backfill_pacing_type", value=f"{value!r:.80}")
    given = {"mode": value} if isinstance(value, str) else dict(value or {})
    known = {field.name for field in fields(Pacing)}
    for name in given:
        if name not in known:
            raise Refused(
                "backfill_pacing_unknown", field=str(name), known=", ".join(sorted(known))
            )
    hours = given.get("windows", ())
    if isinstance(hours, str) or not isinstance(hours, Iterable):
        raise Refused("backfill_windows", value=f"{hours!r:.80}")
    try:
        mode = Mode(given.get("mode", Mode.ADAPTIVE))
    except ValueError:
        raise Refused(
            "backfill_pacing_mode", mode=str(given["mode"]), known=", ".join(Mode)
        ) from None
    return Pacing(
        mode=mode,
        rows=int(_number("rows", given.get("rows", ROWS), 1, MOST_ROWS)),
        pause=_number("pause", given.get("pause", PAUSE), 0, 3600),
        batch_seconds=_optional("batch_seconds", given.get("batch_seconds"), 0.001, 10),
        duty=_optional("duty", given.get("duty"), _LEAST_DUTY, 1),
        windows=tuple(each if isinstance(each, Window) else windows.parse(each) for each in hours),
        zone=_zone(given.get("zone", "UTC")),
        vacuum=bool(given.get("vacuum", True)),
    )


def stored(value: Mapping[str, Any]) -> Pacing:
    """The pacing that is kept as ``value``, by whatever clock: the zone of its hours may be one
    that this machine does not know."""
    return replace(parse({**value, "zone": "UTC"}), zone=str(value.get("zone", "UTC")))


def changed(before: Pacing, value: Pacing | Mapping[str, Any] | str) -> Pacing:
    """``before`` with what ``value`` names; a `Pacing` names everything. Raises Refused."""
    if isinstance(value, Pacing):
        return value
    given = {"mode": value} if isinstance(value, str) else dict(value)
    return parse({**before.to_json(), **given})


def size(
    pacing: Pacing, aims: Aims, before: int, rows: int, seconds: float, cost: float = 0.0
) -> int:
    """Rows of the next batch, after one of ``before`` whose ``rows`` took ``seconds``.

    At most twice as many as before, at least half; one slow batch halves it, and others make up.
    ``cost`` is what a batch takes beside its rows: where that is more than the aim, on a machine
    that is slow or busy, the aim follows it for a while, or there would be nothing but cost.
    """
    if pacing.mode is Mode.FIXED:
        return pacing.rows
    if rows < before / 2:  # the rest of a range tells nothing
        return fitted(pacing, before)
    most = before * _GROWTH
    aim = max(aims.batch_seconds, min(cost, _DEAREST * aims.batch_seconds))
    wished = rows * aim / seconds if seconds > 0 else most
    if wished < most:
        wished = before + _EASE * (max(wished, before / _GROWTH) - before)
    return max(1, min(round(min(wished, most)), most_rows(pacing)))


def part(pacing: Pacing, quickest: Statement) -> int:
    """Rows of a statement, after a batch with this ``quickest`` one; 0 for all in one.

    Who wants the CPU that a statement of the backfill has waits for the end of its time slice,
    some 3 ms on Linux, or of the statement. So its rows take as long as people don't notice, or as
    it costs beside them, which is 0.2 ms near the server and more over a network or with triggers.
    Those that waited for the CPU themselves don't count, or statements would be shortest, and cost
    most, where the machine has least to give. Row locks are another matter, and last for the batch.
    """
    if pacing.mode is not Mode.ADAPTIVE or quickest.rows < 1 or quickest.seconds <= 0:
        return 0
    cost = min(quickest.cost, _MOST_COST * quickest.seconds)
    row = (quickest.seconds - cost) / quickest.rows
    return max(1, round(max(_WORK_SECONDS, cost) / row))


def closed(pacing: Pacing, now: datetime) -> tuple[float, dict[str, str]]:
    """Seconds from ``now`` until it may work, 0 where it may, and what to say of its hours."""
    here = now.astimezone(ZoneInfo(pacing.zone))
    seconds = windows.seconds_until_open(pacing.windows, here)
    return seconds, {
        "windows": ", ".join(map(str, pacing.windows)),
        "zone": pacing.zone,
        "opens": f"{windows.later(here, seconds):%H:%M}",
    }


def fitted(pacing: Pacing, rows: int) -> int:
    """A batch of ``rows`` as the mode allows it."""
    return pacing.rows if pacing.mode is Mode.FIXED else min(rows, most_rows(pacing))


def most_rows(pacing: Pacing) -> int:
    """The largest batch."""
    return ROWS if pacing.mode is Mode.ADAPTIVE else MOST_ROWS


def period(pacing: Pacing, aims: Aims, duty: float, rows: int, seconds: float) -> float:
    """Seconds from the beginning of a batch, whose ``rows`` took ``seconds``, to the next one's.

    An adaptive lane works at most ``duty`` of the time, and with all lanes does as many rows as
    the fixed pacing, 10,000 rows and then 500 ms, would: the same amount in crumbs (see
    `ROW_SECONDS`). What a batch costs beside its rows is part of the rest.
    """
    if pacing.mode is Mode.NONE:
        return 0.0
    if pacing.mode is Mode.FIXED:
        return seconds + pacing.pause * aims.lanes
    return max(
        seconds / duty,
        seconds + rows * REST_SECONDS * aims.lanes,
        rows * ROW_SECONDS * aims.lanes,
    )


def first_duty(aims: Aims) -> float:
    """The share of the time at which a lane begins."""
    return max(_LEAST_DUTY, aims.duty) / aims.lanes


def duty(before: float, aims: Aims, pressure: Pressure) -> float:
    """The share after a look at the signals: a little more when all is well, else half.

    ``before`` is the share that was allowed; where something suffers, the one that was used.
    """
    least, most = (max(_LEAST_DUTY, each) / aims.lanes for each in (0, aims.most_duty))
    before = min(max(before, least), most)
    if pressure is not Pressure.EASE:
        return max(least, first_duty(aims) / _DEEPEST, before / 2)
    return min(before + max(_STEP / aims.lanes, _FASTER * before), most)


def _number(name: str, value: Any, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        raise Refused(
            "backfill_pacing_number", field=name, value=str(value), least=least, most=most
        )
    return value


def _optional(name: str, value: Any, least: float, most: float) -> float | None:
    return None if value is None else _number(name, value, least, most)


def _zone(name: Any) -> str:
    try:
        ZoneInfo(str(name))
    except (KeyError, ValueError, OSError):
        raise Refused("backfill_zone_unknown", zone=str(name)) from None
    return str(name)

"""What README and docs show. A new picture is one line here, and `make screenshots`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.browser.modes import DARK, LIGHT, PHONE, Mode

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "images"
MOST_BYTES = 150_000


@dataclass(frozen=True, slots=True)
class Picture:
    """``page`` is an address, or a name that the story gives one. ``last`` ends the picture: the
    first element that matches is the last one on it."""

    page: str
    mode: Mode = LIGHT
    last: str = "#main"


PICTURES: Mapping[str, Picture] = {
    "overview": Picture("/admin/zdt_core/overview/", last="[data-part=processes]"),
    "deployment": Picture("deployment", last=".zdt-charts"),
    "deployment-dark": Picture("deployment", DARK, last=".zdt-charts"),
    "deployment-phone": Picture("deployment", PHONE, last="[data-part=actions]"),
    "comparison": Picture("comparison", last="#zdt-beside"),
    "rolled-back": Picture("rolled back", last=".zdt-charts"),
    "backfill": Picture("backfill", last="[data-part=lanes]"),
    "schema-change": Picture("schema change", last="[data-part=gate]"),
    "fleet": Picture("/admin/zdt_core/process/", last=".zdt-rows"),
    "flags": Picture("/admin/zdt_flags/flag/", last="#changelist"),
    "audit": Picture("/admin/zdt_audit/entry/", last="#changelist"),
}

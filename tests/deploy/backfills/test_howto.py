"""docs/how-to/backfills.md tells the settings as they are."""

import re
from pathlib import Path

import pytest

from zdt_deploy.backfills import pacing
from zdt_deploy.backfills.conf import BackfillSettings, conf

PAGE = (Path(__file__).parents[3] / "docs" / "how-to" / "backfills.md").read_text()
TOLD = re.findall(r"`ZDT_(BACKFILL_\w+)` \(([\d.,]+)\b", PAGE)
UNITS = {
    "BACKFILL_BATCH_SECONDS": (1000, "ms"), "BACKFILL_UNTHROTTLED_SECONDS": (1000, "ms"),
    "BACKFILL_DUTY": (100, "%"), "BACKFILL_DUTY_MOST": (100, "%"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), TOLD)
def test_a_default_is_what_the_page_says(name, value):
    assert getattr(conf, name) == float(value.replace(",", ""))


@pytest.mark.parametrize("name", UNITS)
def test_an_aim_is_told_in_a_unit_of_people(name):
    factor, unit = UNITS[name]
    value = getattr(conf, name) * factor

    assert re.search(rf"\b{value:g} {unit}[^|]{{0,40}}\(`ZDT_{name}`\)", PAGE)


def test_every_setting_is_on_the_page():
    names = {name for name in vars(BackfillSettings) if name.startswith("BACKFILL_")}

    assert {name for name in names if f"ZDT_{name}" not in PAGE} == set()


def test_each_time_is_forty_five_million_rows_at_the_rate_beside_it():
    rows = re.findall(r"^\| `\w+`[^|]*\| ([\d,]+) \| (\d+) min \|", PAGE, re.M)

    assert len(rows) == 4
    for rate, minutes in rows:
        assert round(45_000_000 / int(rate.replace(",", "")) / 60) == int(minutes)
    assert round(45_000_000 / (pacing.ROWS / pacing.PAUSE) / 60) == 38
    assert round(45_000_000 * pacing.ROW_SECONDS / 60) == 44

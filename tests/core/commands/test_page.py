"""docs/how-to/command-line.md says what each command's JSON object holds."""

import io
import json
import re
from contextlib import suppress
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.core.factories import ProcessFactory
from tests.deploy.factories import BackfillFactory, DeploymentFactory
from tests.flags.factories import FlagFactory
from zdt_deploy import backfills
from zdt_deploy.backfills import declarations

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "command-line.md"
ROWS = dict(re.findall(r"^\| (`zdt_.*?) \| (`.*?) \|$", PAGE.read_text(), re.M))
TYPED = {
    "`zdt_deployment list`": "zdt_deployment list",
    "`zdt_deployment` and any other word": "zdt_deployment status",
    "`zdt_deployment emergency`, `approve`, `decline`, `review`": (
        "zdt_deployment emergency --by ada --reason x"
    ),
    "`zdt_deployment cost`": "zdt_deployment cost --instances 3",
    "`zdt_deployment advice`": "zdt_deployment advice",
    "`zdt_freeze list`": "zdt_freeze list",
    "`zdt_freeze add`, `end`": "zdt_freeze add peak --reason x",
    "`zdt_drill status`": "zdt_drill status",
    "`zdt_drill history`": "zdt_drill history",
    "`zdt_backfill list`": "zdt_backfill list",
    "`zdt_backfill show`": "zdt_backfill show shop.mails",
    "`zdt_backfill run --dry-run`": "zdt_backfill run shop.totals --dry-run",
    "`zdt_backfill` and any other word": "zdt_backfill pause shop.mails",
    "`zdt_fleet`": "zdt_fleet",
    "`zdt_fleet drain`, `undrain`": "zdt_fleet drain abc",
    "`zdt_fleet forget`": "zdt_fleet forget silent --reason x",
    "`zdt_drain --file FILE`": "zdt_drain --file {folder}/drain",
    "`zdt_drain --instance ID`": "zdt_drain --instance abc",
    "`zdt_flag list`": "zdt_flag list",
    "`zdt_flag set`, `kill`": "zdt_flag kill beta",
    "`zdt_flag delete`": "zdt_flag delete beta",
    "`zdt_audit list`": "zdt_audit list",
    "`zdt_audit export --output FILE`": "zdt_audit export --output {folder}/trail",
    "`zdt_audit protect`": "zdt_audit protect",
    "`zdt_ticker --once`": "zdt_ticker --once",
    "`zdt_doctor`": "zdt_doctor",
    "`zdt_notify list`": "zdt_notify list",
    "`zdt_notify test`": "zdt_notify test",
    "`zdt_token create`": "zdt_token create ci --scope deployments.read",
    "`zdt_token list`": "zdt_token list",
    "`zdt_token revoke`": "zdt_token revoke old --reason x",
    "`zdt_token scopes`": "zdt_token scopes",
}


def test_every_row_is_tried():
    assert set(ROWS) == set(TYPED)


@pytest.mark.django_db
@pytest.mark.parametrize("row", ROWS)
def test_the_object_holds_what_the_page_says(row, settings, tmp_path, monkeypatch):
    settings.ZDT_SERVICE = "shop"
    DeploymentFactory()
    BackfillFactory(name="shop.mails")
    monkeypatch.setattr(declarations, "_declared", declarations.declared())
    backfills.sql("shop.totals", table="shop_order", set={"total": "total"})
    ProcessFactory(instance="abc")
    ProcessFactory.seen(60, instance="silent")
    FlagFactory(name="beta")
    call_command("zdt_token", "create", "old", "--scope", "deployments.read", stdout=io.StringIO())
    out = io.StringIO()
    with suppress(SystemExit):  # the doctor's exit code tells what it found
        call_command(*TYPED[row].format(folder=tmp_path).split(), "--json", stdout=out)

    assert sorted(json.loads(out.getvalue())) == sorted(re.findall(r"`(.*?)`", ROWS[row]))

"""docs/how-to/rollback-drills.md: its commands with a canary that has users, and its figures."""

import re
import shlex
from io import StringIO

import pytest
from django.core.management import call_command

from tests.deploy.drills.stage import Stage
from tests.docs import snippets
from zdt_deploy.drills import operations
from zdt_deploy.drills.conf import DrillSettings, conf
from zdt_deploy.drills.rehearsing import ACTOR

PAGE = snippets.read(snippets.ROOT / "docs" / "how-to" / "rollback-drills.md")
TEXT = PAGE.path.read_text()


def told(word):
    """The command of the page that begins with ``word``."""
    lines = [line for each in PAGE.snippets for line, _ in snippets.commands(each.code)]
    (found,) = [line for line in lines if f"zdt_drill {word}" in line]
    return shlex.split(found)[2:]


@pytest.mark.django_db
def test_its_commands_work():
    stage = Stage()
    operations.announce(stage.id, actor=ACTOR)
    call_command(*told("call-off"), stdout=StringIO())
    assert stage.drill.state == "called_off"

    call_command(*told("start"), stdout=StringIO())
    assert (stage.drill.state, stage.drill.reason) == ("called", "monthly drill")


def test_every_setting_is_on_the_page_with_its_default(settings):
    del settings.ZDT_DRILL_HOURS
    names = [name for name in vars(DrillSettings) if name.startswith("DRILL_")]
    assert [name for name in names if f"ZDT_{name}" not in TEXT] == []

    assert conf.DRILL_HOURS in TEXT
    for name, seconds in re.findall(r"(\d+) s, `ZDT_(DRILL_\w+)`", TEXT):
        assert getattr(conf, seconds) == int(name)
    assert (conf.DRILL_EVERY_DAYS, conf.DRILL_NOTICE_MINUTES) == (30, 15)

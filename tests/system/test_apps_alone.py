"""zdt_flags and zdt_audit work on zdt_core alone, without Django's admin and accounts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.system
PROJECT = Path(__file__).resolve().parents[2]

START = """
import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["zdt_core", "{app}"],
    DATABASES={{"default": {{"ENGINE": "django.db.backends.postgresql", "NAME": "none",
                            "HOST": "/nowhere"}}}},
    MIDDLEWARE=["zdt_flags.FlagsMiddleware"], SECRET_KEY="alone", USE_TZ=True, ZDT_VERSION="1.0",
    RQ_QUEUES=dict.fromkeys(("zdt", "zdt-monitor"), {{
        "URL": "redis://127.0.0.1:1/0", "SERIALIZER": "rq.serializers.JSONSerializer",
    }}),
)
django.setup()
from django.core.management import call_command

call_command("check")
{act}
import sys

for other in ("zdt_flags", "zdt_deploy", "zdt_audit"):
    if other != "{app}":
        assert other not in sys.modules, other + " was imported"
"""

ACTS = {
    "zdt_flags": """
import zdt_flags
from django.template import Context, Engine
from zdt_flags.testing import override_flags

assert zdt_flags.is_enabled("a") is False  # both stores are away
text = "{% load zdt_flags %}{% flag 'a' %}on{% endflag %}"
with override_flags(a=True):
    page = Engine(libraries={"zdt_flags": "zdt_flags.templatetags.zdt_flags"}).from_string(text)
    assert page.render(Context()) == "on"
import zdt_flags.changes, zdt_flags.orders, zdt_flags.views
""",
    "zdt_audit": """
import zdt_audit, zdt_audit.exporting

assert zdt_audit.record.__module__ == "zdt_audit.entries"
""",
}


@pytest.mark.parametrize("app", ACTS)
def test_an_app_starts_without_the_others(app):
    program = START.format(app=app, act=ACTS[app])

    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert run.returncode == 0, run.stderr

"""A flag that one process changes, as seen by others: with a pulse, and forked without one."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

pytestmark = pytest.mark.system
PROJECT = Path(__file__).resolve().parents[2]

SETTINGS = """
from demo.settings import *

DATABASES["default"]["NAME"] = "flags_shop"
ZDT_ENVIRONMENT = "propagation"
ZDT_FLAGS_REFRESH = 0.2
ZDT_FLAGS_TRUTH_EVERY = 1.5
"""

WATCHER = """
import os, sys, time
import django

django.setup()
from zdt_core import pulse
from zdt_flags import is_enabled

pulse.start()
is_enabled("new_checkout_flow")
who = "child" if os.fork() == 0 else "parent"
last = None
while True:
    now = is_enabled("new_checkout_flow", "17")
    if now != last:
        os.write(1, f"{who} {now}\\n".encode())
        last = now
    time.sleep(0.01)
"""


@pytest.fixture
def site(tmp_path):
    (tmp_path / "flags_settings.py").write_text(SETTINGS)
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS flags_shop WITH (FORCE)")
        connection.execute("CREATE DATABASE flags_shop")
        yield {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "flags_settings",
            "PYTHONPATH": f"{tmp_path}:{PROJECT}",
        }
        connection.execute("DROP DATABASE IF EXISTS flags_shop WITH (FORCE)")


def manage(site, *words):
    subprocess.run([sys.executable, "-m", "django", *words], env=site, check=True, timeout=120)


class Watcher:
    """Two processes that tell of each change of the answer."""

    def __init__(self, site):
        self.process = subprocess.Popen(
            [sys.executable, "-c", WATCHER],
            env=site,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        os.set_blocking(self.process.stdout.fileno(), False)
        self.heard = ""

    def hears(self, *lines, within):
        """Wait until both processes have said so, in any order; returns the seconds it took."""
        began = time.monotonic()
        while time.monotonic() < began + within:
            self.heard += (self.process.stdout.read() or b"").decode()
            if sorted(self.heard.splitlines()) == sorted(lines):
                self.heard = ""
                return time.monotonic() - began
            time.sleep(0.01)
        pytest.fail(f"Heard {self.heard!r} within {within} s instead of {lines}.")

    def end(self):
        os.killpg(self.process.pid, 9)
        self.process.wait()
        self.process.stdout.close()


def test_a_change_reaches_other_processes_forked_ones_too(site):
    manage(site, "migrate", "--verbosity", "0")
    manage(site, "zdt_flag", "set", "new_checkout_flow", "--create", "--on", "--percentage", "0")
    watcher = Watcher(site)
    try:
        watcher.hears("parent False", "child False", within=60)

        manage(site, "zdt_flag", "set", "new_checkout_flow", "--allow", "17")
        watcher.hears("parent True", "child True", within=10)

        url = os.environ["DATABASE_URL"]
        with psycopg.connect(url, dbname="flags_shop", autocommit=True) as connection:
            connection.execute("UPDATE zdt_flags_flag SET enabled = false")
        watcher.hears("parent False", "child False", within=15)
    finally:
        watcher.end()

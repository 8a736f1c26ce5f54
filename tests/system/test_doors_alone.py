"""zdt's URLs in a project without zdt_deploy, accounts and the admin: nothing dead or broken."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.system
PROJECT = Path(__file__).resolve().parents[2]

PROGRAM = """
import django
from django.conf import settings
from django.urls import include, path

settings.configure(
    INSTALLED_APPS=["zdt_core"], ROOT_URLCONF=__name__, USE_TZ=True, ZDT_VERSION="1.0",
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "none",
                           "HOST": "/nowhere"}},
    SECRET_KEY="alone", ALLOWED_HOSTS=["testserver"],
    RQ_QUEUES=dict.fromkeys(("zdt", "zdt-monitor"), {
        "URL": "redis://127.0.0.1:1/0", "SERIALIZER": "rq.serializers.JSONSerializer",
    }),
)
django.setup()
urlpatterns = [path("ops/", include("zdt_core.urls"))]
from django.core.management import call_command
from django.test import Client

call_command("check")
client = Client()
assert client.get("/ops/").status_code == 200
assert not [door for door in client.get("/ops/").json()["doors"] if "api" in door]
assert client.get("/ops/api/deployments/").status_code == 404
from zdt_core.access import scopes

assert [scope.name for scope in scopes.known()] == ["metrics.read"]

from django.http import HttpResponse
from zdt_core.access import secret, token_required

@token_required("metrics.read")
def view(request): return HttpResponse("in")

urlpatterns.append(path("view/", view))
answer = client.get("/view/", headers={"Authorization": "Bearer " + secret.mint().text})
assert (answer.status_code, answer.json()["code"]) == (503, "database_away"), answer.content
assert client.get("/view/").status_code == 401
"""


def test_the_doors_open_without_the_other_apps_and_without_postgresql() -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert run.returncode == 0, run.stderr

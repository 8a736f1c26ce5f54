"""A site as `startproject` makes it, with or without zdt, called through WSGI in this process."""

from __future__ import annotations

import io
import os
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import django
from django.conf import settings
from django.http import HttpResponse
from django.urls import path

from demo.services import Services

BARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ZDT = [
    "zdt_core.health.HealthMiddleware",
    "zdt_core.drain.DrainMiddleware",
    "zdt_core.metering.MeteringMiddleware",
    "zdt_deploy.canary.CanaryMiddleware",
]

Handler = Callable[[dict[str, Any], Callable[..., Any]], Any]

urlpatterns = [path("", lambda request: HttpResponse("fine"))]


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser's cookies on the bare site, and those that zdt has given it on ours."""

    bare: str
    zdt: str


def set_up(services: Services) -> None:
    """Configure Django and create the tables. Call it once and before anything else."""
    os.environ["DATABASE_URL"] = services.database_url
    import environ

    settings.configure(
        SECRET_KEY="benchmark-only-" + secrets.token_hex(32),
        ALLOWED_HOSTS=["localhost"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        MIDDLEWARE=BARE,
        DATABASES={"default": environ.Env().db_url("DATABASE_URL")},
        RQ_QUEUES={name: {"URL": services.redis_url} for name in ("zdt", "zdt-monitor")},
        ZDT_VERSION="1.0",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django_rq",
            "zdt_core",
            "zdt_deploy",
        ],
    )
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def handler(*, with_zdt: bool) -> Handler:
    from django.core.handlers.wsgi import WSGIHandler

    settings.MIDDLEWARE = ZDT + BARE if with_zdt else BARE
    return WSGIHandler()


def split() -> None:
    """Apply a canary at 10 %, as a router that has read one."""
    import time

    from zdt_deploy.canary.router import router
    from zdt_deploy.canary.routing import Route

    route = Route.of(stable="1.0", canary="2.0", percentage=10, epoch=1, deployment="d")
    router.take(route, time.monotonic())


def visitors() -> dict[str, Visitor]:
    """Signed in, anonymous but known, and on a first visit."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    from zdt_deploy.canary.cookies import jar

    client = Client()
    user = get_user_model().objects.create_user("someone")
    client.force_login(user)
    session = f"sessionid={client.cookies['sessionid'].value}"
    known, stranger = jar().issue(str(user.pk)), jar().issue()
    return {
        "signed_in": Visitor(
            session, f"{session}; zdt_id={known.cookie}; zdt_bucket={known.bucket}"
        ),
        "anonymous": Visitor("", f"zdt_id={stranger.cookie}; zdt_bucket={stranger.bucket}"),
        "first_visit": Visitor("", ""),
    }


def serve(site: Handler, cookie: str, requests: int) -> None:
    for _ in range(requests):
        response = site(_environ(cookie), _ignore)
        for _part in response:
            pass
        response.close()


def _ignore(status: str, headers: Any, trouble: Any = None) -> None:
    if status != "200 OK":
        raise RuntimeError(f"The site answered {status}.")


def _environ(cookie: str) -> dict[str, Any]:
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101",
        "HTTP_ACCEPT": "text/html,application/xhtml+xml",
        "HTTP_ACCEPT_LANGUAGE": "en",
        "HTTP_ACCEPT_ENCODING": "gzip, br",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    return environ | {"HTTP_COOKIE": cookie} if cookie else environ

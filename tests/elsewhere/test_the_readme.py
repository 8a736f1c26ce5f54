"""Someone follows README.md in a new project, and reality does what it says."""

from __future__ import annotations

import http.cookiejar
import itertools
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.elsewhere import readme
from tests.elsewhere.place import Project, free_port

pytestmark = [pytest.mark.system, pytest.mark.long]

SETS = [readme.APPS, *((app,) for app in readme.APPS)]
SHORT = (
    "--steps",
    "50,100",
    "--bake",
    "4s",
    "--interval",
    "2s",
    "--minimum-sample",
    "40",
    "--set",
    "judge=thresholds",
)
VIEW = """
from django.conf import settings
from django.http import HttpResponse


def home(request):
    if settings.ZDT_VERSION == "2.0":
        raise RuntimeError("a planted fault")
    return HttpResponse(settings.ZDT_VERSION)
"""
MOUNT = """
from shop.home import home

urlpatterns = [*urlpatterns, path("", home)]
"""


def words(apps: tuple[str, ...]) -> str:
    return "all of them" if apps == readme.APPS else f"{apps[0]} alone"


@pytest.mark.parametrize("apps", SETS, ids=words)
def test_its_settings_are_right_and_nothing_is_dead(
    apps: tuple[str, ...], new_project: Callable[[], Project]
) -> None:
    project = new_project()
    project.follow_the_readme(apps)

    assert "no issues" in project.manage(*readme.command("check"))
    told = project.manage("check", "--deploy")
    assert set(re.findall(r"\(([a-z_]+\.[A-Z]\d+)\)", told)) <= DJANGOS_OWN
    project.manage(*readme.command("migrate"))
    assert "No changes detected" in project.manage("makemigrations", "--check", "--dry-run")
    assert "no issues" in project.manage("check", "--database", "default")

    seen = project.inspect()

    assert ("/admin/zdt_flags/flag/" in seen) is ("zdt_flags" in apps)
    assert ("/admin/zdt_deploy/deployment/" in seen) is ("zdt_deploy" in apps)
    assert ("/admin/zdt_audit/entry/" in seen) is ("zdt_audit" in apps)


DJANGOS_OWN = {f"security.W{number:03}" for number in range(30)}


@pytest.mark.parametrize("apps", [SETS[0], ("zdt_deploy",)], ids=words)
def test_a_bad_release_goes_back_and_a_good_one_reaches_everybody(
    apps: tuple[str, ...], new_project: Callable[[], Project]
) -> None:
    project = new_project()
    project.follow_the_readme(apps)
    project.append(project.folder / "shop" / "home.py", VIEW)
    project.append(project.urls, MOUNT)
    project.manage(*readme.command("migrate"), "-v0")
    pools = {release: project.web(release) for release in ("1.0", "2.0", "2.1")}
    for name in ("zdt_worker", "zdt_ticker"):
        project.start("python", "manage.py", *readme.command(name))
    edge = free_port()
    project.start("python", "manage.py", "zdt_edge", "--listen", f"127.0.0.1:{edge}", *(
        word for release, port in pools.items()
        for word in ("--pool", f"{release}=127.0.0.1:{port}")
    ))  # fmt: skip
    project.eventually(lambda: live(project) >= 6, "everybody to be live")
    start = readme.command("zdt_deployment start")
    status = readme.command("zdt_deployment status")

    with visitors(f"http://127.0.0.1:{edge}/") as served:
        project.eventually(lambda: "1.0" in served, "a served visitor")
        project.manage(*start, *SHORT)
        project.manage("zdt_deployment", "wait", "--timeout", "60s", code=1)
        assert "rolled back" in project.manage(*status)

        good = ["2.1" if word == "2.0" else word for word in start]
        project.manage(*good, *SHORT)
        project.manage("zdt_deployment", "wait", "--timeout", "60s")
        project.eventually(lambda: only(served, "2.1"), "nobody on another release than 2.1")
    if "zdt_audit" in apps:
        assert "rolled_back" in project.manage("zdt_audit", "export")


def only(served: set[str], release: str) -> bool:
    """Whether the visitors of the next moments see this release alone; some were under way."""
    served.clear()
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline and served <= {release}:
        time.sleep(0.05)
    return served == {release}


def live(project: Project) -> int:
    return len(re.findall(r"\blive\b", project.manage(*readme.command("zdt_fleet"))))


@contextmanager
def visitors(url: str) -> Iterator[set[str]]:
    """A hundred people who come again and again; what they were served, without what failed."""
    served: set[str] = set()
    over = threading.Event()

    def visit() -> None:
        for person in itertools.cycle([_browser() for _ in range(100)]):
            with suppress(urllib.error.URLError, OSError):  # the planted fault
                served.add(person.open(url, timeout=5).read().decode())
            if over.wait(0.005):
                return

    thread = threading.Thread(target=visit)
    thread.start()
    try:
        yield served
    finally:
        over.set()
        thread.join()


def _browser() -> urllib.request.OpenerDirector:
    jar = http.cookiejar.CookieJar()
    return urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar)
    )

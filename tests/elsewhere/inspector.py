"""Looks at every admin page of the project it lies in, and works with flags and deployments.

    python inspector.py [SITE ...]

as a superuser, on each named AdminSite. It ends with an error where a page answers 400 or above,
raises, or a button does nothing. The project's own Python runs it: nothing of the checkout is here.
"""

from __future__ import annotations

import os
import sys
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
django.setup()

from django.apps import apps  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

VARIANTS = 3
"""How many query strings of one address are followed."""

OURS = ("zdt_core", "zdt_flags", "zdt_deploy", "zdt_audit")


class Page(HTMLParser):
    """The links and the forms of a page."""

    def __init__(self, address: str, text: str) -> None:
        super().__init__()
        self.address = address
        self.links: list[str] = []
        self.forms: list[dict] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        given = dict(attributes)
        if tag == "a" and given.get("href"):
            self.links.append(urldefrag(urljoin(self.address, given["href"]))[0])
        elif tag == "form":
            target = urljoin(self.address, given.get("action") or self.address)
            self.forms.append({"action": target, "fields": {}})
        elif tag == "input" and self.forms and given.get("name"):
            checked = given.get("type") not in ("checkbox", "radio") or "checked" in given
            if checked and given.get("type") != "submit":
                self.forms[-1]["fields"][given["name"]] = given.get("value") or ""


class Inspector:
    def __init__(self, site: str) -> None:
        self.site = site
        self.client = Client(SERVER_NAME="localhost")
        self.client.force_login(get_user_model().objects.get(is_superuser=True))
        self.seen: dict[str, int] = {}

    def url(self, name: str, *arguments: object) -> str:
        return reverse(f"admin:{name}", args=arguments, current_app=self.site)

    def open(self, address: str):
        return self.client.get(*self._parts(address))

    def send(self, form: dict, **fields: str) -> None:
        answer = self.client.post(self._parts(form["action"])[0], form["fields"] | fields)
        assert answer.status_code == 302, f"{form['action']}: {answer.status_code}"

    def page(self, address: str) -> Page:
        answer = self.open(address)
        assert answer.status_code == 200, f"{address}: {answer.status_code}"
        return Page(address, answer.content.decode())

    def crawl(self) -> None:
        """Open everything that is linked from the site's index."""
        waiting = [(self.url("index"), "the start")]
        while waiting:
            address, source = waiting.pop(0)
            if not self._worth_a_look(address):
                continue
            answer = self.open(address)
            where = f"{address}, linked from {source}"
            assert answer.status_code < 400, f"{answer.status_code} at {where}"
            if answer.status_code >= 300:
                waiting.append((urljoin(address, answer["Location"]), address))
            elif "html" in answer["Content-Type"]:
                links = Page(address, answer.content.decode()).links
                waiting += [(link, address) for link in links]

    def _worth_a_look(self, address: str) -> bool:
        parts = urlsplit(address)
        outside = parts.netloc not in ("", "localhost") or parts.scheme not in ("", "http")
        inside = any(f"/{app}/" in parts.path for app in OURS) or address == self.url("index")
        if outside or not inside or "_changelist_filters" in parts.query:
            return False
        key = parts.path + ("?" if parts.query else "")
        if address in self.seen or self.seen.get(key, 0) >= VARIANTS:
            return False
        self.seen[address] = 1
        self.seen[key] = self.seen.get(key, 0) + 1
        return True

    def _parts(self, address: str) -> tuple[str, dict]:
        """The path as the server gets it from a proxy that strips the prefix, and the query."""
        parts = urlsplit(address)
        prefix = settings.FORCE_SCRIPT_NAME or ""
        assert parts.path.startswith(prefix), f"{address} lacks the prefix {prefix}"
        return parts.path.removeprefix(prefix), dict(parse_qsl(parts.query))

    def change_a_flag(self) -> None:
        flag = apps.get_model("zdt_flags", "Flag").objects.get(name="gift_cards")
        enabled = flag.enabled
        form = self._form(self.url("zdt_flags_flag_change", flag.pk), "post")
        form["fields"].pop("enabled", None)
        self.send(form, **({} if enabled else {"enabled": "on"}), _save="1", reason="a try")
        flag.refresh_from_db()
        assert flag.enabled is not enabled, "the flag was not changed"

    def pause_and_resume(self) -> None:
        deployment = apps.get_model("zdt_deploy", "Deployment").objects.get()
        page = self.url("zdt_deploy_deployment_change", deployment.pk)
        for name, paused in (("pause", True), ("resume", False)):
            self.send(self._form(page, f"/do/{name}/"), reason="a try", confirmed="1")
            deployment.refresh_from_db()
            assert (deployment.state == "paused") is paused, f"{name} left it {deployment.state}"

    def _form(self, address: str, wanted: str) -> dict:
        forms = self.page(address).forms
        if wanted == "post":
            found = [form for form in forms if "csrfmiddlewaretoken" in form["fields"]
                     and "logout" not in form["action"] and len(form["fields"]) > 2]  # fmt: skip
        else:
            found = [form for form in forms if form["action"].endswith(wanted)]
        assert found, f"{address} has no form for {wanted}"
        return found[0]


def furnish() -> None:
    """A superuser, and something to see in every app that is here."""
    user = get_user_model()
    if not user.objects.filter(is_superuser=True).exists():
        names = {"email": "olga@example.com"}
        user.objects.create_superuser(**{user.USERNAME_FIELD: "olga"} | names, password="olga")
    if apps.is_installed("zdt_flags"):
        call_command("zdt_flag", "set", "gift_cards", "--create", "--on", "--percentage", "5")
    if apps.is_installed("zdt_deploy") and not _deployments().exists():
        process = apps.get_model("zdt_core", "Process")
        for number, release in enumerate(("1.0", "2.0")):
            process.objects.create(
                instance=f"{number:012x}", role="web", release=release, service="default",
                environment="production", region="default", track="", host="web-1", pid=number,
            )  # fmt: skip
        call_command("zdt_deployment", "start", "2.0", "--from", "1.0", "--reason", "a try")
        _deployments().update(state="observing", step_arrived=True)


def _deployments():
    return apps.get_model("zdt_deploy", "Deployment").objects


def main(sites: list[str]) -> None:
    furnish()
    for site in sites or ["admin"]:
        inspector = Inspector(site)
        inspector.crawl()
        if apps.is_installed("zdt_flags"):
            inspector.change_a_flag()
        if apps.is_installed("zdt_deploy"):
            inspector.pause_and_resume()
        inspector.crawl()
        print(f"{site}: {len(inspector.seen)} addresses")
        for address in inspector.seen:
            print(address)


if __name__ == "__main__":
    main(sys.argv[1:])

"""The system's Chromium, and an eye for every complaint of a page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.modes import Mode
from tests.browser.site import NAME, PASSWORD

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking",
           "--disable-component-update")  # fmt: skip
PATIENCE_MS = 20_000
MEASURE = """() => {
    const outside = new Set();
    for (const part of document.querySelectorAll(".zdt-part")) {
        const edge = part.getBoundingClientRect().right + 1;
        for (const each of part.querySelectorAll("*:not(.zdt-scroll *, .visually-hidden, svg *)")) {
            const box = each.getBoundingClientRect();
            if (box.width && box.right > edge) outside.add(`${each.localName}.${each.className}`);
        }
    }
    return [document.documentElement.scrollWidth, [...outside].slice(0, 5)];
}"""


def program() -> str | None:
    """The path of the system's Chromium."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


@contextmanager
def launched() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=list(OPTIONS))
        yield browser
        browser.close()


def sign_in(browser: Browser, url: str) -> Any:
    """Sign the operator in as people do; the cookies, for other windows."""
    context = browser.new_context(base_url=url)
    page = context.new_page()
    page.goto("/admin/login/?next=/admin/")
    page.fill("#id_username", NAME)
    page.fill("#id_password", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_url("**/admin/")
    cookies = context.storage_state()
    context.close()
    return cookies


@contextmanager
def window(
    browser: Browser, url: str, cookies: Any, mode: Mode, **options: Any
) -> Iterator[Window]:
    """A window of a signed-in operator in some mode."""
    context = browser.new_context(
        base_url=url, storage_state=cookies, color_scheme=mode.scheme,
        viewport={"width": mode.width, "height": 900}, java_script_enabled=mode.scripts,
        reduced_motion="reduce", locale=mode.language, **options,
    )  # fmt: skip
    context.set_default_timeout(PATIENCE_MS)
    try:
        yield Window(context, mode)
    finally:
        context.close()


class Window:
    """One page, and what the browser has complained of since the last `open`."""

    def __init__(self, context: BrowserContext, mode: Mode) -> None:
        self.context, self.mode = context, mode
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self._note(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self._note(f"error: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)

    def open(self, path: str) -> list[str]:
        """Load a page; what is wrong with it as a browser sees it."""
        self.complaints = []
        self.page.goto(path)
        self._measure()
        return list(self.complaints)

    def _measure(self) -> None:
        needs, outside = self.page.evaluate(MEASURE)
        if needs > self.mode.width:
            self._note(f"scrolls sideways: needs {needs} px of {self.mode.width}")
        for text in outside:
            self._note(f"reaches out of its part: {text}")

    def _failed(self, request: Any) -> None:
        if request.failure != "net::ERR_ABORTED":  # a poll that a new page has ended
            self._note(f"failed: {request.url} {request.failure}")

    def _answered(self, response: Any) -> None:
        if response.status >= 400:
            self._note(f"answered {response.status}: {response.url}")

    def _note(self, text: str) -> None:
        self.complaints.append(text)

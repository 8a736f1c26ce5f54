"""One browser and one site for all of these tests, and reasons to skip them on a bare machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import pytest

from tests.browser.site import Site

TOLD = tuple(f"tests.browser.{name}" for name in ("played", "story", "states", "longest"))
NO_PLAYWRIGHT = "Playwright is not installed: python3 dev.py setup browser"
NO_CHROMIUM = "No Chromium on PATH: apt-get install chromium"


@pytest.hookimpl(tryfirst=True)  # before `-m` looks at the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "site" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.long)
            item.add_marker(pytest.mark.system)


@pytest.fixture(scope="package")
def chromium() -> Any:
    """The module; skips where it cannot work."""
    pytest.importorskip("playwright", reason=NO_PLAYWRIGHT)
    from tests.browser import chromium

    if chromium.program() is None:
        pytest.skip(NO_CHROMIUM)
    return chromium


@pytest.fixture(scope="package")
def site(chromium: Any) -> Iterator[Site]:
    with Site() as site:
        site.tell(*TOLD)
        site.serve()
        yield site


@pytest.fixture(scope="package")
def browser(chromium: Any, site: Site) -> Iterator[Any]:
    with chromium.launched() as browser:
        yield browser


@pytest.fixture(scope="package")
def window(chromium: Any, browser: Any, site: Site) -> Callable[..., AbstractContextManager[Any]]:
    """`window(mode)` is a window of the signed-in operator."""
    return partial(chromium.window, browser, site.url, chromium.sign_in(browser, site.url))


@pytest.fixture(scope="package")
def expect(chromium: Any) -> Any:
    """Playwright's, which waits for what is expected; here with the patience of a busy machine."""
    from playwright.sync_api import expect

    expect.set_options(timeout=chromium.PATIENCE_MS)
    return expect


@pytest.fixture(scope="package")
def axe(chromium: Any) -> Any:
    """The module; skips where axe-core is not installed."""
    from tests.browser import axe

    if not axe.is_here():
        pytest.skip(f"axe-core {axe.version()} is not in .tools/npm: {axe.INSTALL}")
    return axe

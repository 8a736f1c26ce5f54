"""Everything by keyboard alone."""

from tests.browser.modes import LIGHT
from tests.browser.site import Site

FOCUSED = "document.activeElement.id"


def tab_to(page, wanted, most=120):
    """Press Tab until the element with the id ``wanted`` has the focus."""
    seen = []
    while page.evaluate(FOCUSED) != wanted:
        assert len(seen) < most, f"{wanted} is not reached; the focus went {seen}"
        page.keyboard.press("Tab")
        seen.append(page.evaluate(FOCUSED))


def test_an_action_is_reached_seen_and_pressed(site: Site, window, expect):
    with window(LIGHT) as looking:
        page = looking.page
        looking.open(site.told["moved"]["keyboard"]["url"])
        tab_to(page, "zdt-do-pause")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        page.keyboard.press("Enter")
        expect(page.locator(".zdt-status")).to_contain_text("paused")


def test_the_dialog_takes_the_focus_and_gives_it_back(site: Site, window):
    with window(LIGHT) as looking:
        page = looking.page
        looking.open(site.told["moved"]["keyboard"]["url"])
        tab_to(page, "zdt-do-rollback")
        page.keyboard.press("Enter")
        inside = "document.activeElement.closest('#zdt-ask-rollback') !== null"
        assert page.evaluate(inside)
        tab_to(page, "zdt-rollback-typed")
        page.keyboard.press("Escape")

        assert not page.is_visible("#zdt-ask-rollback")
        assert page.evaluate(FOCUSED) == "zdt-do-rollback"

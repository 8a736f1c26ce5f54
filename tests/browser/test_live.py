"""A page that stays open keeps itself current, without a reload and without taking words away."""

from tests.browser.modes import LIGHT
from tests.browser.site import Site

MARK = "window.stillTheSame = true"
UNMARKED = "window.stillTheSame === true"


def test_a_deployments_page_moves_when_the_deployment_does(site: Site, window, expect):
    moved = site.told["moved"]["live"]
    with window(LIGHT) as looking:
        page = looking.page
        looking.open(moved["url"])
        page.evaluate(MARK)
        page.fill("#zdt-reason-pause", "half a thought")
        site.manage("zdt_deployment", "pause", moved["id"], "--reason", "coffee")
        expect(page.locator(".zdt-status")).to_contain_text("paused")
        expect(page.locator("[data-part=history]")).to_contain_text("coffee")

        assert page.input_value("#zdt-reason-pause") == "half a thought"
        assert page.evaluate(UNMARKED)
        assert looking.complaints == []


def test_the_overview_follows_too(site: Site, window, expect):
    moved = site.told["moved"]["overview"]
    with window(LIGHT) as looking:
        page = looking.page
        looking.open("/admin/zdt_core/overview/")
        page.evaluate(MARK)
        site.manage("zdt_deployment", "rollback", moved["id"], "--reason", "from the terminal")
        expect(page.locator("[data-part=events]")).to_contain_text("from the terminal")

        assert page.evaluate(UNMARKED)
        assert looking.complaints == []


def test_a_backfills_page_follows_too(site: Site, window, expect):
    with window(LIGHT) as looking:
        page = looking.page
        looking.open(site.told["backfill"])
        page.evaluate(MARK)
        site.manage("zdt_backfill", "pause", "shop.totals", "--reason", "busy once more")
        expect(page.locator("[data-part=history]")).to_contain_text("busy once more")

        assert page.evaluate(UNMARKED)
        assert looking.complaints == []


def test_a_page_that_loses_its_server_says_so_until_it_is_back(site: Site, window, expect):
    with window(LIGHT) as looking:
        looking.open(site.told["deployment"])
        note = looking.page.locator("[data-live-note]")
        looking.context.set_offline(True)
        expect(note).to_be_visible()
        looking.context.set_offline(False)
        expect(note).to_be_hidden()

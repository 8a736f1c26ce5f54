"""Operations that need a second look: the version is typed, with scripts and without."""

from tests.browser.modes import LIGHT, NO_SCRIPTS
from tests.browser.site import Site


def test_the_dialog_takes_the_right_version_alone(site: Site, window, expect):
    with window(LIGHT) as looking:
        page = looking.page
        looking.open(site.told["moved"]["dialog"]["url"])
        page.click("#zdt-do-rollback")
        send = page.locator("#zdt-ask-rollback [type=submit]")
        expect(send).to_be_disabled()
        page.fill("#zdt-rollback-reason", "orders are missing")
        page.fill("#zdt-rollback-typed", "2.1")
        expect(send).to_be_disabled()
        page.fill("#zdt-rollback-typed", "2.0")
        send.click()
        expect(page.locator(".zdt-status")).to_contain_text("back")

        assert "going back from 2.0" in page.inner_text(".messagelist")
        assert looking.complaints == []


def test_without_scripts_the_page_asks_and_says_what_is_wrong(site: Site, window, expect):
    with window(NO_SCRIPTS) as looking:
        page = looking.page
        looking.open(site.told["moved"]["plain"]["url"])
        page.click("#zdt-do-rollback")
        send = "form[data-confirm] [type=submit]"
        page.fill("[name=reason]", "orders are missing")
        page.fill("[name=typed]", "2.1")
        page.click(send)
        expect(page.locator(".errornote")).to_be_visible()
        assert page.input_value("[name=reason]") == "orders are missing"
        page.fill("[name=typed]", "2.0")
        page.click(send)
        expect(page.locator(".messagelist")).to_contain_text("going back from 2.0")

        assert page.url.endswith(site.told["moved"]["plain"]["url"])
        assert looking.complaints == []

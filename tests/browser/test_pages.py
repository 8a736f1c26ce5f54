"""Every page of the console in a real browser, under the strictest policy a host may set."""

import pytest

from tests.browser.modes import DARK, GERMAN, LIGHT, NO_SCRIPTS, SCREEN_DARK
from tests.browser.pages import pages
from tests.browser.site import Site


@pytest.mark.parametrize("mode", [LIGHT, SCREEN_DARK, GERMAN, NO_SCRIPTS], ids=str)
def test_no_page_has_anything_to_complain_of(site: Site, window, mode):
    """No message, no failed request, no breach of the policy, and nothing over the edge."""
    assert complaints(window, mode, pages(site.told)) == {}


@pytest.mark.parametrize("mode", [LIGHT, GERMAN], ids=str)
def test_names_of_any_length_stay_within_the_page(site: Site, window, mode):
    assert complaints(window, mode, site.told["longest"]) == {}


def complaints(window, mode, pages):
    """By page, where there are any."""
    with window(mode) as looking:
        found = {name: looking.open(path) for name, path in pages.items()}
    return {name: said for name, said in found.items() if said}


def test_the_eye_sees_what_is_wrong(site: Site, window):
    """A breach of the policy, a failed answer and an error are complaints."""
    with window(LIGHT) as looking:
        assert "answered 404" in str(looking.open("/admin/nothing-here/"))
        looking.open("/admin/")
        looking.page.evaluate("document.body.setAttribute('style', 'width: 9000px')")
        looking.page.evaluate("setTimeout(() => { throw new Error('boom') })")
        looking.page.wait_for_timeout(50)

    assert "Content Security Policy" in str(looking.complaints)
    assert "boom" in str(looking.complaints)


@pytest.mark.parametrize("mode", [LIGHT, DARK], ids=str)
def test_axe_finds_nothing_grave(site: Site, axe, window, mode):
    """All rules in the light, and in the dark those that ask for colours."""
    only = axe.COLOURS if mode is DARK else ()
    found = {}
    with window(mode, bypass_csp=True) as looking:
        for name, path in pages(site.told).items():
            looking.open(path)
            found[name] = axe.findings(looking.page, whole=not found, only=only)

    assert {name: grave for name, grave in found.items() if grave} == {}

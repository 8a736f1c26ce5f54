"""Every page of the console in a real browser, under the strictest policy a host may set."""

import pytest

from tests.browser.modes import DARK, LIGHT, NO_SCRIPTS, PHONE
from tests.browser.pages import pages
from tests.browser.site import Site


@pytest.mark.parametrize("mode", [LIGHT, DARK, PHONE, NO_SCRIPTS], ids=str)
def test_no_page_has_anything_to_complain_of(site: Site, window, mode):
    """No message, no failed request, no breach of the policy; on a phone nothing sideways."""
    with window(mode) as looking:
        complaints = {name: looking.open(path) for name, path in pages(site.told).items()}

    assert {name: found for name, found in complaints.items() if found} == {}


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

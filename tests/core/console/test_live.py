"""Parts of a page that keep themselves current."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from zdt_core.console.live import Part, fragment


def ask(fingerprint="1", etag="", every=2500):
    request = RequestFactory().get("/", headers={"If-None-Match": etag} if etag else {})
    request.user = AnonymousUser()
    asked = []

    def parts():
        asked.append(True)
        return [Part("status", "", "It stands.")]

    answer = fragment(request, fingerprint, parts, every)
    if answer.status_code == 200:
        answer.render()
    return answer, bool(asked)


def test_a_part_without_change_keeps_its_version():
    assert Part("a", "A", "<p>x</p>").version == Part("a", "A", "<p>x</p>").version
    assert Part("a", "A", "<p>x</p>").version != Part("a", "A", "<p>y</p>").version


def test_a_forms_one_time_token_is_no_change():
    form = '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'.format

    assert Part("a", "", form("one")).version == Part("a", "", form("two")).version


def test_a_fragment_holds_the_parts_and_says_when_to_ask_again():
    answer, _ = ask()

    assert 'data-part="status"' in answer.content.decode()
    assert answer["X-Zdt-Live"] == "2500"


def test_what_the_browser_has_is_not_rendered_again():
    first, _ = ask()
    again, rendered = ask(etag=first["ETag"])

    assert (again.status_code, rendered) == (304, False)


@pytest.mark.parametrize("change", [{"fingerprint": "2"}, {"every": 0}])
def test_another_fingerprint_or_pace_is_rendered(change):
    first, _ = ask()
    again, rendered = ask(etag=first["ETag"], **change)

    assert (again.status_code, rendered) == (200, True)


def test_another_language_is_rendered():
    first, _ = ask()
    with translation.override("de"):
        again, _ = ask(etag=first["ETag"])

    assert again.status_code == 200


def test_scripts_can_read_the_pace_whatever_separates_thousands(settings):
    settings.USE_THOUSAND_SEPARATOR = True
    with translation.override("de"):
        page = render_to_string("zdt_core/console/live.html", {"every": 2500})

    assert 'data-every="2500"' in page

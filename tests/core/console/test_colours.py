"""The strip that says which environment this is."""

import pytest

from zdt_core import conf
from zdt_core.console.colours import colour_of


@pytest.mark.parametrize(
    ("environment", "colour"),
    [("production", "red"), ("Staging", "orange"), ("dev", "green"), ("test", "violet"),
     ("eu-3", "grey")],
)  # fmt: skip
def test_known_names_have_their_colour_and_others_are_grey(environment, colour):
    assert colour_of(environment) == colour


def test_a_site_may_choose(settings):
    settings.ZDT_CONSOLE_COLOURS = {"eu-3": "blue", "production": "violet"}

    assert (colour_of("eu-3"), colour_of("production")) == ("blue", "violet")


def test_a_colour_that_does_not_exist_is_a_complaint():
    complaint = conf.declared()["ZDT_CONSOLE_COLOURS"].complaint({"production": "crimson"})

    assert "crimson" in complaint
    assert "red" in complaint


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url",
    ["zdt_core/overview/", "zdt_core/event/", "zdt_core/process/", "zdt_core/run/",
     "zdt_deploy/deployment/", "zdt_deploy/deployment/add/", "zdt_deploy/plan/",
     "zdt_deploy/plan/add/", "zdt_flags/flag/", "zdt_flags/flag/add/", "zdt_audit/entry/"],
)  # fmt: skip
def test_the_strip_is_on_every_page_with_the_word(admin_client, settings, url):
    settings.ZDT_ENVIRONMENT = "production"

    page = admin_client.get(f"/admin/{url}").content.decode()

    assert "zdt-env-red" in page
    assert "zdt_core/console.css" in page
    assert "<strong>production</strong>" in page

"""Panels: rooms on each other's pages."""

import pytest
from django.test import RequestFactory

from zdt_core.console import panels


@pytest.fixture
def place(monkeypatch):
    monkeypatch.setattr(panels, "_panels", {})
    return "somewhere"


def add(place, template, content, **how):
    panels.panel(place, template, f"zdt_core/console/{template}.html", **how)(content)


def shown(place):
    return panels.render(place, RequestFactory().get("/"), None)


def test_panels_come_by_their_order_and_are_named_after_their_template(place):
    for template, order in (("doctor", 60), ("needs", 0), ("events", 40)):
        add(place, template, lambda request, subject: {}, order=order)

    assert [part.name for part in shown(place)] == ["needs", "events", "doctor"]


def test_a_panel_without_content_is_left_out(place):
    add(place, "doctor", lambda request, subject: None)

    assert shown(place) == []


def test_a_panel_that_fails_says_so_and_spares_the_others(place, caplog):
    def fails(request, subject):
        raise RuntimeError("secret detail")

    add(place, "doctor", fails)
    add(place, "events", lambda request, subject: {})
    broken, whole = shown(place)

    assert "could not be read" in broken.body
    assert "secret detail" not in broken.body
    assert "Nothing has been recorded" in whole.body
    assert "zdt_core/console/doctor.html" in caplog.text

"""Panels: what one room shows on another room's page, without either importing the other.

A room registers a panel for a place, such as "deployment"::

    @panels.panel("deployment", _("Evidence"), "zdt_deploy/canary/evidence.html")
    def evidence(request, deployment):
        return {"verdicts": ...}      # None leaves the panel out

The page that owns the place renders them in the order of their registration.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

Content = Callable[[HttpRequest, Any], dict[str, Any] | None]
logger = logging.getLogger("zdt.console")


@dataclass(frozen=True, slots=True)
class Panel:
    title: Any
    template: str
    content: Content


@dataclass(frozen=True, slots=True)
class Rendered:
    title: str
    body: SafeString | str


_panels: dict[str, dict[str, Panel]] = {}


def panel(place: str, title: Any, template: str) -> Callable[[Content], Content]:
    """Register a panel for ``place``; the function takes the request and the place's subject."""

    def register(content: Content) -> Content:
        _panels.setdefault(place, {})[template] = Panel(title, template, content)
        return content

    return register


def render(place: str, request: HttpRequest, subject: Any) -> list[Rendered]:
    """The panels of ``place``. One that fails says so in its place; the page stays usable."""
    return [
        shown
        for each in _panels.get(place, {}).values()
        if (shown := _show(each, request, subject))
    ]


def _show(panel: Panel, request: HttpRequest, subject: Any) -> Rendered | None:
    try:
        content = panel.content(request, subject)
        if content is None:
            return None
        body: SafeString | str = render_to_string(panel.template, content, request)
    except Exception:
        logger.exception("Panel %s could not be shown", panel.template)
        body = _("This part could not be read; see the log. Do not take it for good news.")
    return Rendered(str(panel.title), body)

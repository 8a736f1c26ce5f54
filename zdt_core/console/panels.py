"""Panels: what one room shows on another room's page, without either importing the other.

A room registers a panel for a place, such as "deployment", in its app's `ready`::

    @panels.panel("deployment", _("Evidence"), "zdt_deploy/canary/evidence.html", order=30)
    def evidence(request, deployment):
        return {"verdicts": ...}      # None leaves the panel out

The page that owns the place renders them by their order, then in that of their registration.
A panel is named after its template, and shows itself only to those who may see what it shows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from zdt_core.console.live import Part

Content = Callable[[HttpRequest, Any], dict[str, Any] | None]
logger = logging.getLogger("zdt.console")


@dataclass(frozen=True, slots=True)
class Panel:
    """``wide`` panels take the page's whole width; others stand side by side."""

    title: Any
    template: str
    content: Content
    order: int
    wide: bool

    @property
    def name(self) -> str:
        return PurePosixPath(self.template).stem


_panels: dict[str, dict[str, Panel]] = {}


def panel(
    place: str, title: Any, template: str, *, order: int = 50, wide: bool = True
) -> Callable[[Content], Content]:
    """Register a panel for ``place``; the function takes the request and the place's subject."""

    def register(content: Content) -> Content:
        _panels.setdefault(place, {})[template] = Panel(title, template, content, order, wide)
        return content

    return register


def render(place: str, request: HttpRequest, subject: Any) -> list[Part]:
    """The panels of ``place``. One that fails says so in its place; the page stays usable."""
    in_order = sorted(_panels.get(place, {}).values(), key=lambda panel: panel.order)
    return [shown for each in in_order if (shown := _show(each, request, subject))]


def _show(panel: Panel, request: HttpRequest, subject: Any) -> Part | None:
    try:
        content = panel.content(request, subject)
        if content is None:
            return None
        body: SafeString | str = render_to_string(panel.template, content, request)
    except Exception:
        logger.exception("Panel %s could not be shown", panel.template)
        body = _("This part could not be read; see the log. Do not take it for good news.")
    return Part(panel.name, str(panel.title), body, panel.wide)

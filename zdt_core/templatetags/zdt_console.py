"""Template tags of the console's pages."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django import template
from django.utils import formats, timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from zdt_core.conf import conf
from zdt_core.console.colours import colour_of

register = template.Library()
_typed = re.compile(r"`([^`]+)`")


@register.inclusion_tag("zdt_core/console/environment.html")
def zdt_environment() -> dict[str, Any]:
    """A strip with the environment's name, in its colour."""
    environment = conf.ENVIRONMENT
    return {"environment": environment, "service": conf.SERVICE, "colour": colour_of(environment)}


@register.simple_tag
def zdt_time(moment: datetime | None) -> SafeString | str:
    """A time of today as "12:03:11", another with its day; the title says all of it."""
    if moment is None:
        return "–"
    local = timezone.localtime(moment)
    today = local.date() == timezone.localdate()
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(),
        f"{formats.date_format(local, 'DATE_FORMAT')}, {local:%H:%M:%S %Z}",
        f"{local:%H:%M:%S}" if today else formats.date_format(local, "j M, H:i"),
    )


@register.filter
def thousands(number: float | None) -> str:
    """12345.6 as the language writes it: "12,346" in English."""
    return "–" if number is None else formats.number_format(round(number), force_grouping=True)


@register.filter
def ago(seconds: float) -> str:
    """45 as "45 s ago", 4052 as "67 min ago", 90000 as "25 h ago"."""
    if seconds < 120:
        return _("%d s ago") % round(seconds)
    if seconds < 7200:
        return _("%d min ago") % round(seconds / 60)
    return _("%d h ago") % round(seconds / 3600)


@register.filter
def prose(text: Any) -> SafeString:
    """A sentence as HTML: what stands in `backticks` is something to type."""
    return mark_safe(_typed.sub(r"<code>\1</code>", conditional_escape(text)))  # noqa: S308

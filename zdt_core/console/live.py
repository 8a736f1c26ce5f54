"""Pages that stay current: parts of a page, and the fragment that the browser asks for.

A page renders its parts inside ``data-live="URL"``. `live.js` asks the URL for the same parts
every few seconds and replaces those whose version differs. Most answers are 304, after a look at a
fingerprint. Without JavaScript the page is simply as old as its last load.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.cache import get_conditional_response
from django.utils.safestring import SafeString
from django.utils.translation import get_language

HEADER = "X-Zdt-Live"
"""Milliseconds until the next question; 0 says that nothing will change any more."""

EVERY_MS, SELDOM_MS = 2500, 5000
"""Between two questions of a row's page, while it moves and while it rests."""

STEADY_SECONDS = 10
"""What leaves no trace in the database, such as time itself, is shown again after so long."""

_token = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]*')


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a page that is replaced as a whole. ``spoken`` tells screen readers of changes."""

    name: str
    title: str
    body: SafeString | str
    wide: bool = True
    spoken: bool = False

    @property
    def version(self) -> str:
        """The same for the same content; a form's one-time token does not count."""
        content = _token.sub(r"\1", f"{self.title}\n{self.body}")
        return hashlib.sha256(content.encode()).hexdigest()[:16]


def part(
    request: HttpRequest, template: str, title: Any, content: dict[str, Any], **kind: bool
) -> Part:
    """A part that is named after its ``template``; ``kind`` as in `Part`."""
    name = PurePosixPath(template).stem
    return Part(name, str(title), render_to_string(template, content, request), **kind)


def parts_in(folder: str) -> Callable[..., Part]:
    """`part` for templates of ``folder``, which are told by their names."""

    def in_folder(
        request: HttpRequest, name: str, title: Any, content: dict[str, Any], **kind: bool
    ) -> Part:
        return part(request, f"{folder}/{name}.html", title, content, **kind)

    return in_folder


def status(request: HttpRequest, look: str, badge: Any, sentence: str, alarm: str = "") -> Part:
    """The part "status", which is spoken: ``badge`` with its ``look``, the sentence, an alarm."""
    content = {"look": look, "badge": badge, "sentence": sentence, "alarm": alarm}
    return part(request, "zdt_core/console/status.html", "", content, spoken=True)


def fragment(
    request: HttpRequest, fingerprint: object, parts: Callable[[], Sequence[Part]], every: int
) -> HttpResponseBase:
    """The parts alone; 304 without asking for them where the browser has this ``fingerprint``.

    The fingerprint must differ whenever the parts may; ``every`` is in milliseconds.
    """
    told = f"{get_language()} {request.user.pk} {every} {fingerprint}"
    etag = f'"{hashlib.sha256(told.encode()).hexdigest()[:32]}"'
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged is not None:
        return unchanged
    response = TemplateResponse(request, "zdt_core/console/parts.html", {"parts": parts()})
    response[HEADER], response["ETag"] = str(every), etag
    return response

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

from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.cache import get_conditional_response
from django.utils.safestring import SafeString
from django.utils.translation import get_language

HEADER = "X-Zdt-Live"
"""Milliseconds until the next question; 0 says that nothing will change any more."""

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

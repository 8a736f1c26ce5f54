"""Response headers of the shop: which release served the page, and a strict content policy."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

RELEASE_HEADER = "X-Shop-Release"
POLICY = "default-src 'self'; frame-ancestors 'none'"


def headers_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response[RELEASE_HEADER] = settings.ZDT_VERSION
        response.setdefault("Content-Security-Policy", POLICY)
        return response

    return answer


def release(request: HttpRequest) -> dict[str, str]:
    """Template context: the release that renders the page."""
    return {"release": settings.ZDT_VERSION}

"""The page that Prometheus scrapes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from zdt_core.access import token_required
from zdt_core.access.problems import wrong_method
from zdt_core.metering import collecting, exposition


@token_required("metrics.read")
def metrics(request: HttpRequest) -> HttpResponse:
    """Everything in the table of `zdt_core.metering.families` that can be read now.

    Any process answers for all processes of its region, so one address is scraped, and never each
    process by itself.
    """
    if request.method not in ("GET", "HEAD"):
        raise wrong_method(str(request.method), ("GET", "HEAD"))
    text = exposition.render(collecting.gather())
    return HttpResponse(text, content_type=exposition.CONTENT_TYPE)

"""Does an external service answer? Its status line is enough; the body is not read."""

from __future__ import annotations

from typing import Any

import requests

from zdt_core.conf import conf
from zdt_core.health.outcomes import Unhealthy


def probe(url: str) -> dict[str, Any]:
    """``{"status": 200}``. Raises Unhealthy for 4xx and 5xx, requests.RequestException otherwise.

    Redirects count as an answer and are not followed.
    """
    with requests.get(
        url, timeout=conf.HEALTH_URLS_DEADLINE, stream=True, allow_redirects=False
    ) as response:
        status = response.status_code
    if status >= 400:
        raise Unhealthy("BadStatus", status=status)
    return {"status": status}

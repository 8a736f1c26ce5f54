"""What the backends that speak HTTP share: the call, and what a status means."""

from __future__ import annotations

from typing import Any

from zdt_core import outbound
from zdt_core.notify.errors import Undelivered

MOST_BYTES = 65_536
_TRY_AGAIN = (408, 425, 429)


def post(url: str, payload: Any) -> None:
    """POST ``payload``. Raises Undelivered unless the answer is 2xx; 4xx is final, except where
    it says "later". Raises what `outbound.request` raises."""
    answer = outbound.request("POST", url, json=payload, max_bytes=MOST_BYTES, secret_path=True)
    if answer.ok:
        return
    final = 300 <= answer.status < 500 and answer.status not in _TRY_AGAIN
    raise Undelivered(
        "notify_not_accepted",
        final=final,
        retry_after=_seconds(answer.headers.get("Retry-After")),
        status=answer.status,
        said=answer.body[:200].decode(errors="replace"),
    )


def _seconds(text: str | None) -> float | None:
    """Retry-After in seconds; its other form, a date of the other side's clock, is not read."""
    return float(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else None

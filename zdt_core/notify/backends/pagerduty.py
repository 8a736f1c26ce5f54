"""To PagerDuty's Events API v2: an incident for each key, resolved when the trouble is over.

Source: PagerDuty's manual, "Send an alert event" (limits: dedup_key 255, summary 1024 characters).
"""

from __future__ import annotations

from typing import Any

from zdt_core.notify.backends.base import Backend, Option, http_url
from zdt_core.notify.backends.web import post
from zdt_core.notify.letter import Letter

URL = "https://events.pagerduty.com/v2/enqueue"


def _routing_key(value: str) -> str | None:
    return None if len(value) == 32 and value.isalnum() else "must have 32 letters and digits"


class PagerDuty(Backend):
    """The key is PagerDuty's dedup_key, so that a repetition joins the incident that is open."""

    options = {
        "routing_key": Option(str, required=True, secret=True, complain=_routing_key),
        "url": Option(str, complain=http_url),
    }

    def deliver(self, letter: Letter) -> None:
        event: dict[str, Any] = {
            "routing_key": self.given["routing_key"],
            "event_action": "resolve" if letter.resolved else "trigger",
            "dedup_key": letter.key[:255],
        }
        if not letter.resolved:
            event |= {"client": "zdt", "payload": _payload(letter)}
            if letter.url:
                event["links"] = [{"href": letter.url, "text": "Open in the admin"}]
        post(self.given.get("url", URL), event)


def _payload(letter: Letter) -> dict[str, Any]:
    return {
        "summary": " ".join(letter.text.split())[:1024],
        "source": f"{letter.service} {letter.environment}".strip() or "zdt",
        "severity": letter.severity.value,
        "timestamp": letter.at.isoformat() if letter.at else None,
        "component": letter.service,
        "group": letter.environment,
        "class": letter.kind,
        "custom_details": {
            "why": letter.why,
            "what to do": letter.cure,
            "reference": letter.ref,
            **letter.facts,
        },
    }

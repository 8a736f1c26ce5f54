"""To a Slack-compatible incoming webhook (Slack, Mattermost, Rocket.Chat, Zulip).

Source: Slack's manual, "Sending messages using incoming webhooks": `text` in mrkdwn, with &, < and
> escaped.
"""

from __future__ import annotations

from typing import Any

from zdt_core.notify.backends.base import Backend, Option, http_url
from zdt_core.notify.backends.web import post
from zdt_core.notify.letter import Letter

_MARKS = {"info": ":information_source:", "warning": ":warning:", "critical": ":rotating_light:"}
LONGEST = 3000


class Slack(Backend):
    """A letter is one message; its reference at the end tells a repetition."""

    options = {
        "url": Option(str, required=True, secret=True, complain=http_url),
        "channel": Option(str),
    }

    def deliver(self, letter: Letter) -> None:
        post(self.given["url"], self._payload(letter))

    def _payload(self, letter: Letter) -> dict[str, Any]:
        mark = ":white_check_mark:" if letter.resolved else _MARKS[letter.severity]
        head = f"{mark} *{_escaped(letter.subject)}*"
        text = "\n".join([head, *map(_escaped, letter.lines)])
        chosen = {"channel": self.given["channel"]} if "channel" in self.given else {}
        return {"text": text[:LONGEST], **chosen}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

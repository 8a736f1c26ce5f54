"""By e-mail, through Django's EMAIL_* settings."""

from __future__ import annotations

from typing import Any

from django.core.mail import EmailMessage, get_connection

from zdt_core.notify.backends.base import Backend, Option
from zdt_core.notify.errors import Undelivered
from zdt_core.notify.letter import Letter

SECONDS = 10


def _addresses(value: list[Any]) -> str | None:
    if value and all(isinstance(one, str) and "@" in one for one in value):
        return None
    return "must be a list of e-mail addresses"


class Email(Backend):
    """The reference is the Message-ID, so that mailboxes show a letter that came twice once."""

    options = {
        "to": Option(list, required=True, complain=_addresses),
        "from_email": Option(str),
        "subject_prefix": Option(str),
    }

    def deliver(self, letter: Letter) -> None:
        connection: Any = get_connection()
        if getattr(connection, "timeout", SECONDS) is None:  # EMAIL_TIMEOUT is not set
            connection.timeout = SECONDS
        sent = EmailMessage(
            subject=f"{self.given.get('subject_prefix', '')}{letter.subject}",
            body="\n".join([letter.text, "", *letter.lines]),
            from_email=self.given.get("from_email"),
            to=self.given["to"],
            headers={
                "Message-ID": f"<{letter.ref}@zdt.invalid>",
                "Auto-Submitted": "auto-generated",
            },
            connection=connection,
        ).send()
        if not sent:
            raise Undelivered("notify_mail_not_sent")

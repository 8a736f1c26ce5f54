"""By e-mail, through the site's default mailer (EMAIL_*, or MAILERS from Django 6.1)."""

from __future__ import annotations

from typing import Any

from django.core import mail
from django.core.mail import EmailMessage

from zdt_core.notify.backends.base import Backend, Option
from zdt_core.notify.errors import Undelivered
from zdt_core.notify.letter import Letter

SECONDS = 10


def _addresses(value: list[Any]) -> str | None:
    if value and all(isinstance(one, str) and "@" in one for one in value):
        return None
    return "must be a list of e-mail addresses"


def _connection() -> Any:
    """The default mailer. Django 6.1 has MAILERS, and `get_connection` is deprecated there."""
    mailers = getattr(mail, "mailers", None)
    return mailers.default if mailers else mail.get_connection()


class Email(Backend):
    """The reference is the Message-ID, so that mailboxes show a letter that came twice once."""

    options = {
        "to": Option(list, required=True, complain=_addresses),
        "from_email": Option(str),
        "subject_prefix": Option(str),
    }

    def deliver(self, letter: Letter) -> None:
        connection = _connection()
        if getattr(connection, "timeout", SECONDS) is None:  # EMAIL_TIMEOUT is not set
            connection.timeout = SECONDS
        message = EmailMessage(
            subject=f"{self.given.get('subject_prefix', '')}{letter.subject}",
            body="\n".join([letter.text, "", *letter.lines]),
            from_email=self.given.get("from_email"),
            to=self.given["to"],
            headers={
                "Message-ID": f"<{letter.ref}@zdt.invalid>",
                "Auto-Submitted": "auto-generated",
            },
        )
        if not connection.send_messages([message]):
            raise Undelivered("notify_mail_not_sent")

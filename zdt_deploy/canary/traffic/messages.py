"""What drivers and the agent say of a proxy that does not follow."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zdt_core import messages

SENTENCES = {
    "proxy_unreachable": _(
        "{proxy} did not answer ({error}), so nobody knows which share it applies. Is it running, "
        "and may the agent reach it?"
    ),
    "proxy_refused": _("{proxy} did not take the share: {answer}."),
    "proxy_does_not_apply": _(
        "{proxy} was asked for {wanted}, and applies {found}. Is its configuration that of "
        "`manage.py zdt_traffic_agent configure`, and did its last reload succeed?"
    ),
}

messages.register(SENTENCES)

"""What is said of a proxy that does not follow, by its driver and by a rollback."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zdt_core import messages

SENTENCES = {
    "proxy_unreachable": _(
        "{proxy} did not answer ({error}), so nobody knows which share it applies. Is it running, "
        "and may the agent reach it?"
    ),
    "proxy_refused": _("{proxy} did not take the share: {answer}."),
    "proxy_has_no_pool": _(
        "{proxy} has no servers for {releases}, so whom it should send there it sends elsewhere. "
        "Print its configuration with them (`manage.py zdt_traffic_agent configure --pool …`) and "
        "reload it."
    ),
    "proxy_cannot_roll": _(
        "An orchestrator replaces the processes of a rolling deployment, and {proxy} sends users "
        "to servers by their release. It stays as it is: roll that deployment back, or let your "
        "balancer reach all processes alike."
    ),
    "proxy_file_not_written": _(
        "{path} could not be written ({error}), so a restart of the proxy would bring back an "
        "older share. The agent needs to write in that folder."
    ),
    "proxy_does_not_apply": _(
        "{proxy} was asked for {wanted}, and applies {found}. Is its configuration that of "
        "`manage.py zdt_traffic_agent configure`, and did its last reload succeed?"
    ),
    "proxy_contested": _(
        "{proxy} is found with another share at every look, and set again. Is a second agent "
        "beside it, of another site, service or environment? One of the two has to go."
    ),
    "rollback_not_applied": _(
        "0 % was published {seconds} s ago, and a proxy may still send users to the new release: "
        "{cause} Mend that, then retry."
    ),
    "retreat_not_applied": _(
        "Stable was published for {region} {seconds} s ago, and a proxy may still send users there "
        "to the new release: {cause} Mend that; zdt goes on looking."
    ),
}

messages.register(SENTENCES)

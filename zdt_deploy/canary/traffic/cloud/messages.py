"""What balancers of others answer, and what to do about it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zdt_core import messages

NEED_A_PERSON = frozenset(
    {
        "balancer_denied", "balancer_unknown_caller", "balancer_missing", "balancer_misfit",
        "balancer_rejects", "balancer_without_release", "balancer_without_region",
    }
)  # fmt: skip
"""What no further attempt changes by itself."""

SENTENCES = {
    "balancer_unanswered": _("{balancer} could not be asked ({reason}); it is tried again."),
    "balancer_denied": _(
        "zdt may not do {permission} at {balancer}. Give that permission to whoever runs workers, "
        "tickers and web processes; docs/how-to/balancers.md has the whole list."
    ),
    "balancer_unknown_caller": _(
        "{balancer} does not know who asks ({reason}). Give workers, tickers and web processes the "
        "credentials that docs/how-to/balancers.md names."
    ),
    "balancer_missing": _(
        "{balancer} has no {what}. Is it deleted, or misspelt in ZDT_TRAFFIC or at the balancer?"
    ),
    "balancer_misfit": _(
        "{what} at {balancer} cannot carry a share: {reason}. docs/how-to/balancers.md shows how "
        "it has to look."
    ),
    "balancer_without_release": _(
        "{balancer} is to send everybody to the stable release, and nobody has said which that is. "
        "Start the next deployment with --from."
    ),
    "balancer_without_region": _(
        "Each region has a share of its own now, and {balancer} names none, so nobody can tell "
        "which one it should get. Give it a REGION in ZDT_TRAFFIC, as ZDT_REGION calls it."
    ),
    "balancer_rejects": _("{balancer} rejects the change: {reason}."),
    "balancer_changed_meanwhile": _(
        "Somebody else keeps changing {balancer} at the same time; it is tried again. If this "
        "lasts, let one of the two own its rules."
    ),
    "balancer_group_idle": _(
        "No target of {group} at {balancer} is healthy ({states}), so nobody is sent there yet. "
        "Are the new release's targets registered, and do they answer the health check?"
    ),
    "balancer_not_taken_over": _(
        "{balancer} holds the change, and its controller does not apply it: {reason}."
    ),
    "balancer_does_not_apply": _(
        "{balancer} was asked for {wanted}, took it, and does {found}. Does somebody else change "
        "it, such as Terraform or another controller?"
    ),
    "balancer_unreadable": _("ZDT_TRAFFIC cannot be used: {reason}"),
    "balancer_unasked": _(
        "Nobody has asked {balancer} lately. Are `zdt_worker` and `zdt_ticker` running?"
    ),
    "balancer_behind": _(
        "{balancer} has not applied the new share for {seconds} s. The last answer: {cause}"
    ),
    "balancer_applied": _("It does what is published: {percentage} % on {canary}."),
    "balancer_mended": _(
        "It had come to do something else than what is published, and does that again: "
        "{percentage} % on {canary}. Does somebody else change it, such as Terraform or another "
        "controller?"
    ),
    "balancer_shut": _(
        "The share had lapsed, as no monitor renewed it, so the new release was taken out."
    ),
}

messages.register(SENTENCES)

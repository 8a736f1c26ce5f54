"""What tokens may be allowed to do with checklists; looking is part of "deployments.read"."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zdt_core.access import scopes
from zdt_core.access.scopes import Scope

TICK = "preflight.tick"
WAIVE = "preflight.waive"


def register() -> None:
    """Tell zdt_core about them."""
    scopes.register(
        Scope(
            TICK,
            _("Tick items of checklists, and take ticks and waivers back."),
            ("zdt_deploy.tick_preflight",),
        ),
        Scope(WAIVE, _("Waive items of checklists."), ("zdt_deploy.waive_preflight",)),
    )

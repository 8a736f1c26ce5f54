"""What tokens may be allowed to do with drills; looking is part of "deployments.read"."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zdt_core.access import scopes
from zdt_core.access.scopes import Scope

RUN = "drills.run"


def register() -> None:
    """Tell zdt_core about it."""
    meaning = _("Begin rollback drills, and call them off.")
    scopes.register(Scope(RUN, meaning, ("zdt_deploy.run_drill",)))

"""A form that asks for an operation: what it says, and what it still lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from zdt_core import messages
from zdt_deploy.deployments import page
from zdt_deploy.deployments.confirming import Demand, demand
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.operations import Operation


@dataclass(frozen=True, slots=True)
class Asked:
    """``revision`` is what the person looked at, None where the form has none.

    ``typed`` is None before the person was asked to type, and ``sure`` False before the second
    look. ``suggestion`` is a reason that the monitor offers.
    """

    deployment: Deployment
    demand: Demand
    revision: int | None
    reason: str
    typed: str | None
    sure: bool
    suggestion: str

    @classmethod
    def of(cls, said: Mapping[str, str], deployment: Deployment, operation: Operation) -> Asked:
        verdict = page.newest_verdict(deployment)
        revision = said.get("revision", "")
        typed = said.get("typed")
        return cls(
            deployment,
            demand(operation.event, deployment, well=page.is_well(verdict)),
            int(revision) if revision.isdecimal() and len(revision) < 10 else None,
            said.get("reason", "").strip(),
            None if typed is None else typed.strip(),
            "confirmed" in said or typed is not None,
            page.suggestion(verdict),
        )

    def complaint(self) -> str:
        """Why the form can lead nowhere; "" when it can."""
        if self.revision is None:
            return _("The form is incomplete; load the page again.")
        if self.revision != self.deployment.revision:
            facts = {
                "state": self.deployment.state,
                "revision": self.deployment.revision,
                "expected": self.revision,
            }
            return _("Nothing was changed. %s") % messages.text("stale_revision", facts)
        if self.demand.reason and not self.demand.asks and not self.reason:
            return _("Say why: the reason goes into the record. Nothing was changed.")
        return ""

    @property
    def is_confirmed(self) -> bool:
        """True when nothing more has to be asked."""
        return self.sure and not self.shortcoming()

    def shortcoming(self) -> str:
        """What a person who was asked has not said yet; "" before they were asked."""
        if not self.sure:
            return ""
        if self.demand.typed and self.typed != self.deployment.version:
            return _("Type %s to confirm. Nothing was changed.") % self.deployment.version
        if self.demand.reason and not self.reason:
            return _("Say why: the reason goes into the record. Nothing was changed.")
        return ""

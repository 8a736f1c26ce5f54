"""The form that begins a drill; refusals become form errors."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import State
from zdt_deploy.drills import operations
from zdt_deploy.drills.conf import conf
from zdt_deploy.drills.models import Drill


class DrillForm(forms.Form):
    """Rehearses the rollback of a deployment that is under way."""

    deployment = forms.ModelChoiceField(
        Deployment.objects.none(),
        label=_("Deployment"),
        help_text=_("It goes back to stable, and has to be started again afterwards."),
    )
    reason = forms.CharField(
        max_length=operations.LONGEST_REASON, required=False, label=_("Reason")
    )
    sure = forms.BooleanField(label=_("Everyone is sent back to stable now"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Deployment.objects.filter(
            state=State.OBSERVING.value, environment__in=conf.DRILL_ENVIRONMENTS
        )
        self.fields["deployment"].queryset = rows  # type: ignore[attr-defined]

    def begin(self, actor: Actor) -> Drill | None:
        """The drill; None, with an error on the form, where it is refused."""
        said = self.cleaned_data
        try:
            return operations.start(said["deployment"].pk, actor=actor, reason=said["reason"])
        except Refused as refusal:
            self.add_error(None, str(refusal))
            return None

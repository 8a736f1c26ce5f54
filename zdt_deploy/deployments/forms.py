"""The form that starts a deployment, and the field that holds a plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.forms.fields import InvalidJSONInput
from django.utils.translation import gettext_lazy as _

from zdt_core.conf import conf
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import catalogue, machine
from zdt_deploy.deployments.models import Deployment, Plan
from zdt_deploy.deployments.plans import parse_steps
from zdt_deploy.deployments.states import Strategy
from zdt_deploy.freezes import emergencies
from zdt_deploy.freezes.people import Who


class PlanField(forms.JSONField):
    """JSON that somebody typed: what Python cannot read is no JSON either, such as a number of
    thousands of digits or lists as deep."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except (ValueError, RecursionError):
            facts = {"value": str(value)[:80]}
            raise forms.ValidationError(
                self.error_messages["invalid"], code="invalid", params=facts
            ) from None

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            return super().bound_data(data, initial)
        except (ValueError, RecursionError):
            return InvalidJSONInput(data)


class StartForm(forms.Form):
    """What a person says to start a deployment; refusals of the machine become form errors."""

    version = forms.CharField(
        max_length=40,
        label=_("Version"),
        help_text=_("The new release. At least one process of it must be running."),
    )
    previous_version = forms.CharField(
        max_length=40,
        required=False,
        label=_("From"),
        help_text=_("The stable release, if zdt should not work it out."),
    )
    strategy = forms.ChoiceField(choices=Strategy.choices(), label=_("Strategy"))
    plan = forms.ModelChoiceField(
        Plan.objects.none(), required=False, label=_("Plan"), empty_label=_("the default plan")
    )
    steps = forms.CharField(
        required=False,
        label=_("Steps"),
        help_text=_(
            "Percentages that rise to 100, such as 5,25,50,100; by region like us-east=10:4h,100. "
            "Empty: as planned."
        ),
    )
    reason = forms.CharField(required=False, label=_("Reason"))
    emergency = forms.BooleanField(
        required=False,
        label=_("As an emergency"),
        help_text=_(
            "Only record it. Once another person approves, it passes freezes and skips "
            "observation; it needs a reason."
        ),
    )
    close_window = forms.BooleanField(
        required=False,
        label=_("Close the way back of the deployment before"),
        help_text=_("Only while that one can still be rolled back: it cannot be any more then."),
    )
    typed = forms.CharField(
        max_length=40,
        required=False,
        label=_("To close it, type the new version once more"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plan"].queryset = Plan.objects.all()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("close_window") and said.get("typed") != said.get("version"):
            text = _("Type %s to close the way back of the deployment before.")
            self.add_error("typed", text % said.get("version", ""))
        return said

    def start(self, actor: Actor) -> Deployment | None:
        """Start what the form says; None, with an error on the form, where it is refused."""
        said = self.cleaned_data
        try:
            plan = catalogue.find(said["plan"].name) if said["plan"] else None
            plan = plan or catalogue.default(said["strategy"])
            if said["steps"]:
                plan = replace(plan, steps=parse_steps(said["steps"], plan.steps[0].bake_seconds))
            wanted: dict[str, Any] = {
                "version": said["version"],
                "previous_version": said["previous_version"] or None,
                "environment": conf.ENVIRONMENT,
                "service": conf.SERVICE,
                "plan": plan,
                "reason": said["reason"],
                "close_window": said["close_window"],
            }
            if said["emergency"]:
                return emergencies.start(Who(actor, actor.name), **wanted)
            return machine.start(actor=actor, **wanted)
        except Refused as refusal:
            self.add_error(None, str(refusal))
            return None

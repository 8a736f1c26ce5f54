"""The forms of the flags' admin pages. Each carries the revision that the person was shown."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from zdt_flags.facts import facts_of
from zdt_flags.models import Flag


class ShownRevision(forms.HiddenInput):
    """The revision as a number to read, sent back with the form."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        return format_html("{}{}", value, super().render(name, value, attrs, renderer))


class RevisionForm(forms.ModelForm):
    """``withheld`` names the fields that this person may look at but not change."""

    withheld: tuple[str, ...] = ()
    revision = forms.IntegerField(widget=ShownRevision)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "revision" in self.fields:
            self.fields["revision"].initial = self.instance.revision
        share = self.instance.percentage
        if share is not None:  # 25.000 is read as twenty-five thousand
            self.initial["percentage"] = Decimal(f"{share.normalize():f}")
        for name in self.withheld:
            if name in self.fields:
                self.fields[name].disabled = True

    @property
    def changed_facts(self) -> dict[str, Any]:
        """What the person changed, as `zdt_flags.changes.change` takes it."""
        names = [name for name in self.changed_data if name not in ("name", "reason", "revision")]
        return {name: self.cleaned_data[name] for name in names}


class RowForm(RevisionForm):
    """A row of the list."""

    class Meta:
        model = Flag
        fields = ("enabled", "percentage")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in (self.fields[name] for name in self.Meta.fields if name in self.fields):
            says = f"{field.label}: {self.instance.pk}"
            field.widget.attrs |= {"aria-label": says, "placeholder": _("everyone")}


class Ids(forms.CharField):
    """Ids of users, one a line."""

    widget = forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return set(initial or ()) != set(self.to_python(data))


class FlagForm(RevisionForm):
    """A flag with its lists, and the reason for the change."""

    allow = Ids(
        label=_("Allowed users"), required=False, help_text=_("Ids, one a line: always on.")
    )
    deny = Ids(label=_("Denied users"), required=False, help_text=_("Ids, one a line: always off."))
    reason = forms.CharField(
        label=_("Reason for this change"),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    class Meta:
        model = Flag
        fields = ("name", "enabled", "percentage", "salt", "description", "owner")
        widgets = {"description": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            facts = facts_of(self.instance)
            self.initial.update(allow=facts["allow"], deny=facts["deny"])

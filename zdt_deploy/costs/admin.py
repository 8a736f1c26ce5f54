"""Costs and advice in the admin: one page that is read, and reckons with other figures on demand.

Its form is a GET: nothing changes, and an address with figures may be shared.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zdt_core import messages
from zdt_core.conf import conf
from zdt_core.console.admin import FactsAdmin, page
from zdt_core.exceptions import Refused
from zdt_deploy.costs import report, words
from zdt_deploy.costs.advice import Answer, Verdict
from zdt_deploy.costs.figures import MEANINGS
from zdt_deploy.costs.forms import FiguresForm
from zdt_deploy.costs.report import Report

_VERDICTS = {
    Verdict.PAYS: ("good", gettext_lazy("yes")),
    Verdict.DOES_NOT_PAY: ("bad", gettext_lazy("no")),
    Verdict.NOT_ENOUGH_DATA: ("warn", gettext_lazy("not known")),
}
_ANSWERS = {
    Answer.FOR: ("good", gettext_lazy("for")),
    Answer.AGAINST: ("bad", gettext_lazy("against")),
    Answer.UNKNOWN: ("quiet", gettext_lazy("unknown")),
}


class CostsAdmin(FactsAdmin):
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = FiguresForm(request.GET)
        place, found, refusal = self._place(form), None, ""
        if form.is_valid():
            plan = form.cleaned_data["plan"]
            try:
                found = report.costs(*place, form.given, plan.rules() if plan else None)
                form.show(found.figures)
            except Refused as error:
                refusal = str(error)
        return page(
            self,
            request,
            "zdt_deploy/costs/costs.html",
            title=_("Costs and advice"),
            form=form,
            service=place[1],
            environment=place[0],
            refusal=refusal,
            **(_costs(found) if found else {"costs": []}),
            **_advice(*place),
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        name = "admin:zdt_deploy_costs_changelist"
        return redirect(reverse(name, current_app=self.admin_site.name))

    def _place(self, form: FiguresForm) -> tuple[str, str]:
        said = form.cleaned_data if form.is_valid() else {}
        return (
            said.get("environment") or conf.ENVIRONMENT,
            said.get("service") or conf.SERVICE,
        )


def _costs(found: Report) -> dict[str, Any]:
    return {
        "baseline": words.baseline(found),
        "outage": words.outage(found),
        "costs": [
            {
                "name": words.NAMES[cost.strategy],
                "machines": report.count(cost.instances),
                "month": report.money(cost.month, found.figures),
                "more": report.percent(cost.percent),
                "deployment": report.money(cost.deployment, found.figures),
                "in_a_month": report.money(cost.in_a_month, found.figures),
                "why": words.explained(cost, found),
                "worth": words.worth(worth, found),
            }
            for cost, worth in zip(found.costs, found.worths, strict=True)
        ],
        "figures": [
            {
                "name": name,
                "value": getattr(found.figures, name),
                "source": words.SOURCES[found.sources[name]],
                "means": meaning,
            }
            for name, meaning in MEANINGS.items()
        ],
    }


def _advice(environment: str, service: str) -> dict[str, Any]:
    verdict, _facts, findings = report.advise(environment, service)
    look, word = _VERDICTS[verdict]
    return {
        "look": look,
        "word": word,
        "sentence": messages.text(f"advice_{verdict.value}"),
        "arguments": [
            {
                "look": _ANSWERS[found.answer][0],
                "word": _ANSWERS[found.answer][1],
                "sentence": messages.text(found.code, found.params),
            }
            for found in findings
        ],
    }

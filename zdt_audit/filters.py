"""Filters of the trail's page: an exact value to type, since a list of all values costs a scan."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class ExactFilter(admin.ListFilter):
    """Entries whose column ``parameter`` is exactly what was typed."""

    template = "zdt_audit/exact_filter.html"
    parameter = ""
    example = ""

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        given = params.pop(self.parameter, [""])
        self.value = given[-1].strip()
        if self.value:
            self.used_parameters[self.parameter] = self.value
        skipped = (self.parameter, PAGE_VAR)
        self.others = [
            (name, value)
            for name, values in request.GET.lists()
            for value in values
            if name not in skipped
        ]

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return [self.parameter]

    def choices(self, changelist: ChangeList) -> Any:
        yield {"selected": not self.value, "query_string": "?", "display": _("All")}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**self.used_parameters)


class StreamFilter(ExactFilter):
    title = _("stream")
    parameter = "stream"
    example = "flag:new_checkout_flow"


class KindFilter(ExactFilter):
    title = _("kind")
    parameter = "kind"
    example = "deployment.rolled_back"


class ActorFilter(ExactFilter):
    title = _("actor")
    parameter = "actor"
    example = "user:ann"

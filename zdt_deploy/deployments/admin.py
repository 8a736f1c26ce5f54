"""Deployments in the admin: a list, a page each, a form to start one, and named operations."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import JSONField, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zdt_core import database, events
from zdt_core.console.admin import ConsoleAdmin, badge, page
from zdt_core.console.operated import OperatedAdmin
from zdt_core.templatetags.zdt_console import zdt_time
from zdt_deploy.deployments import keeping, looks
from zdt_deploy.deployments import messages as words
from zdt_deploy.deployments import page as deployment_page
from zdt_deploy.deployments.desk import DESK
from zdt_deploy.deployments.forms import PlanField, StartForm
from zdt_deploy.deployments.models import Deployment, Plan


class PlanAdmin(ConsoleAdmin):
    empty_hint = gettext_lazy(
        "No plan of your own: deployments follow the built-in one of their strategy. Add one here, "
        "then `manage.py zdt_deployment start VERSION --plan NAME`."
    )
    change_list_template = "zdt_core/console/change_list.html"
    change_form_template = "zdt_core/console/change_form.html"
    list_display = ("name", "rules")
    formfield_overrides: ClassVar = {JSONField: {"form_class": PlanField}}

    class Media:
        css = {"all": ("zdt_core/console.css",)}

    def save_model(self, request: HttpRequest, obj: Plan, form: Any, change: bool) -> None:
        keeping.save(obj, actor=events.Actor.of(request.user))

    def delete_model(self, request: HttpRequest, obj: Plan) -> None:
        keeping.delete(obj, actor=events.Actor.of(request.user))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Plan]) -> None:
        keeping.delete(*queryset, actor=events.Actor.of(request.user))

    @admin.display(description=gettext_lazy("steps"))
    def rules(self, plan: Plan) -> str:
        return " → ".join(
            f"{step.region} {step.percentage:f} %".strip() for step in plan.rules().steps
        )


class DeploymentAdmin(OperatedAdmin):
    row_page = deployment_page
    desk = DESK
    detail_template = "zdt_deploy/deployments/detail.html"
    empty_hint = gettext_lazy(
        "Nothing has been deployed yet. Start the new release's processes beside the old ones, "
        "then `manage.py zdt_deployment start VERSION`."
    )
    list_display = (
        "version",
        "standing",
        "sentence",
        "where",
        "started_by",
        "when",
    )
    list_filter = ("state", "environment", "service", "strategy")
    search_fields = ("id", "version", "started_by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).annotate(asked_at=database.Now())
        return rows.order_by("-created_at")

    @admin.display(description=gettext_lazy("created"), ordering="created_at")
    def when(self, deployment: Deployment) -> str:
        return zdt_time(deployment.created_at)

    @admin.display(description=gettext_lazy("state"))
    def standing(self, deployment: Deployment) -> str:
        return badge(looks.of_state(deployment.state), deployment.get_state_display())

    @admin.display(description=gettext_lazy("where"), ordering="service")
    def where(self, deployment: Deployment) -> str:
        return f"{deployment.service}, {deployment.environment}"

    @admin.display(description=gettext_lazy("now and next"))
    def sentence(self, deployment: Any) -> str:
        return words.describe(deployment, deployment.asked_at)

    def has_add_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.has_perm("zdt_deploy.start_deployment"))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = StartForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            deployment = form.start(events.Actor.of(request.user))
            if deployment is not None:
                messages.success(request, words.describe(deployment))
                return redirect(self._url(deployment.pk))
        return page(
            self,
            request,
            "zdt_deploy/deployments/start.html",
            title=_("Start a deployment"),
            form=form,
        )

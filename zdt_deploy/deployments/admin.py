"""Deployments in the admin: a list, a page each, a form to start one, and named operations."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from zdt_core import events
from zdt_core.console.admin import FactsAdmin, badge, page
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import messages as words
from zdt_deploy.deployments import page as deployment_page
from zdt_deploy.deployments.forms import StartForm
from zdt_deploy.deployments.models import Deployment, Plan
from zdt_deploy.deployments.operations import OPERATIONS, Operation


class PlanAdmin(admin.ModelAdmin):
    list_display = ("name", "rules")

    @admin.display(description=gettext_lazy("steps"))
    def rules(self, plan: Plan) -> str:
        return " → ".join(f"{step.percentage:f} %" for step in plan.rules().steps)


class DeploymentAdmin(FactsAdmin):
    list_display = (
        "version",
        "standing",
        "sentence",
        "service",
        "environment",
        "started_by",
        "created_at",
    )
    list_filter = ("state", "environment", "service", "strategy")
    search_fields = ("id", "version", "started_by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).order_by("-created_at")

    @admin.display(description=gettext_lazy("state"))
    def standing(self, deployment: Deployment) -> str:
        return badge(deployment_page.look(deployment), deployment.get_state_display())

    @admin.display(description=gettext_lazy("now and next"))
    def sentence(self, deployment: Deployment) -> str:
        return words.describe(deployment)

    def has_add_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.has_perm("zdt_deploy.start_deployment"))

    def get_urls(self) -> list[URLPattern]:
        operation = path(
            "<path:object_id>/do/<slug:name>/",
            self.admin_site.admin_view(self.operation_view),
            name="zdt_deploy_deployment_operation",
        )
        return [operation, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        deployment = self._get(request, object_id)
        if not self.has_view_permission(request, deployment):
            raise PermissionDenied
        return page(
            self,
            request,
            "zdt_deploy/deployments/detail.html",
            title=str(deployment),
            **deployment_page.context(request, deployment),
        )

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

    @method_decorator(require_POST)
    def operation_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponseBase:
        """Do one operation, or say why not. The form's revision must still be the row's."""
        operation = OPERATIONS.get(name)
        if operation is None:
            raise Http404(name)
        deployment = self._get(request, object_id)
        if not operation.permitted(request):
            self._note_refusal(request, deployment, operation)
            raise PermissionDenied
        complaint = self._complaint(request, deployment, operation)
        if complaint:
            messages.error(request, complaint)
        else:
            self._do(request, deployment, operation)
        return redirect(self._url(object_id))

    def _complaint(
        self, request: HttpRequest, deployment: Deployment, operation: Operation
    ) -> str | None:
        if not request.POST.get("revision", "").isdecimal():
            return _("The form is incomplete; load the page again.")
        if operation.needs_reason and not request.POST.get("reason", "").strip():
            return _("Say why: the reason goes into the record. Nothing was changed.")
        if operation.typed and request.POST.get("typed", "").strip() != deployment.version:
            return _("Type %s to confirm. Nothing was changed.") % deployment.version
        return None

    def _do(self, request: HttpRequest, deployment: Deployment, operation: Operation) -> None:
        try:
            moved = operation.act(
                deployment.pk,
                actor=events.Actor.of(request.user),
                reason=request.POST.get("reason", "").strip(),
                expected_revision=int(request.POST["revision"]),
            )
        except Refused as refusal:
            messages.error(request, _("Nothing was changed. %s") % refusal)
        else:
            messages.success(request, words.describe(moved))

    def _note_refusal(
        self, request: HttpRequest, deployment: Deployment, operation: Operation
    ) -> None:
        events.refused(
            f"deployment.{operation.name}",
            subject=("deployment", deployment.pk),
            actor=events.Actor.of(request.user),
            refusal=Refused("permission_missing", permission=operation.permission),
            service=deployment.service,
            environment=deployment.environment,
        )

    def _get(self, request: HttpRequest, object_id: str) -> Deployment:
        deployment: Deployment | None = self.get_queryset(request).filter(pk=object_id).first()
        if deployment is None:
            raise Http404(object_id)
        return deployment

    def _url(self, object_id: str) -> str:
        name = "admin:zdt_deploy_deployment_change"
        return reverse(name, args=(object_id,), current_app=self.admin_site.name)

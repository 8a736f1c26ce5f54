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

from zdt_core import database, events
from zdt_core.console import live
from zdt_core.console.admin import ConsoleAdmin, FactsAdmin, badge, page
from zdt_core.exceptions import Refused
from zdt_core.templatetags.zdt_console import zdt_time
from zdt_deploy.deployments import looks
from zdt_deploy.deployments import messages as words
from zdt_deploy.deployments import page as deployment_page
from zdt_deploy.deployments.asked import Asked
from zdt_deploy.deployments.forms import StartForm
from zdt_deploy.deployments.models import Deployment, Plan
from zdt_deploy.deployments.operations import OPERATIONS, Operation


class PlanAdmin(ConsoleAdmin):
    empty_hint = gettext_lazy(
        "No plan of your own: deployments follow the built-in one of their strategy. Add one here, "
        "then `manage.py zdt_deployment start VERSION --plan NAME`."
    )
    change_list_template = "zdt_core/console/change_list.html"
    change_form_template = "zdt_core/console/change_form.html"
    list_display = ("name", "rules")

    class Media:
        css = {"all": ("zdt_core/console.css",)}

    @admin.display(description=gettext_lazy("steps"))
    def rules(self, plan: Plan) -> str:
        return " → ".join(f"{step.percentage:f} %" for step in plan.rules().steps)


class DeploymentAdmin(FactsAdmin):
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

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        name = "zdt_deploy_deployment_{}".format
        return [
            path("<path:object_id>/live/", view(self.live_view), name=name("live")),
            path("<path:object_id>/do/<slug:name>/", view(self.do_view), name=name("operation")),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        deployment = self._get(request, object_id)
        request.current_app = self.admin_site.name
        here = self._url(object_id, "live")
        query = request.GET.urlencode()
        return page(
            self,
            request,
            "zdt_deploy/deployments/detail.html",
            title=str(deployment),
            deployment=deployment,
            parts=deployment_page.parts(request, deployment),
            live_url=f"{here}?{query}" if query else here,
            every=deployment_page.every(deployment),
        )

    def live_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """The page's parts alone, for the browser that has it open."""
        deployment = self._get(request, object_id)
        request.current_app = self.admin_site.name
        return live.fragment(
            request,
            deployment_page.fingerprint(deployment),
            lambda: deployment_page.parts(request, deployment),
            deployment_page.every(deployment),
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
    def do_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponseBase:
        """Do one operation, ask for what is missing, or say why not."""
        operation = OPERATIONS.get(name)
        if operation is None:
            raise Http404(name)
        deployment = self._get(request, object_id)
        if not operation.permitted(request):
            self._note_refusal(request, deployment, operation)
            raise PermissionDenied
        asked = Asked.of(request.POST, deployment, operation)
        if complaint := asked.complaint():
            messages.error(request, complaint)
        elif asked.demand.asks and not asked.is_confirmed:
            return self._ask(request, deployment, operation, asked)
        else:
            self._do(request, deployment, operation, asked)
        return redirect(self._url(object_id))

    def _ask(
        self, request: HttpRequest, deployment: Deployment, operation: Operation, asked: Asked
    ) -> HttpResponse:
        """The page that asks twice; nothing has changed yet."""
        return page(
            self,
            request,
            "zdt_deploy/deployments/confirm.html",
            title=f"{operation.label}: {deployment}",
            deployment=deployment,
            operation=operation,
            demand=asked.demand,
            sentence=words.describe(deployment),
            problem=asked.shortcoming(),
            reason=asked.reason or asked.suggestion,
            back=self._url(deployment.pk),
        )

    def _do(
        self, request: HttpRequest, deployment: Deployment, operation: Operation, asked: Asked
    ) -> None:
        try:
            moved = operation.act(
                deployment.pk,
                actor=events.Actor.of(request.user),
                reason=asked.reason,
                expected_revision=asked.revision,
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
        if not self.has_view_permission(request, deployment):
            raise PermissionDenied
        return deployment

    def _url(self, object_id: str, name: str = "change") -> str:
        name = f"admin:zdt_deploy_deployment_{name}"
        return reverse(name, args=(object_id,), current_app=self.admin_site.name)

"""API tokens in the admin: a list, a form that shows the secret once, and the order to revoke."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from zdt_core import database, events
from zdt_core.access import doors, tokens
from zdt_core.access.forms import TokenForm
from zdt_core.access.models import Token
from zdt_core.console.admin import FactsAdmin, badge, page
from zdt_core.exceptions import Refused


class TokenAdmin(FactsAdmin):
    empty_hint = gettext_lazy(
        "No program may use the HTTP API yet: add a token here, or make one by manage.py "
        "zdt_token create."
    )
    list_display = ("name", "standing", "environment", "listed", "expires_at", "last_used_at")
    list_filter = ("environment",)
    search_fields = ("name", "prefix", "created_by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        expired = Q(expires_at__lte=database.Now())
        rows = super().get_queryset(request)
        return rows.annotate(expired=ExpressionWrapper(expired, output_field=BooleanField()))

    @admin.display(description=gettext_lazy("standing"))
    def standing(self, token: Any) -> str:
        if token.revoked_at is not None:
            return badge("quiet", _("revoked"))
        return badge("warn", _("expired")) if token.expired else badge("good", _("good"))

    @admin.display(description=gettext_lazy("scopes"))
    def listed(self, token: Token) -> str:
        return ", ".join(token.scopes)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _may(request, "create_token")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.revoke_view)
        revoke = path("<int:pk>/revoke/", view, name="zdt_core_token_revoke")
        return [revoke, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form, and after it the page with the secret, which is never shown again."""
        if not self.has_add_permission(request):
            self._note(request, "token.created", "-", "create_token")
            raise PermissionDenied
        form = TokenForm(request.POST or None, user=request.user)
        made = form.create() if request.method == "POST" and form.is_valid() else None
        if made is None:
            title = _("Add an API token")
            return page(self, request, "zdt_core/access/add.html", title=title, form=form)
        return page(
            self,
            request,
            "zdt_core/access/made.html",
            title=_("The secret of %s") % made[0],
            token=made[0],
            secret=made[1].text,
            root=doors.mounted_at(),
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        token = self.get_object(request, object_id)
        if token is None:
            raise Http404(object_id)
        if not self.has_view_permission(request, token):
            raise PermissionDenied
        return page(
            self,
            request,
            "zdt_core/access/token.html",
            title=str(token),
            token=token,
            standing=self.standing(token),
            may_revoke=_may(request, "revoke_token") and token.revoked_at is None,
        )

    @method_decorator(require_POST)
    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """End a token; a reason is asked for."""
        if not _may(request, "revoke_token"):
            self._note(request, "token.revoked", str(pk), "revoke_token")
            raise PermissionDenied
        actor = events.Actor.of(request.user)
        try:
            token = tokens.revoke(pk, actor=actor, reason=request.POST.get("reason", "")[:500])
        except Refused as refusal:
            messages.error(request, _("Nothing was changed. %s") % refusal)
        else:
            messages.success(request, _("%s is revoked: whoever sends it is refused.") % token)
        name = "admin:zdt_core_token_change"
        return redirect(reverse(name, args=(pk,), current_app=self.admin_site.name))

    def _note(self, request: HttpRequest, kind: str, token: str, permission: str) -> None:
        events.refused(
            kind,
            subject=("token", token),
            actor=events.Actor.of(request.user),
            refusal=Refused("permission_missing", permission=permission),
        )


def _may(request: HttpRequest, permission: str) -> bool:
    user: Any = request.user
    return bool(user.has_perm(f"zdt_core.{permission}"))

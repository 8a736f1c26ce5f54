"""Answers that say no: problem details (RFC 9457), with a code for machines and a cure for people.

``type`` is "about:blank", so that ``title`` is the status in words; what is special is ``code``,
and ``detail`` is its sentence.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _

from zdt_core import messages
from zdt_core.exceptions import Refused

CONTENT_TYPE = "application/problem+json"
RETRY_SECONDS = "5"


class Problem(Exception):
    """Raise it in a view behind `token_required`: it becomes the answer, and nothing was changed.

    ``facts`` are further members of the answer, ``headers`` its headers.
    """

    def __init__(
        self,
        status: int,
        refusal: Refused,
        *,
        headers: dict[str, str] | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(refusal.code)
        self.status, self.refusal = status, refusal
        self.headers, self.facts = dict(headers or {}), facts

    @classmethod
    def of(cls, status: int, code: str, **params: Any) -> Problem:
        """The problem that is a code with parameters alone."""
        return cls(status, Refused(code, **params))

    def body(self) -> dict[str, Any]:
        """The members of the answer."""
        return {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.refusal.code,
            "detail": str(self.refusal),
            "params": self.refusal.params,
            **self.facts,
        }

    def response(self) -> HttpResponse:
        made = JsonResponse(self.body(), status=self.status, content_type=CONTENT_TYPE)
        for name, value in self.headers.items():
            made[name] = value
        if self.status == HTTPStatus.SERVICE_UNAVAILABLE:
            made._has_been_logged = True  # type: ignore[attr-defined]  # told once, by `away`
        return never_kept(made)


def never_kept(response: HttpResponse) -> HttpResponse:
    """Mark an answer as nobody's to cache."""
    response["Cache-Control"] = "no-store"
    return response


def wrong_method(method: str, allowed: tuple[str, ...]) -> Problem:
    listed = ", ".join(allowed)
    refusal = Refused("method_not_allowed", method=method[:20], allowed=listed)
    return Problem(HTTPStatus.METHOD_NOT_ALLOWED, refusal, headers={"Allow": listed})


def away(code: str) -> Problem:
    """PostgreSQL cannot be asked; the request may come again as it is."""
    return Problem(503, Refused(code), headers={"Retry-After": RETRY_SECONDS})


messages.register(
    {
        "method_not_allowed": _("{method} does nothing here. Use {allowed}."),
        "no_such_path": _("There is nothing at {path}. {known} lists what there is."),
        "database_away": _(
            "PostgreSQL does not answer. Try again in a few seconds, with the same "
            "Idempotency-Key: what was done already is not done twice. Operators: see "
            "`manage.py zdt_doctor`."
        ),
        "tables_missing": _("zdt's tables are not there yet. Run `manage.py migrate`."),
    }
)

"""Makes, lists and revokes the tokens of the HTTP API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandParser
from django.db.models import BooleanField, ExpressionWrapper, Q

from zdt_core import database
from zdt_core.access import lifetime, scopes, tokens
from zdt_core.access.models import Token
from zdt_core.commands import ZdtCommand, arguments
from zdt_core.events import Actor
from zdt_core.exceptions import Refused

_HEADS = ("NAME", "PREFIX", "ENVIRONMENT", "STATE", "EXPIRES", "LAST USED", "SCOPES")
_LOOKS = {"good": "good", "expired": "warn", "revoked": "quiet"}
_TOKEN = "{name, prefix, environment, scopes, state, created_by, expires_at, last_used_at}"  # noqa: S105
_CREATE = """
manage.py zdt_token create github --scope deployments.start --scope deployments.read
manage.py zdt_token create pager --scope deployments.roll_back --expires 30d --json
"""


class Command(ZdtCommand):
    help = "Make, list and revoke the tokens that the HTTP API asks for."
    answers = "{token, secret} for create, {tokens}, {token}, {scopes}"
    examples = f"""{_CREATE}manage.py zdt_token list
manage.py zdt_token revoke github --reason "the log was public"
"""

    def add_arguments(self, parser: CommandParser) -> None:
        words = self.words(parser)
        create = words.add(
            "create",
            "Make a token, and print its secret, which cannot be read again.",
            answers="{token, secret}",
            examples=_CREATE,
        )
        create.add_argument("name", help="What uses it, such as github-actions.")
        create.add_argument(
            "--scope",
            action="append",
            default=[],
            metavar="NAME",
            help="What it may do; see `scopes`. Again for each.",
        )
        create.add_argument(
            "--environment",
            metavar="NAME",
            help="The one environment it is good for; ZDT_ENVIRONMENT by default.",
        )
        create.add_argument(
            "--expires", metavar="30d", help="How long it is good; ZDT_TOKEN_DAYS by default."
        )
        arguments.reason(create)
        found = words.add(
            "list",
            "Show the tokens that are good; the secrets are nowhere.",
            answers="{tokens}",
            examples="manage.py zdt_token list --all",
        )
        found.add_argument("--all", action="store_true", help="Expired and revoked ones, too.")
        revoke = words.add(
            "revoke",
            "End a token at once.",
            answers="{token}",
            examples='manage.py zdt_token revoke 3f9c2a41d07b --reason "the log was public"',
        )
        revoke.add_argument("token", help="Its name or its prefix.")
        arguments.reason(revoke)
        words.add(
            "scopes",
            "Show what a token may be allowed to do.",
            answers="{scopes}",
            examples="manage.py zdt_token scopes",
        )

    def run(self, **options: Any) -> int | None:
        words: dict[str, Callable[[dict[str, Any]], None]] = {
            "create": self._create, "list": self._list, "revoke": self._revoke,
            "scopes": self._scopes,
        }  # fmt: skip
        words[options["word"]](options)
        return 0

    def _create(self, options: dict[str, Any]) -> None:
        try:
            span = lifetime.parse(options["expires"]) if options["expires"] else None
            wanted = scopes.check(options["scope"])
        except Refused as refusal:
            self.fail(str(refusal), 2, refusal.code, refusal.params)
        token, secret = tokens.create(
            options["name"],
            wanted=wanted,
            environment=options["environment"],
            span=span,
            actor=Actor.shell(),
            reason=options["reason"],
        )
        if not self.as_json:
            self.stderr.write(
                f"{token} for {token.environment}, until {token.expires_at:%Y-%m-%d %H:%M} UTC: "
                f"{', '.join(token.scopes)}. This is its secret; keep it now:",
                lambda text: text,
            )
        self.say(secret.text)
        self.answer({"token": _facts(token), "secret": secret.text})

    def _list(self, options: dict[str, Any]) -> None:
        over = Q(expires_at__lte=database.Now())
        judged = ExpressionWrapper(over, output_field=BooleanField())
        rows = Token.objects.annotate(expired=judged)
        if not options["all"]:
            rows = rows.filter(revoked_at=None, expired=False)
        found = list(rows)
        if found:
            looks = [_LOOKS[_state(token)] for token in found]
            self.table(_HEADS, [_cells(token) for token in found], looks)
        else:
            self.say("There is no token. Make one: manage.py zdt_token create NAME --scope SCOPE")
        self.answer({"tokens": [_facts(token) for token in found]})

    def _revoke(self, options: dict[str, Any]) -> None:
        token = tokens.find(options["token"])
        ended = tokens.revoke(token.pk, actor=Actor.shell(), reason=options["reason"])
        self.say(f"Revoked {ended}; whoever sends it is refused from now on.")
        self.answer({"token": _facts(ended)})

    def _scopes(self, options: dict[str, Any]) -> None:
        known = scopes.known()
        self.table(("SCOPE", "MEANING"), [(one.name, str(one.meaning)) for one in known])
        self.answer({"scopes": {one.name: str(one.meaning) for one in known}})


def _state(token: Any) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "expired" if getattr(token, "expired", False) else "good"


def _cells(token: Token) -> tuple[str, ...]:
    used = f"{token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "never"
    return (
        token.name, token.prefix, token.environment, _state(token),
        f"{token.expires_at:%Y-%m-%d}", used, ", ".join(token.scopes),
    )  # fmt: skip


def _facts(token: Token) -> dict[str, Any]:
    names = ("name", "prefix", "environment", "scopes", "created_by", "expires_at", "last_used_at")
    return {**{name: getattr(token, name) for name in names}, "state": _state(token)}

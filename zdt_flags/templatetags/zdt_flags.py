"""``{% flag "name" %}…{% else %}…{% endflag %}``: the first part where the flag is on."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context

from zdt_flags.answers import is_enabled

register = template.Library()


class FlagNode(template.Node):
    """Renders one of its parts. The user is the second argument, else the request's."""

    child_nodelists = ("on", "off")

    def __init__(
        self, name: FilterExpression, user: FilterExpression | None, on: NodeList, off: NodeList
    ) -> None:
        self.name, self.user, self.on, self.off = name, user, on, off

    def render(self, context: Context) -> Any:
        name = str(self.name.resolve(context))
        chosen = self.on if is_enabled(name, self._user(context)) else self.off
        return chosen.render(context)

    def _user(self, context: Context) -> object:
        if self.user is not None:
            return self.user.resolve(context)
        return getattr(context.get("request"), "user", None)


@register.tag
def flag(parser: Parser, token: Token) -> FlagNode:
    tag, *arguments = token.split_contents()
    if len(arguments) not in (1, 2):
        raise template.TemplateSyntaxError(
            f"{{% {tag} %}} takes the name of a flag, and a user if it is not the request's."
        )
    name, *user = (parser.compile_filter(each) for each in arguments)
    on = parser.parse(("else", "endflag"))
    off = NodeList()
    if parser.next_token().contents == "else":
        off = parser.parse(("endflag",))
        parser.delete_first_token()
    return FlagNode(name, user[0] if user else None, on, off)

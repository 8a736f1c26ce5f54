"""What the doors say."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zdt_core import messages

_TOKENS = {
    "token_missing": _(
        "This needs an API token: send “Authorization: Bearer zdt_…”. Make one with `manage.py "
        "zdt_token create`."
    ),
    "token_malformed": _(
        "The Authorization header holds no token of zdt's. Send “Authorization: Bearer zdt_…” with "
        "the secret as it was shown, without quotes or line breaks."
    ),
    "token_unknown": _(
        "No API token has this secret. Make one with `manage.py zdt_token create`, on the database "
        "of this site."
    ),
    "token_expired": _(
        "The API token {token} expired at {at}. Make another with `manage.py zdt_token create`."
    ),
    "token_revoked": _(
        "The API token {token} was revoked at {at}. Make another with `manage.py zdt_token create`."
    ),
    "token_of_other_environment": _(
        "The API token {token} is for {environment}, and this is {here}. Use a token of {here}."
    ),
    "token_too_narrow": _(
        "The API token {token} has {scopes}, and this needs {scope}. Make one with `manage.py "
        "zdt_token create NAME --scope {scope}`."
    ),
    "token_name_malformed": _(
        "“{name}” cannot name a token: 1 to 60 letters, digits, dots, dashes or underscores, such "
        "as “github-actions”."
    ),
    "token_name_taken": _(
        "There is an API token “{name}” for {environment} already. Revoke it, or choose another "
        "name to have both for a while."
    ),
    "environment_malformed": _(
        "“{name}” cannot be an environment: 1 to 40 letters, digits, dots, dashes or underscores."
    ),
    "no_such_token": _("There is no API token {id}. List them with `manage.py zdt_token list`."),
    "token_revoked_already": _("The API token {token} was revoked at {at} already."),
    "token_revoke_reason_missing": _("Say why it is revoked; it goes into the record."),
    "token_replaced": _("It had expired, and another of its name was made."),
    "scopes_missing": _("Name at least one scope: {known}."),
    "scope_unknown": _("There is no scope “{scope}”. Did you mean “{nearest}”?"),
    "scope_unheard_of": _("There is no scope “{scope}”. There are {known}."),
    "scope_not_yours": _(
        "You cannot hand out “{scope}”: it takes permissions that you lack ({permissions})."
    ),
    "lifetime_unreadable": _(
        "“{text}” is no lifetime of a token. Write a number and a unit, up to 366 days: 30d, 12h."
    ),
}
_REQUESTS = {
    "body_too_large": _("The body is larger than {most} bytes. Send less."),
    "body_not_json_type": _(
        "The body is “{type}”. Send JSON, with “Content-Type: application/json”."
    ),
    "body_unreadable": _("The body is no JSON: {problem}."),
    "body_not_an_object": _("The body must be a JSON object, such as {{}}."),
    "field_unknown": _("There is no field “{field}”. Did you mean “{nearest}”?"),
    "field_unheard_of": _("There is no field “{field}”. There are {known}."),
    "field_missing": _("“{field}” is missing: {meaning}"),
    "field_wrong": _("“{field}” must be {expected}."),
    "key_malformed": _(
        "The Idempotency-Key must be 1 to 200 visible characters of ASCII, such as the id of a "
        "pipeline's run."
    ),
    "key_reused": _(
        "The Idempotency-Key “{key}” came with another request before. Take a new key for what is "
        "new; to look, use GET."
    ),
    "key_in_progress": _(
        "The request with the Idempotency-Key “{key}” is being worked on. Send it again in a few "
        "seconds."
    ),
}
for _sentences in (_TOKENS, _REQUESTS):
    messages.register(_sentences)

"""Leads an address that `reverse` gave back to the view that answers there."""

from __future__ import annotations

from django.urls import Resolver404, ResolverMatch, get_script_prefix, resolve


def answered_by(address: str) -> ResolverMatch | None:
    """What ``address`` reaches, None where nothing does.

    `reverse` puts FORCE_SCRIPT_NAME in front; the server takes it away before Django resolves.
    """
    try:
        return resolve("/" + address.removeprefix(get_script_prefix()))
    except Resolver404:
        return None

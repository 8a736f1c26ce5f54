"""How zdt talks to the outside."""

from __future__ import annotations

import os
from ipaddress import ip_network

from zdt_core.conf import Setting, Settings, positive


def _networks(value: list[str]) -> str | None:
    for network in value:
        try:
            ip_network(network)
        except (ValueError, TypeError):
            return f"must be a list of networks such as '10.0.0.0/8', and {network!r} is none."
    return None


def _proxy(value: str | None) -> str | None:
    if value is None or value == "environment" or value.startswith(("http://", "https://")):
        return None
    return "must be 'environment' or the http(s) URL of a proxy."


def _file(value: str | None) -> str | None:
    if value is None or os.path.isfile(value):
        return None
    return f"must be a file that this process can see, and {value!r} is none."


class OutboundSettings(Settings):
    """Settings of the HTTP client."""

    OUTBOUND_ALLOW = Setting[list[str]](
        list,
        [],
        "Networks that zdt may call beside the public internet, such as ['10.0.0.0/8']. The "
        "metadata addresses of clouds are called only where one is named by itself.",
        _networks,
    )
    OUTBOUND_PROXY = Setting[str | None](
        str,
        None,
        "The proxy for calls to the outside: its URL, or 'environment' for HTTPS_PROXY and its "
        "like. With a proxy it is the proxy's part to judge the addresses behind it.",
        _proxy,
        secret=True,
    )
    OUTBOUND_CA_BUNDLE = Setting[str | None](
        str,
        None,
        "A file of certificate authorities to trust instead of those of certifi.",
        _file,
    )
    OUTBOUND_SECONDS = Setting(
        float, 10.0, "Seconds a call to the outside may take, all in all.", positive
    )


conf = OutboundSettings()

"""The pages that a browser looks at. A new page is one line here; the admin's are found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MORE = {
    "overview": "/admin/zdt_core/overview/",
    "events, filtered": "/admin/zdt_core/event/?kind=deployment.paused",
    "events, nothing found": "/admin/zdt_core/event/?q=nowhere",
    "fleet with those that are gone": "/admin/zdt_core/process/?gone=1",
    "costs of nobody": "/admin/zdt_deploy/costs/?service=nobody",
    "trail, filtered": "/admin/zdt_audit/entry/?stream=flag:new_checkout_flow",
}


def pages(told: Mapping[str, Any]) -> dict[str, str]:
    """Every page by name, of a site that was told the story and the states."""
    named = {
        name: told[name]
        for name in ("deployment", "comparison", "rolled back", "flag", "backfill", "schema change")
    }
    return {**named, **MORE, **told["played"], **told["states"], **told["admin"]}

"""The items that zdt brings along; each module registers its own."""

from zdt_deploy.preflight.items import aftermath, plan, processes, schema, site, watch

__all__ = ["aftermath", "plan", "processes", "schema", "site", "watch"]

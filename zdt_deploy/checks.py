"""Gathers the system checks of the rooms; each registers its own."""

from zdt_deploy.canary import checks as canary

__all__ = ["canary"]

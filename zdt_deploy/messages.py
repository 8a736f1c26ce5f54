"""Gathers what the rooms say; each registers its own sentences."""

from zdt_deploy.canary import messages as canary
from zdt_deploy.deployments import messages as deployments

__all__ = ["canary", "deployments"]

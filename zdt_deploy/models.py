"""Gathers the models of the rooms for Django."""

from zdt_deploy.canary.models import MetricWindow, TrafficShare, Verdict
from zdt_deploy.deployments.models import Artifact, Deployment, Plan

__all__ = ["Artifact", "Deployment", "MetricWindow", "Plan", "TrafficShare", "Verdict"]

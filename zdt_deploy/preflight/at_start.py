"""What a pipeline is told of the checklist when it starts a deployment."""

from __future__ import annotations

from zdt_deploy.conf import conf
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.preflight import reading, sentences, starting
from zdt_deploy.preflight.phases import Phase


def in_one_line(deployment: Deployment) -> str:
    """How the list before stands, and where to read it; "" where nobody asks or it is clear."""
    if conf.PREFLIGHT == starting.OFF:
        return ""
    found = reading.read(deployment)
    if not any(line.is_open for line in found.counted(Phase.BEFORE)):
        return ""
    told = sentences.describe(found, Phase.BEFORE)
    return f"{told} See `manage.py zdt_preflight check {deployment.pk} --phase before`."

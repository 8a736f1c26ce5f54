"""Start a canary of release 2.0 and print its id; the plan comes as JSON."""

import json

from django.core.management.base import BaseCommand

from zdt_core.conf import conf
from zdt_core.events import Actor
from zdt_deploy.deployments import machine
from zdt_deploy.deployments.plans import Plan


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("plan")

    def handle(self, *args, plan, **options):
        started = machine.start(
            version="2.0", previous_version="1.0", environment=conf.ENVIRONMENT,
            service=conf.SERVICE, plan=Plan.from_json(json.loads(plan)), actor=Actor.shell(),
        )  # fmt: skip
        self.stdout.write(started.pk)

"""Registers the admin classes of the rooms with the default site."""

from django.contrib import admin

from zdt_deploy.backfills.admin import BackfillAdmin
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.deployments.admin import DeploymentAdmin, PlanAdmin
from zdt_deploy.deployments.models import Deployment, Plan
from zdt_deploy.schema.admin import SchemaChangeAdmin
from zdt_deploy.schema.models import SchemaChange

admin.site.register(Backfill, BackfillAdmin)
admin.site.register(Deployment, DeploymentAdmin)
admin.site.register(Plan, PlanAdmin)
admin.site.register(SchemaChange, SchemaChangeAdmin)

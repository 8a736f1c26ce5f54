"""Registers the admin classes of the rooms with the default site."""

from django.contrib import admin

from zdt_deploy.backfills.admin import BackfillAdmin
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.costs.admin import CostsAdmin
from zdt_deploy.costs.models import Costs
from zdt_deploy.deployments.admin import DeploymentAdmin, PlanAdmin
from zdt_deploy.deployments.models import Deployment, Plan
from zdt_deploy.drills.admin import DrillAdmin
from zdt_deploy.drills.models import Drill
from zdt_deploy.freezes.admin import FreezeAdmin
from zdt_deploy.freezes.emergency_admin import EmergencyAdmin
from zdt_deploy.freezes.models import Emergency, Freeze
from zdt_deploy.schema.admin import SchemaChangeAdmin
from zdt_deploy.schema.models import SchemaChange

admin.site.register(Backfill, BackfillAdmin)
admin.site.register(Costs, CostsAdmin)
admin.site.register(Deployment, DeploymentAdmin)
admin.site.register(Drill, DrillAdmin)
admin.site.register(Emergency, EmergencyAdmin)
admin.site.register(Freeze, FreezeAdmin)
admin.site.register(Plan, PlanAdmin)
admin.site.register(SchemaChange, SchemaChangeAdmin)

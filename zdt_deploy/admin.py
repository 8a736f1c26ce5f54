"""Registers the admin classes of the rooms with the default site."""

from django.contrib import admin

from zdt_deploy.deployments.admin import DeploymentAdmin, PlanAdmin
from zdt_deploy.deployments.models import Deployment, Plan

admin.site.register(Deployment, DeploymentAdmin)
admin.site.register(Plan, PlanAdmin)

"""GET /zdt/metrics, below wherever the site mounts zdt's doors."""

from django.urls import path

from zdt_core.metering.views import metrics

urlpatterns = [path("", metrics, name="metrics")]

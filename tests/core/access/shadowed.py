"""A site whose own pages stand above zdt's URLs."""

from django.urls import include, path, re_path

from tests.core.access.test_doors import catch_all

urlpatterns = [re_path(r"^(.*)$", catch_all), path("zdt/", include("zdt_core.urls"))]

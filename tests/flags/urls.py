"""A site with the flags' address above its admin, as the docs say, and one below it."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", include("zdt_flags.urls")),
    path("admin/", admin.site.urls),
]

"""A site whose admin eats the flags' address."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("admin/", include("zdt_flags.urls")),
]

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", include("zdt_flags.urls")),  # above the admin, whose catch-all would eat it
    path("admin/", admin.site.urls),
    path("zdt/", include("zdt_core.urls")),
    path("", include("demo.shop.urls")),
]

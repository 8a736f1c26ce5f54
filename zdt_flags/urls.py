"""Mount above the admin, whose catch-all would eat these otherwise::

urlpatterns = [
    path("admin/", include("zdt_flags.urls")),
    path("admin/", admin.site.urls),
]
"""

from django.urls import path

from zdt_flags import views

app_name = "zdt_flags"
urlpatterns = [
    path("feature-flags/<str:name>/percentage", views.percentage, name="percentage"),
]

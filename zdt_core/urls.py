"""Every URL of zdt that is not an admin page; mount it once, under any prefix::

    path("zdt/", include("zdt_core.urls"))

The apps that are installed contribute theirs by `zdt_core.access.doors`.
"""

from django.urls import path

from zdt_core.access import doors, views

app_name = "zdt"
urlpatterns = [*doors.patterns(), path("", views.root, name="root")]

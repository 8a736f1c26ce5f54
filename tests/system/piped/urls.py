from django.urls import include, path

urlpatterns = [path("zdt/", include("zdt_core.urls"))]

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from zdt_core.metering import count


def quick(request: HttpRequest) -> HttpResponse:
    count("order_placed")
    return HttpResponse("quick")


def broken(request: HttpRequest) -> HttpResponse:
    return HttpResponse("broken", status=500)


urlpatterns = [
    path("quick", quick),
    path("broken", broken),
    path("zdt/", include("zdt_core.urls")),
]

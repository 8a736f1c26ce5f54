import time
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path


def quick(request: HttpRequest) -> HttpResponse:
    return HttpResponse("quick")


def slow(request: HttpRequest) -> HttpResponse:
    time.sleep(float(request.GET.get("seconds", "0.3")))
    return HttpResponse("slow")


def stream(request: HttpRequest) -> StreamingHttpResponse:
    def pieces() -> Iterator[str]:
        for number in range(10):
            yield f"{number}\n"
            time.sleep(0.1)

    return StreamingHttpResponse(pieces())


urlpatterns = [path("quick", quick), path("slow", slow), path("stream", stream)]

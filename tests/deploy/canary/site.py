"""A small site behind CanaryMiddleware."""

import logging

from django.contrib.auth import alogin, get_user_model, login, logout
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path

from zdt_deploy.canary import service_url

logger = logging.getLogger("tests.site")

MIDDLEWARE = [
    "zdt_core.metering.MeteringMiddleware",
    "zdt_deploy.canary.CanaryMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
LITERAL = [*MIDDLEWARE[2:], *MIDDLEWARE[:2]]
"""For ZDT_CANARY_ID = "user"."""

BACKEND = "django.contrib.auth.backends.ModelBackend"


def plain(request):
    return HttpResponse("plain")


async def plain_async(request):
    return HttpResponse("plain")


def decided(request):
    zdt = request.zdt
    facts = {name: getattr(zdt, name) for name in ("track", "release", "bucket", "key", "epoch")}
    return JsonResponse(facts | {"header": request.headers.get("X-Deployment-Version")})


def account(request):
    return HttpResponse(request.user.get_username())


def sign_in(request, pk):
    login(request, get_user_model().objects.get(pk=pk), BACKEND)
    return HttpResponse("welcome")


async def sign_in_async(request, pk):
    await alogin(request, await get_user_model().objects.aget(pk=pk), BACKEND)
    return HttpResponse("welcome")


def sign_out(request):
    logout(request)
    return HttpResponse("bye")


def cached_by_all(request):
    response = HttpResponse("the same for everybody")
    response["Cache-Control"] = "public, max-age=60"
    return response


def fail(request):
    raise RuntimeError("a planted fault")


def noisy(request, number):
    logger.warning("something happened")
    return HttpResponse()


urlpatterns = [
    path("", plain),
    path("async", plain_async),
    path("decided", decided),
    path("account", account),
    path("in/<int:pk>", sign_in),
    path("in-async/<int:pk>", sign_in_async),
    path("out", sign_out),
    path("public", cached_by_all),
    path("fail", fail),
    path("orders/<int:number>", noisy),
    path("stream", lambda request: StreamingHttpResponse(iter([b"a", b"b"]))),
    path("upstream", lambda request: HttpResponse(service_url(request, "backend"))),
]

"""Views and templates that branch on a flag."""

import pytest
from asgiref.sync import async_to_sync
from django.http import Http404, HttpResponse
from django.template import Context, Engine, TemplateSyntaxError
from django.test import AsyncRequestFactory, RequestFactory
from django.utils.functional import SimpleLazyObject

from zdt_flags import flag_required
from zdt_flags.keeper import keeper
from zdt_flags.snapshot import Snapshot
from zdt_flags.testing import override_flags

ENGINE = Engine(libraries={"zdt_flags": "zdt_flags.templatetags.zdt_flags"})
CHECKOUT = """\
{% load zdt_flags %}{% flag "new_checkout_flow" %}checkout_v2{% else %}checkout_v1{% endflag %}"""


def render(text, **context):
    return ENGINE.from_string(text).render(Context(context))


@pytest.mark.parametrize(("on", "page"), [(True, "checkout_v2"), (False, "checkout_v1")])
def test_a_template_shows_the_part_that_the_flag_chooses(on, page):
    with override_flags(new_checkout_flow=on):
        assert render(CHECKOUT) == page


def test_without_an_else_there_is_nothing():
    with override_flags(a=False):
        assert render("{% load zdt_flags %}{% flag 'a' %}on{% endflag %}") == ""


def test_name_and_user_may_be_variables():
    with override_flags(a=True):
        text = "{% load zdt_flags %}{% flag name user %}on{% endflag %}"
        assert render(text, name="a", user="ann") == "on"


def test_the_user_of_the_request_is_not_loaded_for_a_boolean_flag():
    request = RequestFactory().get("/")
    request.user = SimpleLazyObject(lambda: pytest.fail("The user was loaded."))

    with override_flags(new_checkout_flow=True):
        assert render(CHECKOUT, request=request) == "checkout_v2"


@pytest.mark.parametrize("tag", ["{% flag %}", "{% flag 'a' b c %}"])
def test_a_wrong_tag_says_what_it_takes(tag):
    with pytest.raises(TemplateSyntaxError, match="takes the name of a flag"):
        render("{% load zdt_flags %}" + tag + "{% endflag %}")


@flag_required("new_checkout_flow")
def checkout(request, name="x"):
    return HttpResponse(f"v2 {name}")


@flag_required("new_checkout_flow", otherwise=lambda request: HttpResponse("v1"))
def either(request):
    return HttpResponse("v2")


@flag_required("new_checkout_flow")
async def checkout_async(request):
    return HttpResponse("v2")


def test_a_view_exists_only_while_its_flag_is_on():
    with override_flags(new_checkout_flow=True):
        assert checkout(RequestFactory().get("/"), name="y").content == b"v2 y"
    with override_flags(new_checkout_flow=False), pytest.raises(Http404):
        checkout(RequestFactory().get("/"))


def test_another_view_can_answer_otherwise():
    with override_flags(new_checkout_flow=False):
        assert either(RequestFactory().get("/")).content == b"v1"


def test_an_async_view_can_require_a_flag():
    request = AsyncRequestFactory().get("/")
    with override_flags(new_checkout_flow=True):
        assert async_to_sync(checkout_async)(request).content == b"v2"
    with override_flags(new_checkout_flow=False), pytest.raises(Http404):
        async_to_sync(checkout_async)(request)


def test_an_async_view_loads_the_user_only_where_the_flag_depends_on_it(monkeypatch):
    loaded = []
    request = AsyncRequestFactory().get("/")

    async def auser():
        loaded.append(True)
        return "ann"

    request.auser = auser
    with override_flags(new_checkout_flow=True):
        async_to_sync(checkout_async)(request)
    before = list(loaded)
    rules = {"new_checkout_flow": lambda user: user == "ann"}
    monkeypatch.setattr(keeper, "held", Snapshot(rules=rules))
    monkeypatch.setattr(keeper, "due", float("inf"))

    assert async_to_sync(checkout_async)(request).content == b"v2"
    assert (before, loaded) == ([], [True])


def test_the_decorated_view_keeps_its_name():
    assert checkout.__name__ == "checkout"

import io
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured, MiddlewareNotUsed
from django.core.management import call_command
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory

from demo.shop import faults
from demo.shop.models import Order, Product, User
from tests.demo.factories import CustomerFactory, ProductFactory

pytestmark = pytest.mark.django_db


def test_the_shelf_shows_every_product_and_the_release_that_served_it(client, settings):
    settings.ZDT_VERSION = "7.3"
    product = ProductFactory()
    answer = client.get("/")
    assert product.name in answer.text
    assert '<strong class="release">7.3</strong>' in answer.text
    assert answer["X-Shop-Release"] == "7.3"


def test_pages_carry_a_policy_that_allows_own_files_only_and_need_no_more(client):
    answer = client.get(ProductFactory().get_absolute_url())
    assert answer["Content-Security-Policy"].startswith("default-src 'self'")
    for forbidden in ("style=", "<script", "<style", "http://", "https://", "onclick"):
        assert forbidden not in answer.text


def test_an_order_is_written_with_price_customer_and_release(client, settings):
    settings.ZDT_VERSION = "7.3"
    product, customer = ProductFactory(price="12.50"), CustomerFactory()
    client.force_login(customer)
    answer = client.post("/checkout/", {"product": product.slug, "quantity": 3})
    order = Order.objects.get()
    assert (order.total, order.user, order.release) == (Decimal("37.50"), customer, "7.3")
    assert answer["Location"] == f"/orders/{order.pk}/"
    assert "3 × " in client.get(answer["Location"]).text


@pytest.mark.parametrize("quantity", ["0", "10", "-1", "many", ""])
def test_an_order_for_an_impossible_quantity_is_refused_and_nothing_is_written(client, quantity):
    product = ProductFactory()
    answer = client.post("/checkout/", {"product": product.slug, "quantity": quantity})
    assert answer.status_code == 400
    assert "errorlist" in answer.text
    assert not Order.objects.exists()


def test_an_order_for_something_unknown_is_refused(client):
    answer = client.post("/checkout/", {"product": "unicorn", "quantity": 1})
    assert answer.status_code == 400
    assert "We do not sell that" in answer.text


def test_a_customer_signs_in_and_out(client):
    CustomerFactory(username="ada")
    assert client.post("/login/", {"username": "ada", "password": "wrong"}).status_code == 200
    assert client.post("/login/", {"username": "ada", "password": "secret"})["Location"] == "/"
    assert "Sign out" in client.get("/").text
    client.post("/logout/")
    assert "Sign in" in client.get("/").text


def test_a_new_customer_signs_up_and_changes_the_address(client):
    form = {"username": "ada", "password": "secret", "email": "ada@example.com"}
    assert client.post("/sign-up/", form)["Location"] == "/account/"
    assert '<strong class="email">ada@example.com</strong>' in client.get("/account/").text
    assert client.post("/account/", {"email": "lace@example.com"}).status_code == 302
    assert '<strong class="email">lace@example.com</strong>' in client.get("/account/").text
    assert User.objects.get(username="ada").user_email == "lace@example.com"


def test_what_is_no_address_and_a_name_that_is_taken_are_refused(client):
    CustomerFactory(username="ada")
    form = {"username": "ada", "password": "secret", "email": "ada@example.com"}
    refused = client.post("/sign-up/", form)
    assert (refused.status_code, "Somebody has this name" in refused.text) == (400, True)
    client.force_login(User.objects.get(username="ada"))
    assert client.post("/account/", {"email": "nowhere"}).status_code == 400


def test_an_account_is_for_those_who_signed_in(client):
    assert client.get("/account/")["Location"] == "/login/?next=/account/"


def test_a_crowd_is_gathered_once():
    for _ in range(2):
        User.objects.gather(50)
    assert User.objects.count() == 50
    assert User.objects.get(username="account7").user_email == "account7@example.com"


def test_customers_live_in_the_table_and_column_that_a_release_renames():
    CustomerFactory(user_email="ada@example.com")
    with connection.cursor() as cursor:
        cursor.execute("SELECT user_email FROM users")
        assert cursor.fetchall() == [("ada@example.com",)]


def test_the_console_opens_for_a_superuser(client):
    client.force_login(get_user_model().objects.create_superuser("root", "r@example.com", "x"))
    assert "Sample shop" in client.get("/admin/").text


def test_filling_the_shop_twice_adds_nothing():
    out = io.StringIO()
    for _ in range(2):
        call_command("shop_fill", accounts=1000, stdout=out)
    first, second = out.getvalue().splitlines()
    assert first == second == "The shop has 12 products and 1,200 accounts."
    assert Product.objects.count() == 12


def _page(request):
    return HttpResponse("fine")


def test_the_planted_errors_hit_their_share_of_requests_and_are_marked(settings, monkeypatch):
    settings.SHOP_FAULT = "errors"
    dice = iter([0.29, 0.30])
    monkeypatch.setattr(faults.random, "random", lambda: next(dice))
    answer = faults.fault_middleware(_page)
    broken, fine = answer(RequestFactory().get("/")), answer(RequestFactory().get("/"))
    assert (broken.status_code, broken["X-Shop-Fault"]) == (500, "errors")
    assert (fine.status_code, fine.has_header("X-Shop-Fault")) == (200, False)


def test_the_planted_latency_waits_before_it_answers(settings, monkeypatch):
    settings.SHOP_FAULT = "latency"
    waits = []
    monkeypatch.setattr(faults.time, "sleep", waits.append)
    assert faults.fault_middleware(_page)(RequestFactory().get("/")).status_code == 200
    assert waits == [0.4]


def test_without_a_fault_the_middleware_is_not_there_and_an_unknown_one_is_named(settings):
    settings.SHOP_FAULT = ""
    with pytest.raises(MiddlewareNotUsed):
        faults.fault_middleware(_page)
    settings.SHOP_FAULT = "fire"
    with pytest.raises(ImproperlyConfigured, match="errors, latency"):
        faults.fault_middleware(_page)

"""The shop's pages."""

from __future__ import annotations

import time

from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from demo.shop.forms import MOST_OF_ONE, CheckoutForm, EmailForm, SignUpForm
from demo.shop.models import Order, Product, User
from zdt_core import identity, metering

CARRIER_SECONDS = 0.1


@require_safe
def product_list(request: HttpRequest) -> HttpResponse:
    return render(request, "shop/product_list.html", {"products": Product.objects.all()})


@require_safe
def product(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Product, slug=slug)
    return render(request, "shop/product.html", {"product": found, "most": MOST_OF_ONE})


@require_safe
def delivery(request: HttpRequest, slug: str) -> HttpResponse:
    """The shop's slow page: it asks a carrier, which this stand-in plays by waiting."""
    found = get_object_or_404(Product, slug=slug)
    time.sleep(CARRIER_SECONDS)
    return JsonResponse({"product": found.slug, "days": 2 + len(found.slug) % 3})


@require_POST
def checkout(request: HttpRequest) -> HttpResponse:
    form = CheckoutForm(request.POST)
    if not form.is_valid():
        found = Product.objects.filter(slug=request.POST.get("product", "")).first()
        page = {"product": found, "most": MOST_OF_ONE, "form": form}
        return render(request, "shop/product.html", page, status=400)
    user = request.user if isinstance(request.user, User) else None
    order = Order.place(
        form.cleaned_data["product"], form.cleaned_data["quantity"], user, identity.release()
    )
    metering.count("order_placed")
    return redirect("shop:order", order.pk)


@require_safe
def order(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Order.objects.select_related("product"), pk=pk)
    return render(request, "shop/order.html", {"order": found})


@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    form = SignUpForm(request.POST or None)
    if not form.is_valid():
        status = 400 if form.is_bound else 200
        return render(request, "shop/sign_up.html", {"form": form}, status=status)
    new = form.cleaned_data
    login(request, User.objects.create_user(new["username"], new["email"], new["password"]))
    return redirect("shop:account")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Where a customer sees the e-mail address and changes it."""
    customer = request.user
    assert isinstance(customer, User)
    form = EmailForm(request.POST or None, initial={"email": customer.email})
    if form.is_valid():
        customer.change_email(form.cleaned_data["email"])
        return redirect("shop:account")
    status = 400 if form.is_bound else 200
    return render(request, "shop/account.html", {"customer": customer, "form": form}, status=status)

"""The sample data: what the shop sells and the customers that the load signs in as."""

from __future__ import annotations

from decimal import Decimal

from django.contrib.auth.hashers import make_password
from django.utils.text import slugify

from demo.shop.models import Product, User

CUSTOMERS = 200
CUSTOMER_PASSWORD = "sample-customer"  # noqa: S105  (known on purpose: the load signs in with it)

PRODUCTS = [
    ("Bread knife", "Serrated on one side, so that slices stay straight.", "39.00"),
    ("Camping stove", "Boils half a litre in three minutes.", "62.00"),
    ("Chess set", "Maple and walnut, weighted pieces.", "89.00"),
    ("Coffee grinder", "Steel burrs, forty settings.", "79.00"),
    ("Desk lamp", "Warm light, no flicker.", "54.00"),
    ("Field notebook", "Ninety-six pages that take ink.", "9.80"),
    ("Garden shears", "Forged, with a spare spring.", "33.00"),
    ("Kite", "Flies from a light breeze on.", "27.00"),
    ("Oak stool", "Three legs, never wobbles.", "95.00"),
    ("Stoneware cup", "Thrown by hand, each a little different.", "18.00"),
    ("Teapot", "Pours without a drip.", "48.00"),
    ("Wooden train", "For small hands.", "36.00"),
]


def fill() -> tuple[int, int]:
    """Put in what is missing; returns how many products and customers there are now."""
    Product.objects.bulk_create(
        [
            Product(
                slug=slugify(name), name=name, blurb=blurb, price=Decimal(price), hue=number % 12
            )
            for number, (name, blurb, price) in enumerate(PRODUCTS)
        ],
        ignore_conflicts=True,
    )
    password = make_password(CUSTOMER_PASSWORD)
    User.objects.bulk_create(
        [
            User(
                username=f"customer{number}",
                password=password,
                **{User.EMAIL_FIELD: f"customer{number}@example.com"},
            )
            for number in range(CUSTOMERS)
        ],
        ignore_conflicts=True,
    )
    return Product.objects.count(), User.objects.count()

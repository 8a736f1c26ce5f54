"""What the sample shop sells, to whom, and what was ordered."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models.functions import Now
from django.urls import reverse

from demo.shop.customers import User, UserManager

__all__ = ["Order", "Product", "User", "UserManager"]


class Product(models.Model):
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    blurb = models.CharField(max_length=200)
    hue = models.PositiveSmallIntegerField(default=0, help_text="Which of the twelve colours.")
    price = models.DecimalField(max_digits=8, decimal_places=2)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("shop:product", args=[self.slug])


class Order(models.Model):
    """A sale, and which release wrote it."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="orders")
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="orders")
    quantity = models.PositiveSmallIntegerField()
    total = models.DecimalField(max_digits=10, decimal_places=2)
    release = models.CharField(max_length=40)
    placed_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product}"

    @classmethod
    def place(cls, product: Product, quantity: int, user: User | None, release: str) -> Order:
        """Write an order for ``quantity`` of ``product`` at today's price."""
        total = product.price * Decimal(quantity)
        return cls.objects.create(
            product=product, quantity=quantity, total=total, user=user, release=release
        )

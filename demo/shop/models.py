"""What the sample shop sells, to whom, and what was ordered."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Now
from django.urls import reverse


class UserManager(BaseUserManager["User"]):
    def create_user(
        self, username: str, user_email: str = "", password: str | None = None, **fields: Any
    ) -> User:
        email = fields.pop("email", "") or user_email
        user = self.model(username=username, user_email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, username: str, user_email: str = "", password: str | None = None, **fields: Any
    ) -> User:
        fields.update(is_staff=True, is_superuser=True)
        return self.create_user(username, user_email, password, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A customer or a member of staff. The e-mail column has the name that a release renames."""

    username = models.CharField(max_length=150, unique=True)
    user_email = models.CharField("e-mail address", max_length=255, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "user_email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "users"

    def __str__(self) -> str:
        return self.username


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

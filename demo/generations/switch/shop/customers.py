"""Who buys in the sample shop."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import connection, models
from django.db.models.functions import Now

CROWD = """
INSERT INTO users (username, email_address, password, is_superuser, is_staff, is_active)
SELECT 'account' || number, 'account' || number || '@example.com', '!', false, false, true
FROM generate_series(1, %s) AS number
ON CONFLICT (username) DO NOTHING
"""


class UserManager(BaseUserManager["User"]):
    def create_user(
        self, username: str, email_address: str = "", password: str | None = None, **fields: Any
    ) -> User:
        email = fields.pop("email", "") or email_address
        user = self.model(username=username, email_address=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, username: str, email_address: str = "", password: str | None = None, **fields: Any
    ) -> User:
        fields.update(is_staff=True, is_superuser=True)
        return self.create_user(username, email_address, password, **fields)

    def gather(self, number: int) -> None:
        """Make the table as large as one that matters: accounts that nobody signs in to."""
        with connection.cursor() as cursor:
            cursor.execute(CROWD, [number])
            cursor.execute("ANALYZE users")


class User(AbstractBaseUser, PermissionsMixin):
    """A customer or a member of staff. Its e-mail column was `user_email`."""

    username = models.CharField(max_length=150, unique=True)
    email_address = models.CharField("e-mail address", max_length=255, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email_address"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "users"

    def __str__(self) -> str:
        return self.username

    @property
    def email(self) -> str:
        """The address, whatever this release calls the column."""
        return self.email_address

    def change_email(self, address: str) -> None:
        self.email_address = address
        self.save(update_fields=["email_address"])

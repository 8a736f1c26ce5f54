"""Tables of the drills, made by `migrate --run-syncdb`."""

from django.db import models

from zdt_core import database


class Called(models.Model):
    """One call of a rollback's callback."""

    deployment = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    at = models.DateTimeField(db_default=database.Now())

    class Meta:
        db_table = "visitors_called"

    def __str__(self) -> str:
        return self.key

"""Tables of the drills, made by `migrate --run-syncdb`."""

from django.db import models

from zdt_core import database


class Cup(models.Model):
    """Something to fill: once each, whoever is killed, and by whom under which token."""

    filled = models.IntegerField(default=0)
    run = models.BigIntegerField(null=True)
    token = models.BigIntegerField(null=True)

    class Meta:
        db_table = "filling_cup"

    def __str__(self) -> str:
        return f"cup {self.pk}, filled {self.filled} times"


class Pour(models.Model):
    """One committed batch: of which lane's run, under which token, by which process."""

    run = models.BigIntegerField()
    token = models.BigIntegerField()
    holder = models.CharField(max_length=32)
    cups = models.IntegerField()
    at = models.DateTimeField(db_default=database.Now())

    class Meta:
        db_table = "filling_pour"

    def __str__(self) -> str:
        return f"pour {self.pk} of run {self.run}"

"""Tables of the drills, made by `migrate --run-syncdb`."""

from django.db import models

from zdt_core import database


class Row(models.Model):
    """Something to count: once each, whoever is killed."""

    counted = models.IntegerField(default=0)

    class Meta:
        db_table = "counting_row"

    def __str__(self) -> str:
        return f"row {self.pk}, counted {self.counted} times"


class Step(models.Model):
    """One committed step of a run: under which token, and by which process."""

    run = models.BigIntegerField()
    token = models.BigIntegerField()
    holder = models.CharField(max_length=32)
    rows = models.IntegerField()
    at = models.DateTimeField(db_default=database.Now())

    class Meta:
        db_table = "counting_step"

    def __str__(self) -> str:
        return f"step {self.pk} of run {self.run}"

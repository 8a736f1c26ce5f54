"""What the drill's release needs in the database."""

from django.db import models


class Thing(models.Model):
    name = models.CharField(max_length=20)
    seen = models.IntegerField(null=True)

    class Meta:
        app_label = "migrated"
        db_table = "migrated_thing"

    def __str__(self) -> str:
        return self.name

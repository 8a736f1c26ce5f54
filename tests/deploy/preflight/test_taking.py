"""What migrations take from the release before."""

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid, CreateExtension
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState

from zdt_deploy.preflight import taking
from zdt_deploy.preflight.taking import LOOK, TAKES
from zdt_deploy.schema import operations as zdt


class Alien(Operation):
    """One of a library that zdt has never heard of."""

    def state_forwards(self, app_label, state):
        pass


def of(*operations):
    state = ProjectState()
    fields = [
        ("id", models.BigAutoField(primary_key=True)),
        ("email", models.CharField(max_length=100, null=True)),
        ("price", models.DecimalField(max_digits=10, decimal_places=2, null=True)),
        ("plan", models.CharField(max_length=9, db_default="legacy")),
        ("boss", models.ForeignKey("shop.User", models.CASCADE, null=True)),
    ]
    state.add_model(ModelState("shop", "User", fields))
    migration = migrations.Migration("0002_x", "shop")
    migration.operations = list(operations)
    return [sure for sure, _words in taking.of(migration, state)]


@pytest.mark.parametrize(
    "operation",
    [
        migrations.RemoveField("user", "email"),
        migrations.RenameField("user", "email", "mail"),
        migrations.DeleteModel("user"),
        migrations.RenameModel("user", "person"),
        migrations.AlterModelTable("user", "people"),
        migrations.AddField("user", "age", models.IntegerField(default=1)),
        migrations.AlterField("user", "email", models.CharField(max_length=100)),
        migrations.AlterField("user", "email", models.CharField(max_length=50, null=True)),
        migrations.AlterField("user", "email", models.IntegerField(null=True)),
        migrations.AlterField(
            "user", "email", models.CharField(max_length=100, null=True, unique=True)
        ),
        migrations.AlterOrderWithRespectTo("user", "boss"),
        migrations.AlterField(
            "user", "price", models.DecimalField(max_digits=10, decimal_places=4, null=True)
        ),
        migrations.AlterField("user", "plan", models.CharField(max_length=9, default="legacy")),
        migrations.AlterField(
            "user", "boss", models.ForeignKey("shop.Team", models.CASCADE, null=True)
        ),
    ],
)
def test_what_old_code_uses_is_taken(operation):
    assert of(operation) == [TAKES]


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("user", "age", models.IntegerField(null=True)),
        migrations.AddField("user", "age", models.IntegerField(db_default=1)),
        migrations.AlterField("user", "email", models.CharField(max_length=200, null=True)),
        migrations.AlterField("user", "email", models.CharField("mail", max_length=100, null=True)),
        migrations.AlterField("user", "email", models.TextField(null=True)),
        migrations.AlterField(
            "user", "price", models.DecimalField(max_digits=12, decimal_places=4, null=True)
        ),
        migrations.AlterField("user", "boss", models.ForeignKey("User", models.PROTECT, null=True)),
        migrations.AddIndex("user", models.Index(fields=["email"], name="user_email")),
        migrations.RemoveConstraint("user", "c"),
        migrations.CreateModel("Order", [("id", models.BigAutoField(primary_key=True))]),
        CreateExtension("hstore"),
        migrations.AlterModelOptions("user", {"ordering": ["id"]}),
        zdt.RetireField("user", "email"),
    ],
)
def test_what_old_code_can_live_with_is_not(operation):
    assert of(operation) == []


@pytest.mark.parametrize(
    "operation",
    [
        migrations.RunSQL("SELECT 1"),
        migrations.RunPython(migrations.RunPython.noop),
        migrations.AddConstraint(
            "user", models.CheckConstraint(condition=models.Q(id__gt=0), name="c")
        ),
        migrations.SeparateDatabaseAndState([migrations.RunSQL("SELECT 1")], []),
        migrations.SeparateDatabaseAndState([migrations.SeparateDatabaseAndState([Alien()])]),
        AddConstraintNotValid(
            "user", models.CheckConstraint(condition=models.Q(id__gt=0), name="c")
        ),
        Alien(),
    ],
)
def test_what_nobody_can_tell_has_to_be_looked_at(operation):
    assert of(operation) == [LOOK]


def test_a_table_that_is_new_has_nobody_who_misses_it():
    new = migrations.CreateModel("Order", [("id", models.BigAutoField(primary_key=True))])

    assert of(new, migrations.AddField("order", "n", models.IntegerField(default=1))) == []


def test_only_the_state_forgets_what_state_operations_take():
    apart = migrations.SeparateDatabaseAndState([], [migrations.RemoveField("user", "email")])

    assert of(apart) == []

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            "Thing",
            [
                ("id", models.AutoField(primary_key=True)),
                ("name", models.CharField(max_length=20)),
            ],
            options={"db_table": "migrated_thing"},
        ),
        migrations.RunSQL("CREATE TABLE migrated_pause (); CREATE TABLE migrated_run (pid int)"),
    ]

from django.db import migrations, models

WAIT = """
DO $$ BEGIN
    WHILE EXISTS (SELECT FROM migrated_pause) LOOP PERFORM pg_sleep(0.05); END LOOP;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("migrated", "0001_initial")]
    operations = [
        migrations.RunSQL("INSERT INTO migrated_run VALUES (pg_backend_pid())"),
        migrations.RunSQL(WAIT),
        migrations.AddField("thing", "seen", models.IntegerField(null=True)),
    ]

from django.db import migrations

from zdt_deploy.schema import operations as zdt


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("shop", "0001_initial"),
        ("zdt_deploy", "0001_initial"),
    ]

    operations = [
        zdt.ExpandRenameField(model_name="user", old_name="user_email", new_name="email_address"),
    ]

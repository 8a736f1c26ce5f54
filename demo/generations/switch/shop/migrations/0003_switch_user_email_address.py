from django.db import migrations

from zdt_deploy.schema import operations as zdt


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("shop", "0002_expand_user_email_address"),
        ("zdt_deploy", "0001_initial"),
    ]

    operations = [
        zdt.SwitchRenameField(model_name="user", old_name="user_email", new_name="email_address"),
    ]

from django.apps import AppConfig


class FillingConfig(AppConfig):
    name = "tests.system.filling"
    label = "filling"
    default_auto_field = "django.db.models.BigAutoField"

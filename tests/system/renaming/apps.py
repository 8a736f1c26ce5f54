from django.apps import AppConfig


class RenamingConfig(AppConfig):
    name = "tests.system.renaming"
    label = "renaming"
    default_auto_field = "django.db.models.BigAutoField"

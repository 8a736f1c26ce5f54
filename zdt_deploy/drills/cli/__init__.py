"""The words of `manage.py zdt_drill`."""

"""The words of `manage.py zdt_freeze`, and those of `zdt_deployment` about emergencies."""

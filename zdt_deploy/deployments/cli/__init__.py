"""The pieces of `manage.py zdt_deployment`: a function for every word it knows."""

"""The pieces of `manage.py zdt_schema`: a function for every word it knows."""

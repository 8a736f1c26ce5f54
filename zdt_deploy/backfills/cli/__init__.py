"""The pieces of `manage.py zdt_backfill`: a function for every word it knows."""

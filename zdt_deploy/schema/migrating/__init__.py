"""What a pipeline calls instead of `migrate`: one runner at a time, patient, and honest at the end.

`runner.migrate` does it. The runner holds a lock of its PostgreSQL session, which dies with it.
"""

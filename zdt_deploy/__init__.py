"""Deployments: canaries, schema changes, backfills and moves between stores."""
